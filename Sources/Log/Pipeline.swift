import Wire
import Zab

/// Group commits under way at a time, each on a lane of its own. They are carried out in any order and settled in that
/// of the log.
final class Pipeline<D: Disk> {
    /// What one group commit was, for the statistics.
    struct Commit {
        var batches = 0
        var records = 0
        var bytes = 0
        let began: UInt64
    }

    private struct Underway {
        let lane: Int
        let group: TransactionLog<D>.PlannedGroup
        let commit: Commit
    }

    private let log: TransactionLog<D>
    private let lanes: [DiskLane]
    private var free: [Int]
    private var underway: [Underway] = []
    /// Chosen to be made durable together; a group is what fits of them.
    private var chosen: ArraySlice<RecordBatch> = []

    init(_ log: TransactionLog<D>, _ lanes: [DiskLane]) {
        self.log = log
        self.lanes = lanes
        free = Array(lanes.indices)
    }

    var isEmpty: Bool { underway.isEmpty && chosen.isEmpty }
    /// Whether `take` may be called.
    var hasRoom: Bool { chosen.isEmpty && !free.isEmpty }
    var isFirstDone: Bool { underway.first.map { lanes[$0.lane].isDone } ?? false }

    func take(_ batches: [RecordBatch]) {
        precondition(chosen.isEmpty)
        chosen = batches[...]
    }

    /// Begins as many groups as there are lanes for. A batch that no segment holds is made durable here and now: that
    /// commit is returned.
    func begin(committed: Zxid) throws(LogError) -> Commit? {
        while let lane = free.last, let first = chosen.first {
            var commit = Commit(began: MonotonicTime.now)
            let begun = try log.begin(chosen, committed: committed, lane: lane, isAlone: underway.isEmpty)
            guard let (group, taken) = begun else {
                guard underway.isEmpty else { return nil }
                chosen.removeFirst()
                commit.add(first)
                try log.append([first], committed: committed)
                try log.sync()
                return commit
            }
            for batch in chosen.prefix(taken) { commit.add(batch) }
            chosen.removeFirst(taken)
            if chosen.isEmpty { chosen = [] }
            free.removeLast()
            underway.append(Underway(lane: lane, group: group, commit: commit))
            lanes[lane].carryOut { [log] () throws(DiskError) in try log.carryOut(lane: lane) }
        }
        return nil
    }

    /// The oldest commit, if it has been carried out: everything up to its end is durable now.
    func settle() throws(LogError) -> Commit? {
        guard isFirstDone else { return nil }
        let first = underway.removeFirst()
        do { try lanes[first.lane].collect() } catch { throw log.fail(.disk(error)) }
        free.append(first.lane)
        log.settle(first.group)
        return first.commit
    }
}

extension Pipeline.Commit {
    mutating func add(_ batch: RecordBatch) {
        batches += 1
        records += batch.count
        bytes += batch.bytes.count
    }
}
