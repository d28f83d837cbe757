import Log
import Replica
import Wire
import Zab

/// Connections with other servers: who may speak on them, and what becomes of their bytes.
extension ServerHost {
    /// Somebody has dialled one of our ports.
    public func accepted(_ socket: Socket, on port: PeerPort) -> Connection {
        Connection(port: port, socket: socket, dial: nil)
    }

    /// A connection that this host wanted is there: the hello goes out first. It may be refused at once, and closed.
    public func dialled(_ dial: HostDial, _ socket: Socket) -> Connection {
        let connection = Connection(port: dial.port, socket: socket, dial: dial)
        // Not a word to whom we do not want any more: the hello alone would take the place of another link there.
        guard isServing, isWanted(dial) else {
            close(connection)
            return connection
        }
        frameWriter.removeAll()
        Hello(
            id: member.configuration.myself,
            identity: member.peer.membership.shown,
            secret: configuration.secret
        ).encode(magic: dial.port.magic, into: frameWriter)
        write(frameWriter.bytes, on: connection)
        network.flush(socket)
        opened(connection, with: dial.peer)
        return connection
    }

    public func dialFailed(_ dial: HostDial) {
        guard !isStopped else { return }
        switch dial.port {
        case .election:
            let index = way(to: dial.peer)
            dialElectionLater(index, after: ways[index].failed(at: now))
        case .quorum:
            guard let wish = dial.wish, let pause = dialer.failed(wish) else { return }
            network.schedule(.dialQuorum(wish), after: pause)
        }
    }

    /// Bytes have come.
    public func received(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
        guard !connection.isFinished, !isStopped else { return }
        counters.bytesIn += bytes.count
        var bytes = bytes
        if connection.peer == nil {
            let missing = min(Hello.size - connection.hello.count, bytes.count)
            connection.hello += bytes[..<missing]
            guard readHello(of: connection) else { return }
            if PlantedBug.bytesBehindHelloDropped.isPlanted { return }
            bytes = UnsafeRawBufferPointer(rebasing: bytes[missing...])
        }
        readFrames(bytes, of: connection)
    }

    /// The other side has closed it, or it broke.
    public func closed(_ connection: Connection) {
        guard !connection.isFinished else { return }
        connection.isFinished = true
        if connection.peer != nil, !isStopped { ended(connection) }
    }

    public func becameWritable(_ connection: Connection) {
        if connection.link != nil, !isStopped { pump(connection) }
    }

    // MARK: opening

    func dialQuorum(_ wish: Wish) { network.dial(HostDial(port: .quorum, peer: wish.peer, wish: wish)) }

    func dialElection(_ peer: ServerID) { network.dial(HostDial(port: .election, peer: peer, wish: nil)) }

    private func dialElectionLater(_ index: Int, after pause: Nanoseconds) {
        network.schedule(.dialElection(ways[index].peer, attempt: ways[index].attempt), after: pause)
    }

    func way(to peer: ServerID) -> Int { ways.firstIndex { $0.peer == peer }! }

    /// False while it is not whole, and if this is none of ours.
    private func readHello(of connection: Connection) -> Bool {
        let said: Hello?
        do {
            said = try connection.hello.withUnsafeBytes { try Hello.decode(magic: connection.port.magic, $0) }
        } catch {
            refuse(connection, "\(error)")
            return false
        }
        guard let said else { return false }
        guard ways.contains(where: { $0.peer == said.id }) else {
            refuse(connection, "says it is server \(said.id), which is not another server of this ensemble")
            return false
        }
        if case .refused(let line) = acquaintance.judge(said, mine: member.peer.membership, now: now) {
            observer.complains(.refused(connection.port, line), about: connection.socket)
            close(connection)
            return false
        }
        observer.becameKnown(connection.socket)
        connection.peer = said.id
        opened(connection, with: said.id)
        return !connection.isFinished
    }

    private func opened(_ connection: Connection, with peer: ServerID) {
        guard isServing else { return close(connection) }
        switch connection.port {
        case .election: openedElection(connection, with: peer)
        case .quorum: openedQuorum(connection, with: peer)
        }
        scheduleEndOfRound()
    }

    /// False if we have given up what we dialled.
    private func isWanted(_ dial: HostDial) -> Bool {
        guard let wish = dial.wish else { return true }
        let isWished = member.wish == wish || PlantedBug.oldDialFulfilsNewWish.isPlanted
        return dialer.opened(wish) && isWished
    }

    private func openedElection(_ connection: Connection, with peer: ServerID) {
        let index = way(to: peer)
        guard connection.dial == nil else {
            ways[index].opened(connection, at: now)
            return step(.electionLink(peer, up: true))
        }
        let (older, dials) = ways[index].heard(on: connection)
        if let older { close(older) }
        if dials { dialElection(peer) }
    }

    /// A learner that dials us while we dial or follow that very server is refused.
    private func openedQuorum(_ connection: Connection, with peer: ServerID) {
        if connection.dial == nil, member.wish?.peer == peer { return close(connection) }
        linkCount += 1
        let link = Link(peer, number: linkCount)
        connection.link = link
        let place = links.firstIndex { $0.link!.peer > peer } ?? links.endIndex
        links.insert(connection, at: place)
        step(.linkOpened(link))
        if brake.isHolding { pause(connection) }
    }

    // MARK: frames

    private func readFrames(_ bytes: UnsafeRawBufferPointer, of connection: Connection) {
        let seen = connection.frames.frameCount
        var bad: String?
        let problem = connection.frames.receive(bytes) { take($0, of: connection, &bad) }
        let count = connection.frames.frameCount - seen
        counters.messagesIn += count
        if count > 0 { scheduleEndOfRound() }
        switch problem {
        case nil: break
        case .length(let length):
            bad = bad ?? "frame of \(length) bytes, at most \(connection.port.frameMax) are allowed"
        case .tooMuch(let count): bad = bad ?? "\(count) bytes wait to be taken, more than there is room for"
        }
        if let bad, !connection.isFinished { refuse(connection, bad) }
    }

    /// Takes whole frames, until this peer is held back. Returns how many bytes that were.
    private func take(_ bytes: UnsafeRawBufferPointer, of connection: Connection, _ bad: inout String?) -> Int {
        guard let peer = connection.peer else { return 0 }
        var cursor = FrameCursor(bytes)
        while !connection.isFinished, !connection.isPaused, let frame = cursor.next() {
            do throws(WireError) {
                if let link = connection.link {
                    try take(frame, on: link)
                } else {
                    step(.notification(from: peer, try Notification(decoding: frame)))
                }
            } catch {
                bad = "\(error)"
                return bytes.count
            }
        }
        return connection.isFinished ? bytes.count : cursor.offset
    }

    private func take(_ bytes: UnsafeRawBufferPointer, on link: Link) throws(WireError) {
        // A link that is to be closed has nothing more to say.
        guard member.isCurrent(link) else { return }
        let frame = try PeerFrame(decoding: bytes)
        observer.willTake(frame, on: link)
        step(.frame(link, frame))
    }

    /// Holds peers back while the log has as much as it may hold. Not while frames of a link are being taken: letting go
    /// of it goes on with them.
    func holdPeers() {
        switch brake.change(isBehind: store.isBehind) {
        case nil: break
        case .hold:
            observer.holdsPeers(true)
            for connection in links { pause(connection) }
        case .release:
            observer.holdsPeers(false)
            for connection in links { resume(connection) }
        }
    }

    private func pause(_ connection: Connection) {
        guard !connection.isPaused else { return }
        connection.isPaused = true
        network.setReading(false, connection.socket)
    }

    private func resume(_ connection: Connection) {
        guard connection.isPaused, !connection.isFinished else { return }
        connection.isPaused = false
        network.setReading(true, connection.socket)
        var bad: String?
        connection.frames.resume { take($0, of: connection, &bad) }
        if let bad { refuse(connection, bad) }
        scheduleEndOfRound()
    }

    // MARK: ends

    /// Ends a connection for what its other side did, with one line.
    func refuse(_ connection: Connection, _ reason: String) {
        observer.complains(.broken(connection.port, connection.peer, reason), about: connection.socket)
        close(connection)
        if connection.peer != nil { ended(connection) }
    }

    /// Without a word to the member.
    func close(_ connection: Connection) {
        connection.isFinished = true
        network.close(connection.socket)
    }

    /// The member hears of a connection that is there no more, if it was one that counted.
    func ended(_ connection: Connection) {
        guard let peer = connection.peer else { return }
        if connection.port == .election {
            electionEnded(connection, with: peer)
        } else if let link = connection.link, forget(link) {
            observer.lost(link)
            step(.linkClosed(link))
        }
        scheduleEndOfRound()
    }

    private func electionEnded(_ connection: Connection, with peer: ServerID) {
        let index = way(to: peer)
        switch ways[index].closed(connection, at: now) {
        case .unknown: return
        // Tells only where we have no way of our own, whose closing would.
        case .inbound: guard !ways[index].isOpen else { return }
        case .outbound(let pause): dialElectionLater(index, after: pause)
        }
        observer.lostElectionLink(peer)
        step(.electionLink(peer, up: false))
    }

    /// False if it is there no more.
    private func forget(_ link: Link) -> Bool {
        guard let place = links.firstIndex(where: { $0.link == link }) else { return false }
        links.remove(at: place)
        return true
    }

    /// By places: without specialization every step of a sequence asks for memory.
    func connection(_ link: Link) -> Connection? {
        if PlantedBug.effectOnNextLink.isPlanted { return links.last { $0.peer == link.peer } }
        for place in links.indices where links[place].link == link { return links[place] }
        return nil
    }

    func close(_ link: Link, _ reason: String?) {
        guard let connection = connection(link) else { return }
        observer.closes(link, reason: reason)
        if let reason { observer.complains(.closed(link, reason), about: connection.socket) }
        close(connection)
        _ = forget(link)
    }

    /// What one learner needs is not to be had: that costs its link, not this server.
    func giveUp(_ connection: Connection, _ reason: String, _ error: (any Error)? = nil) {
        guard let link = connection.link else { return }
        observer.gaveUp(link, reason, error)
        observer.closes(link, reason: reason)
        close(connection)
        _ = forget(link)
        step(.linkClosed(link))
        scheduleEndOfRound()
    }

    func closePeers() {
        for index in ways.indices { for connection in ways[index].closeAll() { close(connection) } }
        for connection in links { close(connection) }
        links.removeAll()
    }
}
