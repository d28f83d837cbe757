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
/// Group commit happens by itself: whatever came in during one sync is written and synced together by the next. No
/// delay, no timer, no limit but the ring's.
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

    // The loop's side.
    private var offeredBytes = 0
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
    }

    public func start() {
        precondition(thread == nil)
        log.supply.startThread()
        thread = PosixThread(name: "zab-log") { [self] in run() }
    }

    /// Finishes everything that was offered, then ends both threads. Nothing may be offered afterwards.
    public func stop() {
        guard let thread else { return }
        isStopping.store(true, ordering: .sequentiallyConsistent)
        doorbell.ring()
        thread.join()
        log.supply.stopThread()
        self.thread = nil
    }

    /// The last record that is synced.
    public var durable: Zxid { Zxid(rawValue: durableZxid.load(ordering: .acquiring)) }

    /// Bytes of records offered and not yet synced.
    public var bytesInFlight: Int { offeredBytes - finishedBytes.load(ordering: .acquiring) }

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
        var batches: [RecordBatch] = []
        batches.reserveCapacity(ring.capacity)
        while true {
            // Read before the ring: what was offered before `stop` is then seen below.
            let isLast = isStopping.load(ordering: .sequentiallyConsistent)
            var committed = Zxid.zero
            var control: Command?
            while control == nil, let command = ring.pop() {
                switch command {
                case .append(let batch, let known):
                    batches.append(batch)
                    committed = max(committed, known)
                case .truncate, .reset: control = command
                }
            }
            if !batches.isEmpty {
                write(batches, committed)
                batches.removeAll(keepingCapacity: true)
            }
            if let control {
                carryOut(control)
            } else if isLast {
                return
            } else {
                doorbell.wait { !ring.isEmpty || isStopping.load(ordering: .sequentiallyConsistent) }
            }
        }
    }

    private func write(_ batches: [RecordBatch], _ committed: Zxid) {
        var records = 0
        var bytes = 0
        for batch in batches {
            records += batch.count
            bytes += batch.bytes.count
        }
        guard !hasFailed.load(ordering: .relaxed) else { return }
        let begin = Self.nanoseconds()
        do {
            try log.append(batches, committed: committed)
            try log.sync()
        } catch {
            return fail(error)
        }
        statistics.note(
            batches: batches.count,
            records: records,
            recordBytes: bytes,
            bytesWritten: log.bytesWritten,
            nanoseconds: Self.nanoseconds() - begin
        )
        durableZxid.store(log.durable.rawValue, ordering: .releasing)
        finishedBytes.store(finishedBytes.load(ordering: .relaxed) + bytes, ordering: .releasing)
        notify(.durable(log.durable))
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

    private static func nanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
