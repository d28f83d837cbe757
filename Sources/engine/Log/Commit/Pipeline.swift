import Wire
import Zab

/// Group commits under way at a time, each on a lane of its own. They are carried out in any order and settled in that
/// of the log.
struct Pipeline {
    private struct Underway {
        let lane: Int
        let commit: GroupCommit
        var isDone = false
    }

    let hasLanes: Bool
    private var free: [Int]
    private var underway: [Underway] = []
    /// Chosen to be made durable together; a group is what fits of them.
    private var chosen: ArraySlice<RecordBatch> = []
    /// What comes next does not go where the groups under way go: they must be settled first.
    private var mustBeAlone = false
    /// Nor does it go as a group of a lane.
    private var mustBeWhole = false

    init(lanes: Int) {
        hasLanes = lanes > 0
        free = Array(0..<lanes)
    }

    var isEmpty: Bool { underway.isEmpty && chosen.isEmpty }
    /// Whether `choose` may be called.
    var hasRoom: Bool { chosen.isEmpty && !free.isEmpty }
    /// The lane whose end is waited for.
    var oldestLane: Int? { underway.first?.lane }

    mutating func choose(_ batches: [RecordBatch]) {
        precondition(chosen.isEmpty)
        chosen = batches[...]
    }

    mutating func dropChosen() { chosen = [] }

    // MARK: Beginning

    /// A lane for the first of what was chosen, and these.
    var next: (batches: ArraySlice<RecordBatch>, lane: Int, isAlone: Bool)? {
        guard let lane = free.last, !chosen.isEmpty, !mustBeWhole, !mustBeAlone || underway.isEmpty else { return nil }
        return (chosen, lane, underway.isEmpty)
    }

    mutating func noteBegun(lane: Int, taken: Int, at now: UInt64) {
        precondition(free.last == lane)
        free.removeLast()
        underway.append(Underway(lane: lane, commit: GroupCommit(chosen.prefix(taken), at: now)))
        chosen.removeFirst(taken)
        if chosen.isEmpty { chosen = [] }
        mustBeAlone = false
    }

    mutating func noteRefusal() {
        if underway.isEmpty { mustBeWhole = true } else { mustBeAlone = true }
    }

    /// A batch that goes on no lane.
    mutating func takeWhole() -> RecordBatch? {
        guard mustBeWhole else { return nil }
        mustBeWhole = false
        mustBeAlone = false
        return chosen.removeFirst()
    }

    // MARK: Settling

    mutating func noteDone(lane: Int) {
        if let place = underway.firstIndex(where: { $0.lane == lane }) { underway[place].isDone = true }
    }

    /// The lane of the oldest group, if that has been carried out: everything up to its end is durable now.
    var settleable: Int? {
        if PlantedBug.groupAcknowledgedOutOfOrder.isPlanted { return underway.first(where: \.isDone)?.lane }
        return underway.first.flatMap { $0.isDone ? $0.lane : nil }
    }

    mutating func noteSettled(lane: Int) -> GroupCommit {
        guard let place = underway.firstIndex(where: { $0.lane == lane }) else {
            preconditionFailure("nothing is under way on lane \(lane)")
        }
        free.append(lane)
        return underway.remove(at: place).commit
    }
}
