import Replica
import Storage
import Wire
import Zab

/// Connections of clients, by the rules of the Server's `ClientHandler`.
extension SimulatedLoop {
    final class Client {
        let connection: Connection
        @exclusivity(unchecked) var inlet: ClientInlet
        /// Replies that the socket has not taken.
        @exclusivity(unchecked) var unsent: [UInt8] = []
        @exclusivity(unchecked) var repliesWait = false
        @exclusivity(unchecked) var farewell: Farewell?
        /// When patience with a client that does not close is over.
        @exclusivity(unchecked) var deadline: Nanoseconds = 0
        init(_ connection: Connection, frameMax: Int, readAhead: Int) {
            self.connection = connection
            inlet = ClientInlet(frameMax: frameMax, readAhead: readAhead)
        }
    }

    func clientID(of connection: Connection) -> ConnectionID? {
        clients.firstIndex { $0?.connection === connection }.map { ConnectionID($0) }
    }

    func openClient(_ connection: Connection) {
        let id = freeIDs.popLast() ?? ConnectionID(clients.count)
        if Int(id) == clients.count { clients.append(nil) }
        clients[Int(id)] = Client(
            connection,
            frameMax: member.limits.clientFrameMax,
            readAhead: world.setup.readAheadBytes
        )
        step(.clientOpened(id))
    }

    func clientBytes(_ bytes: [UInt8], on connection: Connection) {
        guard let id = clientID(of: connection) else { return }
        guard let client = clients[Int(id)], client.farewell == nil else { return }
        let seen = client.inlet.frameCount
        if let problem = bytes.withUnsafeBytes({ client.inlet.receive($0, of: id) { stepClient($0) } }) {
            let text = "server \(server.id) got what is no frame of client \(connection.hosts.0): \(problem)"
            world.report(Violation(kind: .client, text: text))
        }
        if client.inlet.frameCount > seen { world.heard(connection, through: index) }
        judge(client.inlet.memory, client.inlet.memoryMax)
        holdBack(id)
    }

    /// Bytes of a client have come, and we do not read them.
    func isReached(by connection: Connection) {
        guard let id = clientID(of: connection), member.repliesHaveRoom(id) else { return }
        world.heard(connection, through: index)
    }

    /// Offers the member again what it had no room for.
    func process(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        client.inlet.resume(of: id) { stepClient($0) }
        holdBack(id)
    }

    func stepClient(_ input: MemberInput) -> Int {
        step(input)
        return failed == nil ? effects.consumed : 0
    }

    func holdBack(_ id: ConnectionID) {
        guard let client = clients[Int(id)], client.farewell == nil else { return }
        world.setPaused(client.connection, 1, !client.inlet.wantsMore)
        if client.inlet.isHolding { waitingClients.add(id) }
    }

    /// Whose frames wait will be asked again.
    func judgeWaiting() {
        for (id, client) in clients.enumerated() {
            guard let client, client.farewell == nil, client.inlet.isHolding else { continue }
            guard !waitingClients.contains(ConnectionID(id)) else { continue }
            let text = "server \(server.id) holds frames of client \(client.connection.hosts.0), and will not ask again"
            world.report(Violation(kind: .client, text: text))
        }
    }

    /// No buffer has more memory than what has waited in it explains.
    func judge(_ memory: Int, _ memoryMax: Int) {
        guard memory > memoryMax else { return }
        let text = "server \(server.id): \(memory) bytes of memory for what was read, at most \(memoryMax) are allowed"
        world.report(Violation(kind: .bounds, text: text))
    }

    func sendReplies(_ id: ConnectionID) {
        guard let client = clients[Int(id)], client.farewell == nil else { return }
        guard world.isWritable(client.connection, 1) else {
            client.repliesWait = true
            return
        }
        takeReplies(id, client)
    }

    func takeReplies(_ id: ConnectionID, _ client: Client) {
        let before = client.unsent.count
        counted {
            member.takeReplies(id) { replies in uncounted { client.unsent += replies } }
        }
        client.connection.owed += client.unsent.count - before
        flush(client)
    }

    func flush(_ client: Client) {
        guard !client.unsent.isEmpty, world.isWritable(client.connection, 1) else { return }
        world.send(.bytes(client.unsent), on: client.connection, from: 1)
        client.unsent = []
    }

    /// The client has read some of its replies.
    func clientReads(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        flush(client)
        guard client.farewell == nil else {
            if client.unsent.isEmpty { perform(client.farewell!.sentAll(), id) }
            return
        }
        step(.heard(id))
        if client.repliesWait {
            client.repliesWait = false
            sendReplies(id)
        }
        scheduleEndOfRound()
    }

    func closeClient(_ id: ConnectionID) {
        guard let client = clients[Int(id)], client.farewell == nil else { return }
        takeReplies(id, client)
        client.inlet.close()
        world.setPaused(client.connection, 1, false)
        client.connection.isBidden = true
        client.farewell = Farewell()
        client.deadline = world.now + server.virtual(Farewell.patience(tick: world.setup.tick))
        let first = client.farewell!.begin(unsent: client.unsent.count)
        perform(first, id)
        if first == .wait, client.unsent.isEmpty { perform(client.farewell!.sentAll(), id) }
    }

    func perform(_ step: Farewell.Step, _ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        switch step {
        case .wait: break
        case .shutDownOutput: world.shutDownOutput(client.connection)
        case .close:
            world.closeAtOnce(client.connection)
            forget(id)
        }
    }

    func endFarewells() {
        for (id, client) in clients.enumerated() {
            guard let client, client.farewell != nil, world.now >= client.deadline else { continue }
            client.connection.isBroken = true
            perform(.close, ConnectionID(id))
        }
    }

    func forget(_ id: ConnectionID) {
        guard clients[Int(id)] != nil else { return }
        clients[Int(id)] = nil
        waitingClients.remove(id)
        freedThisRound.append(id)
    }
}
