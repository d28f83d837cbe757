import Wire
import Zab

/// Decides what the thread of a log does next: which records make one group, how many groups are under way and in which
/// order they are acknowledged, when a sync beside the writes is due, and when a command's turn has come.
///
/// A value without a thread, a disk or a clock. Whoever drives it asks for the next step, carries it out, and says what
/// came of it: `LogThread` with threads, the simulator with events. Times are nanoseconds of any one clock.
package struct LogScheduler {
    /// What waits for everything that was offered before it.
    package enum Command: Hashable {
        case truncate(after: Zxid)
        case reset(to: LogPosition)
    }

    package enum Step {
        /// Append these and sync, then `noteCommit`.
        case commit([RecordBatch], committed: Zxid)
        /// Give the first of these their place as one group, which that lane then carries there; then `noteBegun`, and
        /// `noteDone` when the lane is. `noteRefusal` if the log does not take them so.
        case begin(ArraySlice<RecordBatch>, committed: Zxid, lane: Int, isAlone: Bool)
        /// The lane's group has been carried out, and all before it: acknowledge it, then `noteSettled`.
        case settle(lane: Int)
        /// Nothing else is under way.
        case carryOut(Command)
        /// Sync what has been written, on the one lane; then `noteFlushBegun`, unless there is nothing to sync.
        case beginFlush
        /// That sync is over: `noteFlushSettled`.
        case settleFlush
        /// Nothing, before something is added or done, or until then.
        case wait(until: UInt64?)
        /// Nothing, for ever: `noteStop` was called, and everything is done.
        case end
    }

    /// Lanes that the driver has to have. None if the log's own thread does all.
    package let laneCount: Int
    private let capacity: Int

    private var chooser: BatchChooser
    private var pipeline: Pipeline
    private var flush: FlushTimer?
    /// The group that is appended and synced on no lane.
    private var whole: GroupCommit?
    private var command: Command?
    /// Of what the chooser has.
    private var committed = Zxid.zero
    private var isStopping = false
    private var hasFailed = false

    /// - Parameter capacity: batches that may wait here.
    package init(_ options: LogOptions, capacity: Int) {
        self.capacity = capacity
        chooser = BatchChooser(options.commit.batching)
        let lanes = options.commit.inFlight > 1 ? options.commit.inFlight : 0
        pipeline = Pipeline(lanes: lanes)
        if case .periodic(let milliseconds) = options.strategy.method {
            flush = FlushTimer(milliseconds: milliseconds)
            laneCount = 1
        } else {
            laneCount = lanes
        }
    }

    // MARK: What comes in

    /// Whether something may be added. What comes after a command has to wait for it.
    package var takesMore: Bool { command == nil && !isFull }

    private var isFull: Bool { chooser.count >= capacity }

    /// - Parameter committed: the newest zxid known to be committed.
    package mutating func add(_ batch: RecordBatch, committed: Zxid, at now: UInt64) {
        guard !hasFailed else { return }
        chooser.add(batch, at: now)
        self.committed = max(self.committed, committed)
    }

    package mutating func add(_ command: Command) {
        precondition(self.command == nil)
        self.command = command
    }

    /// Nothing will be added any more.
    package mutating func noteStop() { isStopping = true }

    /// The log has failed, and does nothing more.
    package mutating func noteFailure() {
        hasFailed = true
        chooser.dropAll()
        pipeline.dropChosen()
    }

    // MARK: What to do

    package mutating func next(at now: UInt64) -> Step {
        guard !hasFailed else { return takeCommand() ?? (isStopping ? .end : .wait(until: nil)) }
        if let step = flush?.next(at: now) { return step }
        if let lane = pipeline.settleable { return .settle(lane: lane) }
        var deadline = flush?.due
        if whole == nil {
            if pipeline.hasRoom || !pipeline.hasLanes {
                // Waiting for more makes no sense where nobody may come, or nobody has room.
                switch chooser.next(at: now, isUrgent: isStopping || command != nil || isFull) {
                case .take(let batches):
                    guard pipeline.hasLanes else { return commit(batches, at: now) }
                    pipeline.choose(batches)
                case .wait(let until):
                    if !PlantedBug.delayedBatchForgotten.isPlanted { deadline = min(deadline ?? until, until) }
                case .none: break
                }
            }
            if let (batches, lane, isAlone) = pipeline.next {
                return .begin(batches, committed: committed, lane: lane, isAlone: isAlone)
            }
            if let batch = pipeline.takeWhole() { return commit([batch], at: now) }
        }
        guard isIdle else { return .wait(until: deadline) }
        return takeCommand() ?? (isStopping ? .end : .wait(until: deadline))
    }

    private mutating func commit(_ batches: [RecordBatch], at now: UInt64) -> Step {
        whole = GroupCommit(batches, at: now)
        return .commit(batches, committed: committed)
    }

    /// Nothing that was added waits to become durable.
    private var isIdle: Bool {
        chooser.count == 0 && (pipeline.isEmpty && whole == nil || PlantedBug.commandOvertakesGroups.isPlanted)
    }

    private mutating func takeCommand() -> Step? {
        guard let command else { return nil }
        self.command = nil
        // It may take back what was known to be committed.
        committed = .zero
        return .carryOut(command)
    }

    // MARK: What came of it

    /// The group of `commit` is synced.
    package mutating func noteCommit(at now: UInt64) -> GroupCommit {
        guard let commit = whole else { preconditionFailure("no such group is under way") }
        whole = nil
        flush?.noteWrite(at: commit.began)
        chooser.noteSync(from: commit.began, to: now)
        return commit
    }

    /// - Parameter taken: how many of the batches the group has.
    package mutating func noteBegun(lane: Int, taken: Int, at now: UInt64) {
        pipeline.noteBegun(lane: lane, taken: taken, at: now)
    }

    /// Nothing may be under way for these batches; or, if nothing is, they go on no lane.
    package mutating func noteRefusal() { pipeline.noteRefusal() }

    /// The lane whose end decides what comes next; nil if there is none.
    package var awaitedLane: Int? {
        guard !hasFailed else { return nil }
        if let flush { return flush.isUnderway ? 0 : nil }
        return pipeline.oldestLane
    }

    /// The lane has done what it was given.
    package mutating func noteDone(lane: Int) {
        if flush != nil { flush!.noteDone() } else { pipeline.noteDone(lane: lane) }
    }

    package mutating func noteSettled(lane: Int, at now: UInt64) -> GroupCommit {
        let commit = pipeline.noteSettled(lane: lane)
        chooser.noteSync(from: commit.began, to: now)
        return commit
    }

    package mutating func noteFlushBegun() { flush!.noteBegun() }

    /// - Parameter isDirty: something was written after it began.
    package mutating func noteFlushSettled(isDirty: Bool, at now: UInt64) {
        flush!.noteSettled(isDirty: isDirty, at: now)
    }
}
