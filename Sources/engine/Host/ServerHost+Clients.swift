import Replica
import Wire
import Zab

/// Connections of clients: frames in, replies out, and their ends.
extension ServerHost {
    /// A client has connected. Nil, and nothing happens, if this server has stopped.
    public func accepted(client socket: Socket, from address: ClientAddress) -> ConnectionID? {
        guard !isStopped else { return nil }
        let id = freeIDs.popLast() ?? ConnectionID(clients.count)
        if Int(id) == clients.count { clients.append(nil) }
        clients[Int(id)] = Client(
            socket: socket,
            inlet: ClientInlet(frameMax: member.limits.clientFrameMax, readAhead: configuration.readAheadBytes)
        )
        step(.clientOpened(id, from: address))
        return id
    }

    /// Bytes have come.
    public func received(_ bytes: UnsafeRawBufferPointer, from id: ConnectionID) {
        guard let client = clients[Int(id)], !client.isEnding else { return }
        counters.bytesIn += bytes.count
        let seen = client.inlet.frameCount
        let problem = client.inlet.receive(bytes) { offer($0, of: id, client) }
        counters.messagesIn += client.inlet.frameCount - seen
        counters.clientPacketsIn += client.inlet.frameCount - seen
        counters.clientBytesIn += bytes.count
        if let problem { return refuse(id, client, problem, bytes) }
        // What waits says that the client is there.
        if client.inlet.isHolding, client.inlet.frameCount > seen { step(.heard(id)) }
        holdBack(id, client)
    }

    /// The client says nothing more. The end of what it says is not the end of what it gets.
    public func inputEnded(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        if client.answer != nil {
            client.hasEndedAsking = true
            return
        }
        if !client.isEnding { sayFarewell(id, client) }
        perform(client.farewell!.clientEnded(), id, client)
    }

    /// The connection is there no more.
    public func closed(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        bytesOfEnding -= client.unsentAtEnd
        clients[Int(id)] = nil
        waitingClients.remove(id)
        step(.clientClosed(id))
        member.forget(id)
        if PlantedBug.connectionIDUsedAtOnce.isPlanted { freeIDs.append(id) } else { freedThisRound.append(id) }
        scheduleEndOfRound()
    }

    public func becameWritable(_ id: ConnectionID) {
        guard let client = clients[Int(id)] else { return }
        if client.answer != nil { scheduleEndOfRound() }
        guard client.repliesWait else { return }
        client.repliesWait = false
        sendReplies(id)
        scheduleEndOfRound()
    }

    /// Everything that was written has been taken; see `HostNetwork.tellWhenSent`.
    public func sentAll(_ id: ConnectionID) {
        guard let client = clients[Int(id)], client.isEnding else { return }
        bytesOfEnding -= client.unsentAtEnd
        client.unsentAtEnd = 0
        perform(client.farewell!.sentAll(), id, client)
    }

    // MARK: frames

    /// Offers again what had no room. Whoever could not be taken keeps its place.
    func offerWaiting() {
        for id in waitingClients.beginTurn() where member.mayTake(id) {
            waitingClients.remove(id)
            guard let client = clients[Int(id)], !client.isEnding else { continue }
            client.inlet.resume { offer($0, of: id, client) }
            holdBack(id, client)
        }
        waitingClients.endTurn()
    }

    /// What the member has no room for changes nothing: it is asked again when something else has.
    private func offer(_ offer: ClientInlet.Offer, of id: ConnectionID, _ client: Client) -> Int {
        if !client.isKnown {
            client.isKnown = true
            observer.becameKnown(client.socket)
        }
        if !isTurnTimed {
            isTurnTimed = true
            member.turnBegins(at: network.moment)
        }
        observer.willTakeClient()
        observer.willStep()
        let taken =
            switch offer {
            case .frames(let bytes): member.take(bytes, of: id, into: effects)
            case .heartbeat(let frame): member.answerHeartbeat(of: id, into: effects) ? frame.count : 0
            }
        observer.didStep()
        if taken > 0 || !effects.list.isEmpty { scheduleEndOfRound() }
        return taken
    }

    private func holdBack(_ id: ConnectionID, _ client: Client) {
        guard !client.isEnding else { return }
        if client.inlet.isHolding { waitingClients.add(id) }
        setReading(client.inlet.wantsMore, client)
    }

    private func setReading(_ isReading: Bool, _ client: Client) {
        guard isReading != client.isReading else { return }
        if isReading, PlantedBug.heldClientNeverRead.isPlanted { return }
        client.isReading = isReading
        network.setReading(isReading, client.socket)
    }

    private func refuse(
        _ id: ConnectionID,
        _ client: Client,
        _ problem: FrameBuffer.Problem,
        _ read: UnsafeRawBufferPointer
    ) {
        let reason: String
        switch problem {
        case .length(let length):
            // No length is like a word: words are larger than any frame. The client stays a stranger until it has its
            // answer, which bounds how long that may take.
            if !client.isKnown, answer(toWord: length, read, id, client) { return }
            reason = "frame of \(length) bytes, at most \(member.limits.clientFrameMax) are allowed"
        case .tooMuch(let bytes): reason = "\(bytes) bytes wait to be taken, more than there is room for"
        }
        observer.complains(.brokenClient(reason), about: client.socket)
        endClient(id)
    }

    // MARK: replies

    /// Sends what the member has ready, unless the socket is full: then the member's bound holds the client back.
    func sendReplies(_ id: ConnectionID) {
        guard let client = clients[Int(id)], !client.isEnding else { return }
        guard network.isWritable(client.socket) else {
            if PlantedBug.repliesLostWhenFull.isPlanted { return member.takeReplies(id) { _ in } }
            client.repliesWait = true
            if !client.isFull {
                client.isFull = true
                full.append((id, client))
            }
            return
        }
        writeReplies(id, client)
    }

    private func writeReplies(_ id: ConnectionID, _ client: Client) {
        var wrote = false
        member.takeReplies(id) { bytes in
            write(bytes, to: client)
            wrote = true
        }
        if wrote { network.flush(client.socket) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, to client: Client) {
        counters.bytesOut += bytes.count
        counters.clientBytesOut += bytes.count
        network.write(bytes, on: client.socket)
    }

    /// At each tick: patience with clients whose connections are ending.
    func endFarewells() {
        var kept = 0
        for place in ending.indices {
            let (id, client) = ending[place]
            guard clients[Int(id)] === client else { continue }
            if now >= client.deadline { network.close(client.socket) }
            ending[kept] = (id, client)
            kept += 1
        }
        ending.removeSubrange(kept...)
    }

    /// At each tick: a client that reads its replies is there, however slowly it does.
    func noteProgressOfClients() {
        var kept = 0
        for place in full.indices {
            let (id, client) = full[place]
            guard clients[Int(id)] === client, !client.isEnding else { continue }
            let left = network.unsentBytes(client.socket)
            if left < client.untaken { step(.heard(id)) }
            client.untaken = client.repliesWait ? left : 0
            client.isFull = client.repliesWait
            guard client.isFull else { continue }
            full[kept] = (id, client)
            kept += 1
        }
        full.removeSubrange(kept...)
    }

    // MARK: the end

    /// Sends what is ready, then closes.
    func endClient(_ id: ConnectionID) {
        guard let client = clients[Int(id)], !client.isEnding else { return }
        writeReplies(id, client)
        sayFarewell(id, client)
    }

    func sayFarewell(_ id: ConnectionID, _ client: Client) {
        client.farewell = Farewell()
        client.answer = nil
        ending.append((id, client))
        client.inlet.close()
        // Its id is free only when the socket is closed, since effects may name it until then.
        step(.clientClosed(id))
        scheduleEndOfRound()
        // What it still says is read and forgotten.
        setReading(true, client)
        client.unsentAtEnd = network.unsentBytes(client.socket)
        bytesOfEnding += client.unsentAtEnd
        guard client.farewell!.begin(unsent: bytesOfEnding) == .wait else { return network.close(client.socket) }
        client.deadline = now + Farewell.patience(tick: member.configuration.tick)
        if client.unsentAtEnd == 0 || PlantedBug.outputShutTooEarly.isPlanted {
            perform(client.farewell!.sentAll(), id, client)
        } else {
            network.tellWhenSent(client.socket)
        }
    }

    func perform(_ step: Farewell.Step, _ id: ConnectionID, _ client: Client) {
        switch step {
        case .wait: break
        case .shutDownOutput: network.shutDownOutput(client.socket)
        case .close: network.close(client.socket)
        }
    }
}
