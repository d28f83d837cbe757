import CPlatform
import Client
import NIOCore
import Wire

/// What a session keeps from one connection to the next.
struct SessionLink {
    var sessionID: Int64 = 0
    var password = [UInt8](repeating: 0, count: 16)
    var timeout: TimeAmount = .seconds(10)
    var attempts = 0
    var nextEndpoint = 0
    var wasConnected = false
    var isClosing = false
    /// Which of the lane's traced servers it is connected to; -1 where nothing is traced.
    var server = -1
    /// The outage that is going on: from the loss of a connection to the first answer after it.
    var outage: Outage?
}

/// Connecting, reconnecting and closing.
extension LoadSession {
    func connect() {
        guard !link.isClosing else { return }
        let plan = lane.plan
        let endpoint = endpoints[link.nextEndpoint % endpoints.count]
        link.nextEndpoint += 1
        let request = ConnectRequest(
            lastZxidSeen: lastZxid,
            timeout: plan.sessionTimeoutMilliseconds,
            sessionID: link.sessionID,
            password: link.password
        )
        let patience = TimeAmount.milliseconds(min(Int64(plan.sessionTimeoutMilliseconds) / 3, 2000))
        connection = SessionConnection.open(
            endpoint,
            request: request,
            credentials: plan.place.credentials,
            timeout: patience,
            on: lane.eventLoop,
            delegate: self
        )
    }

    func sessionAnswered(_ response: ConnectResponse) {
        guard response.sessionID != 0, response.timeout > 0 else {
            // The servers have given the session up, so none of its writes can come after those of a new one.
            link.sessionID = 0
            link.password = [UInt8](repeating: 0, count: 16)
            link.outage?.sameSession = false
            connection?.close("the session has expired")
            return
        }
        link.sessionID = response.sessionID
        link.password = response.password
        link.timeout = .milliseconds(Int64(response.timeout))
        link.attempts = 0
        isConnected = true
        if let connection {
            link.outage?.endpointAfter = connection.endpoint.description
            link.server = lane.tracedServers.firstIndex(of: connection.endpoint) ?? -1
        }
        if !link.wasConnected {
            link.wasConnected = true
            noteReady()
        }
        pump()
    }

    func disconnected(_ end: Disconnection) {
        let wasConnected = isConnected
        let endpoint = connection?.endpoint
        isConnected = false
        connection = nil
        guard !link.isClosing else { return noteClosed() }
        lane.setDue(index, .max)
        if link.wasConnected {
            guard lane.plan.surviveConnectionLoss, !end.isFinal else {
                return lane.fail(.connectionLost(session: index, reason: end.reason))
            }
            if wasConnected { beginOutage(at: endpoint) }
        }
        lane.lastFailure = end.reason
        if end.isFinal { return lane.fail(.notConnected(end.reason)) }
        link.attempts += 1
        // Every server once at once, then rounds 10 to 100 ms apart: an outage is measured with that resolution.
        let rounds = link.attempts / endpoints.count
        let pause = link.attempts % endpoints.count == 0 ? min(5 << min(rounds, 5), 100) : 0
        lane.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(pause))) { self.connect() }
        if lane.isDraining { lane.checkDrained() }
    }

    private func beginOutage(at endpoint: Endpoint?) {
        let lost = loseInFlight { lane.failed(planned: $0.planned, code: ErrorCode.connectionLoss.rawValue) }
        if link.outage != nil {
            link.outage!.ambiguous += lost
            return
        }
        link.outage = Outage(
            session: index,
            endpointBefore: endpoint?.description ?? "",
            endpointAfter: "",
            lostAtNanoseconds: zb_monotonic_nanoseconds(),
            lastAnswerNanoseconds: lastAnswer,
            firstAnswerNanoseconds: 0,
            sameSession: true,
            ambiguous: lost
        )
    }

    /// An operation was answered at `now`.
    func noteAnswer(_ now: UInt64) {
        lastAnswer = now
        lane.noteAnswer(now)
        guard link.outage != nil else { return }
        link.outage!.firstAnswerNanoseconds = now
        lane.outages.append(link.outage!)
        link.outage = nil
    }

    /// Pings a quiet server and gives up one that says nothing. Called every quarter of a second.
    func tick(_ now: NIODeadline) {
        guard isConnected, let connection else { return }
        if now - connection.lastReceived > .nanoseconds(link.timeout.nanoseconds * 2 / 3) {
            connection.close("no word for two thirds of the session's timeout")
        } else if now - connection.lastSent > .nanoseconds(link.timeout.nanoseconds / 3) {
            connection.ping()
        }
    }

    /// Ends the session; the lane hears `sessionClosed` once the connection is gone.
    func close() {
        link.isClosing = true
        if let outage = link.outage {
            lane.outages.append(outage)
            link.outage = nil
        }
        guard let connection else { return noteClosed() }
        guard isConnected, inFlight == 0 else { return connection.close("the load is over") }
        connection.append(capacity: 12) { frame in
            frame.storeBytes(of: Int32(8).bigEndian, as: Int32.self)
            frame.storeBytes(of: Int32(0), toByteOffset: 4, as: Int32.self)
            frame.storeBytes(of: OpCode.closeSession.rawValue.bigEndian, toByteOffset: 8, as: Int32.self)
            return 12
        }
        connection.flush()
        lane.eventLoop.assumeIsolated().scheduleTask(in: .seconds(1)) { connection.close("the load is over") }
    }
}
