import Host
import Log
import Randomness
import Wire
import Zab

/// What `LogThread` does, on virtual time: `LogScheduler` decides, and events come where the threads would have waited.
///
/// Where the method writes through the page cache, a group is there, unsynced, from the beginning of the sync's time on,
/// and is acknowledged at its end. Where the write itself is the one that is synced (`FileAccess`), the disk
/// carries out both in one call, so that call comes at the end of that time: earlier, a group would be safe before the
/// device could have had it. A machine that loses power meanwhile is in the middle of that call, and `powerFails` makes
/// it so: the call is begun, and cut off after one of its first steps, so that what it had written is torn like any
/// other unsynced write. A process that dies meanwhile has written nothing: the earliest of what its death may leave, all
/// of which is unacknowledged.
///
/// With several groups in flight each lane takes its own time, and a lane that writes through the page cache takes as
/// long again to come to its write: so a group may be synced when the one before it is not even written.
final class SimulatedLogWorker: LogWorker {
    typealias D = SimulatedDisk

    /// What an event is going to say.
    private enum Wait {
        /// The group of `whole` is synced.
        case commit
        case write(lane: Int)
        case sync(lane: Int)
        case flush
        /// The scheduler wants to be asked again.
        case clock(Nanoseconds)

        var isOfGroup: Bool {
            switch self {
            case .commit, .write, .sync: true
            case .flush, .clock: false
            }
        }
    }

    private let log: TransactionLog<SimulatedDisk>
    private let probe: LoadProbe?
    private let writesAtEnd: Bool
    private var scheduler: LogScheduler
    private var waits: [(turn: Int, wait: Wait)] = []
    /// The group that is on no lane, until it is written.
    private var unwritten: (batches: [RecordBatch], committed: Zxid)?
    /// By lane: what it carries.
    private var groups: [TransactionLog<SimulatedDisk>.PlannedGroup?]
    private var underwayFlush: TransactionLog<SimulatedDisk>.Flush?
    /// The earliest time for which an event is planned that asks the scheduler again.
    private var alarm: UInt64?
    private var turn = 0
    private var hasNews = false
    /// Nothing of a group takes any time.
    private var isHurrying = false
    private(set) var failure: LogError?
    private(set) var durable: Zxid
    private(set) var bytesInFlight = 0
    private(set) var recordBytes = 0
    private(set) var records = 0
    var clock: () -> Nanoseconds = { 0 }
    /// Asks to be called (`advance`) when a call to the disk that has begun is over.
    var beginCall: (_ turn: Int) -> Void = { _ in }
    /// Asks to be called (`advance`) at that time.
    var planAlarm: (_ turn: Int, _ time: Nanoseconds) -> Void = { _, _ in }
    /// After every group commit.
    var didSync: () -> Void = {}

    init(_ log: TransactionLog<SimulatedDisk>, probe: LoadProbe? = nil) {
        self.log = log
        self.probe = probe
        writesAtEnd = log.options.strategy.method.access != .buffered
        scheduler = LogScheduler(log.options, capacity: 256)
        groups = Array(repeating: nil, count: scheduler.laneCount)
        durable = log.durable
    }

    var base: Zxid { log.base }
    /// All that has been written to segments, with headers and padding.
    var bytesWritten: Int { log.bytesWritten }
    func makeReader() -> LogReader<SimulatedDisk> { log.makeReader() }

    func offer(_ batch: RecordBatch, committed: Zxid) -> Bool {
        // Bookkeeping of events; `write` and `sync` are the engine's.
        let wasCounting = probe?.gauge?.exchange(false)
        defer { probe?.gauge?.restore(wasCounting) }
        guard failure == nil, scheduler.takesMore else { return false }
        scheduler.add(batch, committed: committed, at: clock())
        bytesInFlight += batch.bytes.count
        goOn()
        // The loop hears of a failure when a call would have been over.
        if failure != nil, waits.isEmpty { begin(.clock(clock())) }
        return true
    }

    /// What was waited for has come. True if there is news for the loop.
    func advance(_ turn: Int) -> Bool {
        guard let place = waits.firstIndex(where: { $0.turn == turn }) else { return false }
        let wait = waits.remove(at: place).wait
        guard failure == nil else { return true }
        end(wait)
        goOn()
        defer { hasNews = false }
        return hasNews || failure != nil
    }

    // MARK: Steps

    /// Until nothing can be done without waiting.
    private func goOn() {
        while failure == nil {
            let step = scheduler.next(at: clock())
            if case .wait(let until) = step { return setAlarm(until) }
            attempt { () throws(LogError) in try carryOut(step) }
        }
    }

    private func attempt(_ body: () throws(LogError) -> Void) {
        do { try body() } catch { fail(error) }
    }

    private func fail(_ error: LogError) {
        failure = error
        scheduler.noteFailure()
    }

    private func carryOut(_ step: LogScheduler.Step) throws(LogError) {
        switch step {
        case .commit(let batches, let committed):
            unwritten = (batches, committed)
            count(batches)
            begin(.commit)
            if !writesAtEnd { try write() }
        case .begin(let batches, let committed, let lane, let isAlone):
            let begun = try log.begin(batches, committed: committed, lane: lane, isAlone: isAlone)
            guard let (group, taken) = begun else { return scheduler.noteRefusal() }
            scheduler.noteBegun(lane: lane, taken: taken, at: clock())
            groups[lane] = group
            count(batches.prefix(taken))
            begin(.write(lane: lane))
        case .settle(let lane):
            log.settle(groups[lane]!)
            note(scheduler.noteSettled(lane: lane, at: clock()))
        case .beginFlush:
            guard let flush = log.beginFlush() else { return }
            scheduler.noteFlushBegun()
            underwayFlush = flush
            begin(.flush)
        case .settleFlush:
            log.settle(underwayFlush!)
            scheduler.noteFlushSettled(isDirty: log.isDirty, at: clock())
        case .carryOut, .wait, .end: preconditionFailure("nothing to carry out")
        }
    }

    private func begin(_ wait: Wait) {
        turn += 1
        waits.append((turn, wait))
        if !isHurrying || !wait.isOfGroup { beginCall(turn) }
    }

    private func count(_ batches: some Collection<RecordBatch>) {
        for batch in batches {
            recordBytes += batch.bytes.count
            records += batch.count
        }
    }

    private func setAlarm(_ time: UInt64?) {
        guard let time, alarm.map({ time < $0 }) ?? true else { return }
        alarm = time
        turn += 1
        waits.append((turn, .clock(time)))
        planAlarm(turn, time)
    }

    private func end(_ wait: Wait) {
        attempt { () throws(LogError) in
            switch wait {
            case .commit:
                try write()
                try sync()
                note(scheduler.noteCommit(at: clock()))
            case .write(let lane):
                try call { () throws(DiskError) in try log.write(lane: lane) }
                if writesAtEnd { try end(lane) } else { begin(.sync(lane: lane)) }
            case .sync(let lane): try end(lane)
            case .flush:
                let file = underwayFlush!.file
                try call { () throws(DiskError) in try log.disk.syncData(file) }
                scheduler.noteDone(lane: 0)
            case .clock(let time): if alarm == time { alarm = nil }
            }
        }
    }

    private func end(_ lane: Int) throws(LogError) {
        try call { () throws(DiskError) in try log.sync(lane: lane) }
        scheduler.noteDone(lane: lane)
    }

    private func call(_ body: () throws(DiskError) -> Void) throws(LogError) {
        do { try body() } catch { throw log.fail(.disk(error)) }
    }

    /// Writes the group that is on no lane, if that has not been done.
    private func write() throws(LogError) {
        guard let (batches, committed) = unwritten else { return }
        unwritten = nil
        let wasCounting = probe?.gauge?.exchange(true)
        defer { probe?.gauge?.restore(wasCounting) }
        try log.append(batches, committed: committed)
    }

    private func sync() throws(LogError) {
        let wasCounting = probe?.gauge?.exchange(true)
        defer { probe?.gauge?.restore(wasCounting) }
        try log.sync()
    }

    private func note(_ commit: GroupCommit) {
        bytesInFlight -= commit.bytes
        durable = log.durable
        hasNews = true
        didSync()
    }

    // MARK: Without waiting

    func waitForRoom() throws(LogError) {
        try hurry()
        goOn()
    }

    func truncate(after zxid: Zxid) throws(LogError) { try carryOutNow(.truncate(after: zxid)) }

    func reset(to position: LogPosition) throws(LogError) { try carryOutNow(.reset(to: position)) }

    func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid { try log.trim(keepingAfter: zxid) }

    private func carryOutNow(_ command: LogScheduler.Command) throws(LogError) {
        if let failure { throw failure }
        scheduler.add(command)
        try hurry()
    }

    /// What was offered is written and synced at this very moment, and the command carried out, if there is one: the
    /// loop waits for it.
    private func hurry() throws(LogError) {
        isHurrying = true
        defer { isHurrying = false }
        while failure == nil {
            switch scheduler.next(at: clock()) {
            case .carryOut(let command): return try carryOut(command)
            case .wait:
                guard let place = waits.firstIndex(where: { $0.wait.isOfGroup }) else { return }
                end(waits.remove(at: place).wait)
            case let step: attempt { () throws(LogError) in try carryOut(step) }
            }
        }
        throw failure!
    }

    private func carryOut(_ command: LogScheduler.Command) throws(LogError) {
        do {
            switch command {
            case .truncate(let zxid): try log.truncate(after: zxid)
            case .reset(let position): try log.reset(to: position)
            }
        } catch {
            if case .notInLog = error { throw error }
            fail(error)
            throw error
        }
        durable = log.durable
    }

    /// The machine loses power at this moment. What is on its way to the disk, in any order, is cut off in its middle.
    ///
    /// - Parameter draw: a number below the given one.
    func powerFails(onto disk: SimulatedDisk, draw: (Int) -> Int) {
        guard failure == nil, !disk.isCrashed else { return }
        if unwritten != nil {
            // A group is a write and its sync; before the first of a segment there are the steps of that segment's start.
            disk.crash(after: disk.mutationCount + 1 + draw(4))
            return attempt { () throws(LogError) in try write() }
        }
        var lanes = waits.compactMap { if case .write(let lane) = $0.wait { lane } else { nil } }
        guard !lanes.isEmpty else { return }
        for place in lanes.indices { lanes.swapAt(place, place + draw(lanes.count - place)) }
        disk.crash(after: disk.mutationCount + 1 + draw(2 * lanes.count))
        for lane in lanes where failure == nil {
            attempt { () throws(LogError) in try call { () throws(DiskError) in try log.write(lane: lane) } }
        }
    }
}
