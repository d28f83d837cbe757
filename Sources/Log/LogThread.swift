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
/// Which records make one group commit, and how many groups are under way at a time, is the log's `CommitOptions`. By
/// default group commit happens by itself: whatever came in during one sync is written and synced together by the next;
/// no delay, no timer, no limit but the ring's.
///
/// All methods are for one thread, the loop's; only `durable`, `statistics` and readers are for any. Any number of
/// these live in one process.
public final class LogThread<D: Disk>: @unchecked Sendable {
    private enum Command {
        case append(RecordBatch, committed: Zxid)
        case truncate(after: Zxid, Answer)
        case reset(to: LogPosition, Answer)
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
    private var chooser: BatchChooser
    /// Waits for everything before it.
    private var control: Command?
    /// Of what the chooser has.
    private var committed = Zxid.zero
    /// For syncs that the log thread does not wait for; none if it waits for each.
    private let lanes: [DiskLane]
    private var pipeline: Pipeline<D>?
    private var flusher: PeriodicFlusher<D>?

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
        chooser = BatchChooser(log.options.commit.batching)
        let inFlight = log.options.commit.inFlight
        let ring: @Sendable () -> Void = { [doorbell] in doorbell.ring() }
        if case .periodic(let milliseconds) = log.options.strategy.method {
            lanes = [DiskLane(notify: ring)]
            flusher = PeriodicFlusher(log, lanes[0], milliseconds: milliseconds)
        } else if inFlight > 1 {
            lanes = (0..<inFlight).map { _ in DiskLane(notify: ring) }
            pipeline = Pipeline(log, lanes)
        } else {
            lanes = []
        }
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
        let answer = Answer()
        try ask(.truncate(after: zxid, answer), answer)
    }

    /// Drops the whole log; it goes on after `position`. Waits until it is done. As `TransactionLog.reset`.
    public func reset(to position: LogPosition) throws(LogError) {
        let answer = Answer()
        try ask(.reset(to: position, answer), answer)
    }

    private func ask(_ command: Command, _ answer: Answer) throws(LogError) {
        guard thread != nil else { throw .stopped }
        guard ring.push(command) else { preconditionFailure("the reserved slot is taken: two threads use this log") }
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
            settle()
            let isUrgent = isLast || control != nil || !hasRoomToDrain
            let isAlive = !hasFailed.load(ordering: .relaxed)
            if !isAlive { chooser.dropAll() }
            var deadline = isAlive ? flusher?.due : nil
            if isAlive, pipeline?.hasRoom != false {
                switch chooser.next(at: MonotonicTime.now, isUrgent: isUrgent) {
                case .take(let batches):
                    commit(batches)
                    continue
                case .wait(let until): deadline = min(deadline ?? until, until)
                case .none: break
                }
            }
            if isIdle {
                if let control {
                    self.control = nil
                    // It may take back what was known to be committed.
                    committed = .zero
                    carryOut(control)
                    continue
                }
                if isLast { return flushAtTheEnd() }
            }
            doorbell.wait(until: deadline) { hasWork(isLast: isLast) }
        }
    }

    /// Up to the next command that has to wait for all that came before it.
    private func drainRing() {
        while control == nil, hasRoomToDrain, let command = ring.pop() {
            switch command {
            case .append(let batch, let known):
                chooser.add(batch, at: MonotonicTime.now)
                committed = max(committed, known)
            case .truncate, .reset: control = command
            }
        }
    }

    /// What waits here is bounded as what waits in the ring is.
    private var hasRoomToDrain: Bool { chooser.count < ring.capacity }

    /// Nothing that was offered waits to become durable, or ever will.
    private var isIdle: Bool {
        hasFailed.load(ordering: .relaxed) || (chooser.count == 0 && pipeline?.isEmpty != false)
    }

    private func hasWork(isLast: Bool) -> Bool {
        if isStopping.load(ordering: .sequentiallyConsistent) != isLast { return true }
        if control == nil, hasRoomToDrain, !ring.isEmpty { return true }
        // What lanes have done is of no interest to a log that has failed.
        guard !hasFailed.load(ordering: .relaxed) else { return false }
        return pipeline?.isFirstDone == true || flusher?.isDone == true
    }

    private func commit(_ batches: [RecordBatch]) {
        if let pipeline {
            pipeline.take(batches)
            return settle()
        }
        var commit = Pipeline<D>.Commit(began: MonotonicTime.now)
        for batch in batches { commit.add(batch) }
        do {
            try log.append(batches, committed: committed)
            try log.sync()
        } catch {
            return fail(error)
        }
        flusher?.noteWrite(at: commit.began)
        note(commit)
    }

    /// Goes on with what does not wait for this thread.
    private func settle() {
        guard !hasFailed.load(ordering: .relaxed) else { return }
        do {
            if let flusher {
                try flusher.advance(at: MonotonicTime.now)
                statistics.note(syncCount: log.syncCount)
            }
            guard let pipeline else { return }
            while true {
                while let commit = try pipeline.settle() { note(commit) }
                guard let commit = try pipeline.begin(committed: committed) else { break }
                note(commit)
            }
        } catch {
            fail(error)
        }
    }

    /// One more group commit is acknowledged.
    private func note(_ commit: Pipeline<D>.Commit) {
        let end = MonotonicTime.now
        chooser.noteSync(from: commit.began, to: end)
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

    private func carryOut(_ command: Command) {
        do {
            switch command {
            case .append: preconditionFailure("not a control command")
            case .truncate(let zxid, let answer):
                try carryOut(answer) { () throws(LogError) in try log.truncate(after: zxid) }
            case .reset(let position, let answer):
                try carryOut(answer) { () throws(LogError) in try log.reset(to: position) }
            }
        } catch {
            fail(error)
        }
    }

    private func carryOut(_ answer: Answer, _ body: () throws(LogError) -> Void) throws(LogError) {
        do {
            try body()
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
        failure = error
        hasFailed.store(true, ordering: .sequentiallyConsistent)
        notify(.failed(error))
    }
}
