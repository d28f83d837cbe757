import NIOCore
import Wire

/// How the session begins, moves and ends.
extension ClientCore {
    /// Starts connecting; the future says whether a session could be opened.
    func start() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        started = promise
        eventLoop.assumeIsolated().scheduleTask(in: configuration.connectTimeout) {
            guard let started = self.started else { return }
            self.started = nil
            let error = ClientError.unreachable(self.lastFailure)
            self.end(error)
            started.fail(error)
        }
        connectToNext()
        return promise.futureResult
    }

    private func connectToNext() {
        guard case .connecting = phase else { return }
        let endpoint = endpoints[nextEndpoint % endpoints.count]
        nextEndpoint += 1
        let request = ConnectRequest(
            lastZxidSeen: lastZxid,
            timeout: Int32(clamping: configuration.sessionTimeout.nanoseconds / 1_000_000),
            sessionID: sessionID,
            password: password
        )
        // A third of the session's time each, so that a hung server does not use all of it up.
        connection = SessionConnection.open(
            endpoint,
            request: request,
            credentials: configuration.credentials,
            timeout: .nanoseconds(timeout.nanoseconds / 3),
            on: eventLoop,
            delegate: self
        )
    }

    func sessionAnswered(_ response: ConnectResponse) {
        guard case .connecting = phase else { return }
        guard response.sessionID != 0, response.timeout > 0 else {
            events.yield(WatchEvent(kind: .session, state: .expired, path: ""))
            end(.sessionExpired)
            return
        }
        sessionID = response.sessionID
        password = response.password
        timeout = .milliseconds(Int64(response.timeout))
        phase = .connected
        failuresInARow = 0
        events.yield(WatchEvent(kind: .session, state: .connected, path: ""))
        startTicking()
        restoreWatches()
        started?.succeed(())
        started = nil
        sendWaiting()
    }

    func disconnected(_ end: Disconnection) {
        connection = nil
        lastFailure = end.reason
        failInFlight(.connectionLoss)
        switch phase {
        case .over: break
        case .closing: self.end(.closed)
        case .connected:
            phase = .connecting
            disconnectedSince = .now()
            events.yield(WatchEvent(kind: .session, state: .disconnected, path: ""))
            connectToNext()
        case .connecting where end.isFinal:
            let error = ClientError.unreachable(end.reason)
            self.end(error)
            started?.fail(error)
            started = nil
        case .connecting:
            failuresInARow += 1
            // Every server once without waiting, then rounds that are further and further apart.
            let rounds = failuresInARow / endpoints.count
            let pause = failuresInARow % endpoints.count == 0 ? min(50 << min(rounds, 5), 1000) : 0
            eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(pause))) { self.connectToNext() }
        }
    }

    private func startTicking() {
        guard ticker == nil else { return }
        let period = TimeAmount.nanoseconds(max(timeout.nanoseconds / 6, 1_000_000))
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            self.tick()
        }
    }

    private func tick() {
        let now = NIODeadline.now()
        if isConnected, let connection {
            if now - connection.lastReceived > .nanoseconds(timeout.nanoseconds * 2 / 3) {
                connection.close("no word for two thirds of the session's timeout")
            } else if now - connection.lastSent >= .nanoseconds(timeout.nanoseconds / 3) {
                connection.ping()
            }
        } else if case .connecting = phase, now - disconnectedSince > timeout {
            failWaiting(.unreachable(lastFailure))
        }
    }

    private func restoreWatches() {
        guard let connection, !watches.isEmpty else { return }
        let frame = watches.setWatchesFrame(relativeZxid: lastZxid)
        connection.append(capacity: frame.count) { bytes in
            bytes.copyBytes(from: frame)
            return frame.count
        }
        connection.flush()
    }

    /// Ends the session: asks the server to, if there is one, and closes.
    func close() -> EventLoopFuture<Void> {
        if case .over = phase { return eventLoop.makeSucceededVoidFuture() }
        if let closed { return closed.futureResult }
        let promise = eventLoop.makePromise(of: Void.self)
        closed = promise
        failWaiting(.closed)
        guard isConnected, let connection else {
            end(.closed)
            return promise.futureResult
        }
        phase = .closing
        let writer = ByteWriter(capacity: 16)
        writer.append(Int32(8))
        writer.append(Int32(0))
        writer.append(OpCode.closeSession.rawValue)
        send(PendingRequest(frame: Array(writer.bytes), watch: nil), on: connection)
        connection.flush()
        // The server closes after its answer; one that does not must not keep us.
        eventLoop.assumeIsolated().scheduleTask(in: .seconds(2)) { connection.close("closed by the client") }
        return promise.futureResult
    }

    /// Everything that waits fails with `error`, and so does what comes later.
    func end(_ error: ClientError) {
        if case .over = phase { return }
        phase = .over(error)
        ticker?.cancel()
        ticker = nil
        failInFlight(error)
        failWaiting(error)
        let connection = connection
        self.connection = nil
        connection?.abandon()
        if case .closed = error { events.yield(WatchEvent(kind: .session, state: .closed, path: "")) }
        events.finish()
        closed?.succeed(())
        closed = nil
    }
}
