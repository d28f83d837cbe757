import Wire
import Zab

/// Connections, and the life of sessions.
extension ClientChecker {
    /// The client has a connection, and its ConnectRequest leaves.
    mutating func connected(client: Int, at time: Nanoseconds = 0, from address: ClientAddress = .unknown) {
        while clients.count <= client { clients.append(Client()) }
        if clients[client].isConnected { disconnected(client: client) }
        clients[client].isConnected = true
        clients[client].connection = connectionCount
        connectionCount += 1
        clients[client].committedBeforeConnect = model.newest
        clients[client].floor = 0
        isKnown(client: client, by: address)
        if clients[client].session >= 0 { views[Int(clients[client].session)].connects += 1 }
    }

    /// The connection is gone: its watches are forgotten, and what was not answered is lost.
    mutating func disconnected(client: Int) {
        guard client < clients.count else { return }
        for id in clients[client].unanswered[clients[client].unansweredHead...] { operations[id].state = .lost }
        clients[client].isConnected = false
        clients[client].connection = -1
        clients[client].unanswered.removeAll(keepingCapacity: true)
        clients[client].unansweredHead = 0
        clients[client].watching = Watching()
        clients[client].due.removeAll(keepingCapacity: true)
        clients[client].unexplained.removeAll(keepingCapacity: true)
        clients[client].unansweredSetWatches = 0
        clients[client].committedWrites.removeAll(keepingCapacity: true)
        clients[client].floor = 0
    }

    /// The ConnectResponse: a new session, or the client's old one again.
    mutating func sessionOpened(client: Int, session: Int64, at time: Nanoseconds) {
        lastTime = time
        eventsChecked += 1
        if client >= clients.count || !clients[client].isConnected { connected(client: client, at: time) }
        let slot = view(session)
        let known = model.sessions[slot]
        let line = "client \(client) is given session \(Self.hex(session))"
        if known.openedZxid == nil {
            report(.sessionNotCreated, at: time, "\(line), which no committed transaction created")
        }
        if let closed = known.closedZxid, closed <= clients[client].committedBeforeConnect,
            !allowances.contains(.staleReconnects) || closed <= views[slot].floor
        {
            report(
                .reconnectAfterClose,
                at: time,
                "\(line), which was closed at \(Zxid(rawValue: closed)); \(Zxid(rawValue: clients[client].committedBeforeConnect)) was committed before it asked"
            )
        }
        if views[slot].client >= 0, views[slot].client != client {
            report(.sessionShared, at: time, "\(line), which belongs to client \(views[slot].client)")
        }
        if views[slot].client < 0 {
            // The server that answers has applied the session's creation.
            clients[client].floor = known.openedZxid ?? 0
            views[slot].connects += 1
        }
        views[slot].client = Int32(client)
        clients[client].session = Int32(slot)
    }

    /// The ConnectResponse says that the session is over, or the reply to an operation did.
    mutating func sessionExpired(client: Int, session: Int64, at time: Nanoseconds) {
        lastTime = time
        eventsChecked += 1
        let slot = view(session)
        if model.sessions[slot].closedZxid == nil, !allowances.contains(.expiryBeforeClose) {
            report(
                .expiredWithoutClose,
                at: time,
                "client \(client) is told that session \(Self.hex(session)) is over, but no closeSession of it is committed"
            )
        }
        if client < clients.count { clients[client].session = -1 }
    }

    /// The ConnectResponse to a client without a session was a refusal. Nothing follows from that.
    mutating func sessionRefused(client: Int, at time: Nanoseconds) {
        lastTime = time
        eventsChecked += 1
    }

    /// The session is heard by a server, and the established leader will learn of it within the tolerance: call it
    /// where the leader itself hears (a request, or a follower's report), or where nothing is between.
    mutating func heard(session: Int64, at time: Nanoseconds) {
        let slot = view(session)
        views[slot].heard.append(time)
    }

    /// A leader is established: from now on every session has its whole timeout again.
    mutating func leaderEstablished(at time: Nanoseconds) { leaderTimes.append(time) }

    /// The end that a leader gave to a session.
    mutating func checkExpiry(_ index: Int, proposedAt: Nanoseconds, at time: Nanoseconds) {
        let transaction = model.transactions[index]
        let timeout = Double(model.sessions[transaction.session].timeoutMilliseconds) * 1_000_000
        let patience = Nanoseconds(timeout * clockSkewTolerance)
        while views.count <= transaction.session { views.append(SessionView()) }
        let heard = Self.last(views[transaction.session].heard, notAfter: proposedAt)
        let established = Self.last(leaderTimes, notAfter: proposedAt)
        for (last, what) in [(heard, "it was heard"), (established, "a leader was established")] {
            guard let last, proposedAt < last + patience else { continue }
            report(
                .expiredTooEarly,
                at: time,
                "\(show(transaction)) ends the session with a timeout of \(Self.milliseconds(Nanoseconds(timeout))), proposed at \(Self.milliseconds(proposedAt)); \(what) at \(Self.milliseconds(last))"
            )
            return
        }
    }

    private static func last(_ times: [Nanoseconds], notAfter limit: Nanoseconds) -> Nanoseconds? {
        var index = times.count
        while index > 0, times[index - 1] > limit { index -= 1 }
        return index > 0 ? times[index - 1] : nil
    }
}
