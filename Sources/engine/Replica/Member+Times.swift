import Wire
import Zab
import Znodes

/// What the words tell of requests and their answers.
extension Member {
    /// What is read of clients from now on, until answers leave, came now.
    public mutating func turnBegins(at now: Nanoseconds) { times.begin(at: now) }

    /// What has been answered leaves now.
    public mutating func answersLeave(at now: Nanoseconds) { times.end(at: now) }

    /// What has gone to clients: answers and events.
    public var packetsSent: Int {
        Int(times.ofUpdates.count + times.ofReads.count) + counters.events + counters.otherAnswers
    }

    /// Extremes begin anew, of latencies and of sizes.
    public mutating func resetExtremes() {
        times.resetExtremes()
        proposalSizes.reset()
    }

    /// What is to be told of a client's connection.
    public func connection(_ id: ConnectionID) -> ConnectionReport {
        guard connections.indices.contains(Int(id)) else { return ConnectionReport() }
        return ConnectionReport(connections[Int(id)])
    }

    /// A request that was answered when it was read, with nothing before it.
    @inline(__always)
    mutating func answeredAtOnce(_ id: ConnectionID, _ op: OpCode, xid: Int32) {
        connections[Int(id)].tally.answered(op, xid: xid, from: times.arrival)
        times.noteRead(from: times.arrival)
    }

    /// A request that was settled, or a read that had waited.
    @inline(__always)
    mutating func noteAnswer(_ op: OpCode, from arrival: Stamp) {
        if op == .auth {
            counters.otherAnswers += 1
        } else if op.isWrite {
            times.noteUpdate(from: arrival)
        } else {
            times.noteRead(from: arrival)
        }
    }

    /// The answers of this turn leave for the client.
    @inline(never)
    mutating func closeTally(_ id: ConnectionID) {
        connections[Int(id)].tally.close(leaving: times.leaving, stamp: times.leavingStamp, zxid: state.lastApplied)
    }
}

/// What is told of one client's connection.
public struct ConnectionReport: Sendable {
    /// Requests under way.
    public var queued = 0
    /// Frames that were taken and have no answer yet: these, or the wish to come back.
    public var unanswered = 0
    /// Events that were sent.
    public var events = 0

    init() {}

    init(_ connection: borrowing ClientConnection) {
        queued = connection.pendingCount
        unanswered = queued > 0 || connection.state != .connecting ? queued : 1
        events = connection.tally.events
    }
}
