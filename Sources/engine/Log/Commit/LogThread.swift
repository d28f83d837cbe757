import CPlatform
import Glibc
import Synchronization
import Wire
import Zab

/// What a log thread has to say.
public enum LogEvent: Hashable, Sendable {
    /// Everything up to and including this zxid is synced. Never goes back, except that a cut makes it smaller.
    case durable(Zxid)
    /// The disk failed; nothing after the last `durable` is known to be on it. The thread does nothing more.
    case failed(LogError)
}

/// A log with a thread of its own, which sleeps in the sync so that the event loop need not.
///
/// Which records make one group commit, and how many groups are under way at a time, is the log's `CommitOptions`;
/// `LogScheduler` decides, and this gives it threads. By default group commit happens by itself: whatever came in during
/// one sync is written and synced together by the next; no delay, no timer, no limit but the ring's.
///
/// All methods are for one thread, the loop's; only `durable`, `statistics` and readers are for any. Any number of
/// these live in one process.
public final class LogThread<D: Disk>: @unchecked Sendable {
    private enum Command {
        case append(RecordBatch, committed: Zxid)
        case control(LogScheduler.Command, Answer)
    }

    /// Where the loop's thread waits for the answer to a rare command.
    private final class Answer: Sendable {
        private let gate = Gate()
        private nonisolated(unsafe) var error: LogError?
        private nonisolated(unsafe) var isGiven = false

        func give(_ error: LogError?) {
            gate.withLock {
                self.error = error
                isGiven = true
                gate.wakeAll()
            }
        }

        func wait() throws(LogError) {
            let error: LogError? = gate.withLock {
                while !isGiven { gate.wait() }
                return self.error
            }
            if let error { throw error }
        }
    }

    /// Slots that `offer` leaves free: for the one command that may wait for its answer.
    private static var reserved: Int { 1 }

    public let statistics = LogStatistics()
    public let timings = GroupTimings()

    private let log: TransactionLog<D>
    private let ring: Ring<Command>
    private let doorbell = Doorbell()
    private let notify: @Sendable (LogEvent) -> Void
    private let durableZxid: Atomic<UInt64>
    private let finishedBytes = Atomic<Int>(0)
    private let hasFailed = Atomic<Bool>(false)
    /// Written by the log thread before `hasFailed` is set, and never again.
    private nonisolated(unsafe) var failure: LogError?
    private let isStopping = Atomic<Bool>(false)

    // The log thread's side.
    private var scheduler: LogScheduler
    /// For calls to the disk that the log thread does not wait for; none if it waits for each.
    private let lanes: [DiskLane]
    /// By lane: what it carries.
    private var groups: [TransactionLog<D>.PlannedGroup?]
    private var flush: TransactionLog<D>.Flush?
    /// For the command that the scheduler has.
    private var answer: Answer?

    // The loop's side.
    private var offeredBytes = 0
    private var offeredRecords = 0
    private var thread: PosixThread?

    /// - Parameters:
    ///   - log: taken over; only its `makeReader` may be used from now on.
    ///   - capacity: of the ring, in batches; a power of two, at least 2. One slot is kept free for commands.
    ///   - notify: called on the log thread, once after each sync.
    public init(
        _ log: TransactionLog<D>,
        capacity: Int = 1024,
        notify: @escaping @Sendable (LogEvent) -> Void
    ) {
        precondition(capacity >= 2)
        self.log = log
        self.notify = notify
        ring = Ring(capacity: capacity)
        durableZxid = Atomic(log.durable.rawValue)
        scheduler = LogScheduler(log.options, capacity: capacity)
        lanes = (0..<scheduler.laneCount).map { [doorbell] _ in DiskLane { doorbell.ring() } }
        groups = Array(repeating: nil, count: scheduler.laneCount)
    }

    public func start() {
        precondition(thread == nil)
        log.supply.startThread()
        for (index, lane) in lanes.enumerated() { lane.start(name: "zab-log-\(index + 1)") }
        thread = PosixThread(name: "zab-log") { [self] in run() }
    }

    /// Finishes everything that was offered, then ends both threads. Nothing may be offered afterwards.
    public func stop() {
        guard let thread else { return }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        doorbell.ring()
        thread.join()
        for lane in lanes { lane.stop() }
        log.supply.stopThread()
        self.thread = nil
    }

    /// The last record that is synced.
    public var durable: Zxid { Zxid(rawValue: durableZxid.load(ordering: .acquiring)) }

    /// Bytes of records offered and not yet synced.
    public var bytesInFlight: Int { offeredBytes - finishedBytes.load(ordering: .acquiring) }

    /// Records offered and not yet synced. The loop's thread only.
    public var recordsInFlight: Int { offeredRecords - statistics.records }

    /// How often the log had to wait for its next segment to be prepared.
    public var lateSegmentCount: Int { log.supply.lateCount }

    /// The zxid that the log starts after.
    public var base: Zxid { log.catalog.base }

    /// A reader for any one thread.
    public func makeReader() -> LogReader<D> { LogReader(log.disk, log.catalog) }

    /// Appends the batch behind everything offered before. False, and nothing happens, if the ring is full or the log
    /// has failed: offer it again after the next event.
    ///
    /// - Parameter committed: the newest zxid known to be committed.
    public func offer(_ batch: RecordBatch, committed: Zxid) -> Bool {
        guard ring.count < ring.capacity - Self.reserved, !hasFailed.load(ordering: .relaxed) else { return false }
        guard ring.push(.append(batch, committed: committed)) else { return false }
        offeredBytes += batch.bytes.count
        offeredRecords += batch.count
        doorbell.ring()
        return true
    }

    /// After `offer` has refused: gives way, so that the next one is worth a try. For a caller that cannot go on without.
    ///
    /// - Throws: why there will never be room again.
    public func waitForRoom() throws(LogError) {
        guard thread != nil else { throw .stopped }
        if hasFailed.load(ordering: .acquiring) { throw failure! }
        sched_yield()
    }

    /// Makes everything offered before durable, then removes every record after `zxid`; waits until both are done. As
    /// `TransactionLog.truncate`. No `LogEvent` tells of it.
    public func truncate(after zxid: Zxid) throws(LogError) {
        try ask(.truncate(after: zxid))
    }

    /// Drops the whole log; it goes on after `position`. Waits until it is done. As `TransactionLog.reset`.
    public func reset(to position: LogPosition) throws(LogError) {
        try ask(.reset(to: position))
    }

    private func ask(_ command: LogScheduler.Command) throws(LogError) {
        guard thread != nil else { throw .stopped }
        let answer = Answer()
        guard ring.push(.control(command, answer)) else {
            preconditionFailure("the reserved slot is taken: two threads use this log")
        }
        doorbell.ring()
        try answer.wait()
    }

    /// Gives up the segments that hold nothing after `zxid`; the preparing thread removes them, later. Returns the zxid
    /// that the log starts after now.
    @discardableResult
    public func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid {
        try log.supply.retire(log.catalog.trim(keepingAfter: zxid))
        return log.catalog.base
    }

    // MARK: The log thread

    private func run() {
        while true {
            // Read before the ring: what was offered before `stop` is then seen below.
            let isLast = isStopping.load(ordering: .sequentiallyConsistent)
            drainRing()
            if isLast { scheduler.noteStop() }
            if let lane = scheduler.awaitedLane, lanes[lane].isDone { scheduler.noteDone(lane: lane) }
            switch scheduler.next(at: zb_monotonic_nanoseconds()) {
            case .wait(let deadline): doorbell.wait(until: deadline) { hasWork(isLast: isLast) }
            case .end: return flushAtTheEnd()
            case let step:
                do { try carryOut(step) } catch { fail(error) }
            }
        }
    }

    private func drainRing() {
        while scheduler.takesMore, let command = ring.pop() {
            switch command {
            case .append(let batch, let committed):
                scheduler.add(batch, committed: committed, at: zb_monotonic_nanoseconds())
            case .control(let command, let answer):
                self.answer = answer
                scheduler.add(command)
            }
        }
    }

    private func hasWork(isLast: Bool) -> Bool {
        if isStopping.load(ordering: .sequentiallyConsistent) != isLast { return true }
        if scheduler.takesMore, !ring.isEmpty { return true }
        return scheduler.awaitedLane.map { lanes[$0].isDone } ?? false
    }

    private func carryOut(_ step: LogScheduler.Step) throws(LogError) {
        switch step {
        case .commit(let batches, let committed):
            try log.append(batches, committed: committed)
            try log.sync()
            let end = zb_monotonic_nanoseconds()
            note(scheduler.noteCommit(at: end), end)
        case .begin(let batches, let committed, let lane, let isAlone):
            let began = zb_monotonic_nanoseconds()
            let begun = try log.begin(batches, committed: committed, lane: lane, isAlone: isAlone)
            guard let (group, taken) = begun else { return scheduler.noteRefusal() }
            scheduler.noteBegun(lane: lane, taken: taken, at: began)
            groups[lane] = group
            lanes[lane].carryOut { [log] () throws(DiskError) in try log.carryOut(lane: lane) }
        case .settle(let lane): try settle(lane)
        case .carryOut(let command): try carryOut(command)
        case .beginFlush:
            guard let flush = log.beginFlush() else { return }
            scheduler.noteFlushBegun()
            self.flush = flush
            lanes[0].carryOut { [log] () throws(DiskError) in try log.disk.syncData(flush.file) }
        case .settleFlush: try settleFlush()
        case .wait, .end: preconditionFailure("nothing to carry out")
        }
    }

    private func collect(_ lane: Int) throws(LogError) {
        do { try lanes[lane].collect() } catch { throw log.fail(.disk(error)) }
    }

    private func settle(_ lane: Int) throws(LogError) {
        try collect(lane)
        log.settle(groups[lane]!)
        let end = zb_monotonic_nanoseconds()
        note(scheduler.noteSettled(lane: lane, at: end), end)
    }

    private func settleFlush() throws(LogError) {
        try collect(0)
        log.settle(flush!)
        scheduler.noteFlushSettled(isDirty: log.isDirty, at: zb_monotonic_nanoseconds())
        statistics.note(syncCount: log.syncCount)
    }

    /// One more group commit is acknowledged.
    private func note(_ commit: GroupCommit, _ end: UInt64) {
        statistics.note(
            batches: commit.batches,
            records: commit.records,
            recordBytes: commit.bytes,
            bytesWritten: log.bytesWritten,
            syncCount: log.syncCount,
            nanoseconds: end - commit.began
        )
        timings.note(GroupTiming(last: log.durable, taken: commit.began, synced: end, records: commit.records))
        durableZxid.store(log.durable.rawValue, ordering: .releasing)
        finishedBytes.store(finishedBytes.load(ordering: .relaxed) + commit.bytes, ordering: .releasing)
        notify(.durable(log.durable))
    }

    /// A server that is stopped in order owes nothing to the disk, whatever its strategy.
    private func flushAtTheEnd() {
        guard !hasFailed.load(ordering: .relaxed) else { return }
        do { try log.flush() } catch { return fail(error) }
        statistics.note(syncCount: log.syncCount)
    }

    private func carryOut(_ command: LogScheduler.Command) throws(LogError) {
        let answer = answer.take()!
        do {
            switch command {
            case .truncate(let zxid): try log.truncate(after: zxid)
            case .reset(let position): try log.reset(to: position)
            }
            durableZxid.store(log.durable.rawValue, ordering: .releasing)
            answer.give(nil)
        } catch {
            answer.give(error)
            if case .notInLog = error { return }
            throw error
        }
    }

    private func fail(_ error: LogError) {
        guard !hasFailed.load(ordering: .relaxed) else { return }
        scheduler.noteFailure()
        failure = error
        hasFailed.store(true, ordering: .sequentiallyConsistent)
        notify(.failed(error))
    }
}
