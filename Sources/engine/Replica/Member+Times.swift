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

/// What is told of one client's connection. Latencies are those of the newest answer of each turn, in microseconds.
public struct ConnectionReport: Sendable {
    /// 0 if it has none.
    public var session: Int64 = 0
    /// Milliseconds.
    public var timeout: Int32 = 0
    /// Requests under way.
    public var queued = 0
    /// Frames that were taken and have no answer yet: these, or the wish to come back.
    public var unanswered = 0
    /// Events that were sent.
    public var events = 0
    /// Of the newest answer: the operation, nil before the first; the request's number, -1 if none was the client's own;
    /// what had been applied, and when it left.
    public var operation: OpCode?
    public var xid: Int32 = -1
    public var zxid = Zxid(rawValue: .max)
    public var response: Nanoseconds = 0
    public var lastLatency: UInt32 = 0
    public var leastLatency: UInt32 = 0
    public var mostLatency: UInt32 = 0
    public var meanLatency: UInt64 = 0

    init() {}

    init(_ connection: borrowing ClientConnection) {
        let hasSession = connection.state == .open || connection.state == .closing
        session = hasSession ? connection.sessionID : 0
        timeout = hasSession ? connection.timeout : 0
        queued = connection.pendingCount
        unanswered = queued > 0 || connection.state != .connecting ? queued : 1
        let tally = connection.tally
        events = tally.events
        operation = tally.lastOp
        xid = tally.lastXid
        zxid = tally.lastZxid
        response = tally.lastResponse
        guard tally.latencies.count > 0 else { return }
        lastLatency = tally.latencies.last
        leastLatency = tally.latencies.least
        mostLatency = tally.latencies.most
        meanLatency = tally.latencies.sum / UInt64(tally.latencies.count)
    }
}

/// What administrators are told of sessions.
extension Member {
    /// `crst`.
    public mutating func resetTally(of id: ConnectionID) {
        guard connections.indices.contains(Int(id)) else { return }
        connections[Int(id)].tally.reset()
    }

    /// The session of a connection, 0 if it has none.
    public func session(of id: ConnectionID) -> Int64 {
        connections.indices.contains(Int(id)) ? connections[Int(id)].sessionID : 0
    }

    /// Syncs of this server's clients that wait for a commit, by looking at each request. Those of a learner's clients wait
    /// there: it is told at once which commit they wait for.
    public var pendingSyncs: Int {
        var count = 0
        for index in connections.indices where connections[index].pendingCount > 0 {
            count += connections[index].pendingSyncs
        }
        return count
    }

    /// A leader's sessions with the moments at which they end if they are not heard before.
    public var sessionDeadlines: [(id: Int64, deadline: Nanoseconds)] { tracker.deadlines }
}
