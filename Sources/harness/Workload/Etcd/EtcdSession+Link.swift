import CPlatform
import Client
import NIOCore
import Wire

/// Connecting, reconnecting and closing: as `LoadSession` does it, so that an outage is measured in the same way.
extension EtcdSession {
    /// A session is connected once its server has answered a linearizable read, for which it needs a leader: a server of
    /// ZooKeeper takes nobody before.
    func connect() {
        guard !link.isClosing else { return }
        let endpoint = endpoints[link.nextEndpoint % endpoints.count]
        link.nextEndpoint += 1
        generation += 1
        let connection = dialer.dial(endpoint, on: lane.eventLoop)
        self.connection = connection
        let patience = min(Int64(lane.plan.sessionTimeoutMilliseconds) / 3, 2000)
        let (session, generation) = (NIOLoopBound(self, eventLoop: lane.eventLoop), generation)
        let probe = Array(lane.plan.rootPath.utf8)
        Task(executorPreference: executor) {
            do throws(EtcdFailure) {
                _ = try await connection.call(.count(key: probe, isSerializable: false))
                session.value.opened(endpoint, of: generation)
            } catch {
                session.value.ended("\(endpoint): \(error)", of: generation)
            }
        }
        lane.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(patience)) { [weak self] in
            guard let self, !isConnected else { return }
            ended("\(endpoint): no answer within \(patience) ms", of: generation)
        }
    }

    private func opened(_ endpoint: Endpoint, of generation: Int) {
        guard generation == self.generation, !link.isClosing else { return }
        link.attempts = 0
        isConnected = true
        link.server = lane.tracedServers.firstIndex(of: endpoint) ?? -1
        link.outage?.endpointAfter = endpoint.description
        if !link.wasConnected {
            link.wasConnected = true
            lane.sessionReady()
        }
        pump()
    }

    private func ended(_ reason: String, of generation: Int) {
        if generation == self.generation, !link.isClosing { ended(reason) }
    }

    /// The connection is of no use any more.
    func ended(_ reason: String) {
        let wasConnected = isConnected
        let endpoint = endpoints[(link.nextEndpoint - 1) % endpoints.count]
        isConnected = false
        generation += 1
        endConnection()
        lane.setDue(index, .max)
        if link.wasConnected {
            guard lane.plan.surviveConnectionLoss else {
                return lane.fail(.connectionLost(session: index, reason: "\(endpoint): \(reason)"))
            }
            if wasConnected { beginOutage(at: endpoint) }
        }
        lane.lastFailure = reason
        link.attempts += 1
        // Every server once at once, then rounds 10 to 100 ms apart: an outage is measured with that resolution.
        let rounds = link.attempts / endpoints.count
        let pause = link.attempts % endpoints.count == 0 ? min(5 << min(rounds, 5), 100) : 0
        lane.eventLoop.assumeIsolated().scheduleTask(in: .milliseconds(Int64(pause))) { self.connect() }
        if lane.isDraining { lane.checkDrained() }
    }

    private func beginOutage(at endpoint: Endpoint) {
        let lost = loseInFlight { lane.failed(planned: $0.planned, code: ErrorCode.connectionLoss.rawValue) }
        if link.outage != nil {
            link.outage!.ambiguous += lost
            return
        }
        link.outage = Outage(
            session: index,
            endpointBefore: endpoint.description,
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

    /// Gives up a server that answers nothing for two thirds of the session's timeout. etcd has no sessions of which that
    /// would be a part; its clients wait for as long as whoever wrote them wanted.
    func tick(_ now: NIODeadline) {
        guard isConnected, let oldest = oldestSent else { return }
        let patience = UInt64(lane.plan.sessionTimeoutMilliseconds) * 1_000_000 * 2 / 3
        if now.uptimeNanoseconds > max(oldest, lastAnswer) + patience {
            ended("no word for two thirds of the session's timeout")
        }
    }

    func close() {
        link.isClosing = true
        isConnected = false
        generation += 1
        if let outage = link.outage {
            lane.outages.append(outage)
            link.outage = nil
        }
        isEnding = true
        endConnection()
        if closings == 0 { lane.sessionClosed() }
    }

    private func endConnection() {
        guard let connection else { return }
        self.connection = nil
        closings += 1
        let session = NIOLoopBound(self, eventLoop: lane.eventLoop)
        Task(executorPreference: executor) {
            await connection.close()
            session.value.connectionClosed()
        }
    }

    /// The session is closed when the last of its connections is, those that broke before among them.
    private func connectionClosed() {
        closings -= 1
        if isEnding, closings == 0 { lane.sessionClosed() }
    }
}
