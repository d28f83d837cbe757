import Wire
import Zab

/// A moment as requests are stamped with it: microseconds, the low 32 bits. Differences are right up to an hour.
typealias Stamp = UInt32

/// How long the requests of this server's own clients have waited for their answers, at the price of a turn and not of a
/// request: the shell reads its clock when the first bytes of clients come in a turn of its loop, and when the turn's
/// answers leave. All requests of a turn have come at the first of these moments, and all answers go at the second.
public struct AnswerTimes: Sendable {
    /// Answers of this turn whose requests came in the same turn.
    private struct Run {
        var arrival: Stamp = 0
        var count: UInt32 = 0
    }

    /// When what is read of clients in this turn was read.
    private(set) var arrival: Stamp = 0
    /// When answers last left, whole, and as a stamp.
    private(set) var leaving: Nanoseconds = 0
    private(set) var leavingStamp: Stamp = 0
    private var updates = Run()
    private var reads = Run()
    /// Of this turn; the newest one of each kind stands above.
    private var closed: [(run: Run, isUpdate: Bool)] = []

    /// Of what became, or would have become, a transaction.
    public private(set) var ofUpdates = LatencyTally()
    /// Of everything else: reads, pings, syncs.
    public private(set) var ofReads = LatencyTally()

    mutating func begin(at now: Nanoseconds) { arrival = Stamp(truncatingIfNeeded: now / 1000) }

    @inline(__always)
    mutating func noteUpdate(from arrival: Stamp) {
        if arrival != updates.arrival { beginUpdates(arrival) }
        updates.count &+= 1
    }

    @inline(__always)
    mutating func noteRead(from arrival: Stamp) {
        if arrival != reads.arrival { beginReads(arrival) }
        reads.count &+= 1
    }

    @inline(never)
    private mutating func beginUpdates(_ arrival: Stamp) {
        if updates.count > 0 { closed.append((updates, true)) }
        updates = Run(arrival: arrival)
    }

    @inline(never)
    private mutating func beginReads(_ arrival: Stamp) {
        if reads.count > 0 { closed.append((reads, false)) }
        reads = Run(arrival: arrival)
    }

    mutating func end(at now: Nanoseconds) {
        leaving = now
        leavingStamp = Stamp(truncatingIfNeeded: now / 1000)
        if updates.count > 0 { ofUpdates.add(leavingStamp &- updates.arrival, times: UInt64(updates.count)) }
        if reads.count > 0 { ofReads.add(leavingStamp &- reads.arrival, times: UInt64(reads.count)) }
        (updates.count, reads.count) = (0, 0)
        guard !closed.isEmpty else { return }
        for (run, isUpdate) in closed {
            let (latency, count) = (leavingStamp &- run.arrival, UInt64(run.count))
            if isUpdate { ofUpdates.add(latency, times: count) } else { ofReads.add(latency, times: count) }
        }
        closed.removeAll(keepingCapacity: true)
    }

    mutating func resetExtremes() {
        ofUpdates.resetExtremes()
        ofReads.resetExtremes()
    }
}

/// Sizes of one kind of thing, as ZooKeeper's `BufferStats` has them: -1 before the first.
public struct SizeExtremes: Sendable {
    public private(set) var last = -1
    public private(set) var least = -1
    public private(set) var most = -1

    @inline(__always)
    mutating func note(_ size: Int) {
        last = size
        if size > most { most = size }
        // As a number without a sign, -1 is above every size.
        if UInt(bitPattern: size) < UInt(bitPattern: least) { least = size }
    }

    mutating func reset() { self = SizeExtremes() }
}

/// What `cons` tells of one connection. Its latencies are those of the newest answer of each turn.
struct ConnectionTally {
    /// Microseconds.
    struct Latencies {
        var last: UInt32 = 0
        var least = UInt32.max
        var most: UInt32 = 0
        var count: UInt32 = 0
        var sum: UInt64 = 0
    }

    /// The newest request that was answered in this turn; nil if none was.
    var op: OpCode?
    var xid: Int32 = 0
    var arrival: Stamp = 0

    // As of the end of the last turn with an answer.
    private(set) var lastOp: OpCode?
    private(set) var lastXid: Int32 = -1
    private(set) var lastZxid = Zxid(rawValue: .max)
    private(set) var lastResponse: Nanoseconds = 0
    private(set) var latencies = Latencies()
    /// Events that were sent.
    var events = 0

    @inline(__always)
    mutating func answered(_ op: OpCode, xid: Int32, from arrival: Stamp) {
        self.op = op
        self.xid = xid
        self.arrival = arrival
    }

    /// The answers of this turn leave, at a moment and its stamp.
    mutating func close(leaving: Nanoseconds, stamp: Stamp, zxid: Zxid) {
        lastOp = op
        op = nil
        // Those that ZooKeeper reserves are no client's last request.
        if xid >= 0 { lastXid = xid }
        lastZxid = zxid
        lastResponse = leaving
        let latency = stamp &- arrival
        latencies.last = latency
        latencies.least = min(latencies.least, latency)
        latencies.most = max(latencies.most, latency)
        latencies.sum &+= UInt64(latency)
        latencies.count &+= 1
    }

    mutating func reset() {
        let events = self.events
        self = ConnectionTally()
        self.events = events
    }
}
