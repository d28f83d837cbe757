import Wire
import Zab
import Znodes

/// Client connections: sessions, reads, and the way of a write to the leader.
extension Member {
    mutating func open(_ id: ConnectionID, from address: ClientAddress) {
        while connections.count <= Int(id) { connections.append(ClientConnection()) }
        precondition(connections[Int(id)].state == .closed, "connection \(id) opened twice")
        connections[Int(id)] = ClientConnection()
        connections[Int(id)].state = .new
        connections[Int(id)].address = address
        openConnections += 1
    }

    /// The connection is gone; its session lives on until the leader hears of it no more.
    mutating func close(_ id: ConnectionID) {
        guard connections.indices.contains(Int(id)), connections[Int(id)].state != .closed else { return }
        let session = connections[Int(id)].sessionID
        if session != 0, sessionSlots[session] == id { sessionSlots.remove(session) }
        hearLastOf(id)
        let held = connections[Int(id)].pendingSums
        pendingBytes -= held.bytes
        pendingRequests -= held.requests
        replyBytes -= connections[Int(id)].counted
        connections[Int(id)].counted = 0
        state.removeWatcher(id)
        forgetIdentities(of: id)
        if connections[Int(id)].isListing { state.abandonListing(of: id) }
        // The writer is left to whoever still has to send its bytes.
        connections[Int(id)].state = .closed
        openConnections -= 1
    }

    /// A closed connection's socket is there no more: what it had ready is nobody's, and its memory is given back.
    public mutating func forget(_ id: ConnectionID) {
        guard connections.indices.contains(Int(id)), connections[Int(id)].state == .closed else { return }
        connections[Int(id)] = ClientConnection()
    }

    /// Takes whole frames, each with its length before it, in the order in which the client sent them.
    ///
    /// - Returns: how many of the bytes were taken. The rest is to be offered again when the connection has room: what
    ///   the member holds for a client is bounded, and the client's own socket holds the rest back.
    public mutating func take(
        _ bytes: UnsafeRawBufferPointer,
        of id: ConnectionID,
        into effects: MemberEffects
    ) -> Int {
        if peer.leads() { prefetchRequests(bytes) }
        var frames = FrameCursor(bytes)
        while true {
            guard connections[Int(id)].state != .closed, connections[Int(id)].state != .closing else { break }
            let start = frames.offset
            guard let frame = frames.next() else {
                precondition(frames.offset == bytes.count, "the shell passed a part of a frame")
                break
            }
            guard accepts(id) || (hasRoom(id) && passesSaturation(id, frame)) else { return start }
            do {
                if connections[Int(id)].state == .new {
                    try connect(id, frame, into: effects)
                } else {
                    try request(id, frame, into: effects)
                }
            } catch {
                refuse(id, "malformed frame: \(error)", into: effects)
                break
            }
        }
        return bytes.count
    }

    /// As `prefetchForwarded`, for frames of our own clients: xid and operation stand before the path.
    private func prefetchRequests(_ bytes: UnsafeRawBufferPointer) {
        var frames = FrameCursor(bytes)
        while let request = frames.next(), request.count >= 8 {
            state.prefetch(body: UnsafeRawBufferPointer(rebasing: request[8...]))
        }
    }

    /// Ends one connection for what its client did.
    mutating func refuse(_ id: ConnectionID, _ reason: String, into effects: MemberEffects) {
        effects.list.append(.closeClient(id, reason: reason))
        close(id)
    }

    // MARK: sessions

    private mutating func connect(
        _ id: ConnectionID,
        _ frame: UnsafeRawBufferPointer,
        into effects: MemberEffects
    ) throws(WireError) {
        var reader = ByteReader(frame)
        let request = try ConnectRequest(from: &reader)
        guard peer.phase.isServing else { return refuse(id, "not serving", into: effects) }
        guard
            request.lastZxidSeen <= Int64(bitPattern: history.applied.rawValue) || PlantedBug.clientGoesBack.isPlanted
        else {
            return refuse(
                id,
                "client has seen zxid 0x\(String(request.lastZxidSeen, radix: 16)), which this server has not yet",
                into: effects
            )
        }
        let possible = sessionTimeouts
        connections[Int(id)].timeout = min(max(request.timeout, possible.lowerBound), possible.upperBound)
        connections[Int(id)].state = .connecting
        connections[Int(id)].readOnly = request.readOnly
        connections[Int(id)].touched = true
        identify(id)
        if request.sessionID == 0 {
            createSession(id, into: effects)
        } else {
            reattach(id, request, into: effects)
        }
    }

    /// In milliseconds.
    var sessionTimeouts: ClosedRange<Int32> {
        if let configured = limits.sessionTimeouts { return configured }
        let tick = Int32(configuration.tick / 1_000_000)
        return (2 * tick)...(20 * tick)
    }

    private mutating func createSession(_ id: ConnectionID, into effects: MemberEffects) {
        // One that is in use was given out before the clock went back, or under other servers' lines.
        while state.session(nextSessionID) != nil, !PlantedBug.sessionIDsMeet.isPlanted {
            nextSessionID += sessionShare.step
        }
        let session = nextSessionID
        nextSessionID += sessionShare.step
        connections[Int(id)].sessionID = session
        sessionSlots.set(session, to: id)
        push(PendingRequest(kind: .write, op: .createSession, xid: 0, size: 0), on: id)
        withUnsafeTemporaryAllocation(byteCount: 4, alignment: 4) { body in
            body.storeBytes(of: connections[Int(id)].timeout.bigEndian, as: Int32.self)
            submit(id, xid: 0, op: .createSession, body: UnsafeRawBufferPointer(body), into: effects)
        }
    }

    private mutating func reattach(_ id: ConnectionID, _ request: ConnectRequest, into effects: MemberEffects) {
        guard request.password == SessionIdentity.password(for: request.sessionID) else {
            connections[Int(id)].sessionID = 0
            return answerConnect(id, timeout: nil, into: effects)
        }
        if let old = sessionSlots[request.sessionID] {
            effects.list.append(.closeClient(old, reason: nil))
            close(old)
        }
        connections[Int(id)].sessionID = request.sessionID
        sessionSlots.set(request.sessionID, to: id)
        if peer.leads() {
            let timeout = move(
                request.sessionID,
                to: configuration.myself,
                timeoutMilliseconds: connections[Int(id)].timeout
            )
            connections[Int(id)].fence = lastProposed
            answerConnect(id, timeout: timeout, into: effects)
        } else {
            lastQuestion &+= 1
            connections[Int(id)].question = lastQuestion
            let question = PeerFrame.revalidate(
                sessionID: request.sessionID,
                timeout: connections[Int(id)].timeout,
                question: lastQuestion
            )
            tellLeader(question, into: effects)
        }
    }

    /// The leader's word on a session that came back here.
    ///
    /// What became of requests of the session's earlier connection comes before it on the link, since they went before
    /// the question, and finds nothing on the new connection that it could be taken to be about: nothing is accepted
    /// there before this answer. Their transactions may come after it; that is what the fence is for. The answer must be to
    /// the question of this very connection: one to an earlier connection's has an earlier fence, and says of a session
    /// that may be over by now that it lives (simulator, laggards 911).
    mutating func revalidated(
        _ session: Int64,
        timeout: Int32,
        fence: Zxid,
        question: UInt32,
        into effects: MemberEffects
    ) {
        guard let id = sessionSlots[session], connections[Int(id)].state == .connecting,
            connections[Int(id)].question == question || PlantedBug.staleRevalidationBelieved.isPlanted
        else { return }
        connections[Int(id)].fence = fence
        answerConnect(id, timeout: timeout > 0 ? timeout : nil, into: effects)
    }

    mutating func sessionCreated(_ session: Int64, into effects: MemberEffects) {
        if peer.leads(), let timeout = state.session(session) {
            // Opened with its owner when it was proposed; here only if that was another leader's proposal.
            if tracker.touch(session, from: configuration.myself, now: now) == .gone {
                tracker.open(session, timeoutMilliseconds: timeout, owner: nil, now: now)
            }
        }
        guard let id = sessionSlots[session], connections[Int(id)].state == .connecting else { return }
        answerConnect(id, timeout: connections[Int(id)].timeout, into: effects)
    }

    mutating func sessionClosed(_ session: Int64, into effects: MemberEffects) {
        state.release(tracker.remove(session))
        guard let id = sessionSlots[session] else { return }
        // A client that has just come back with it, and whom the leader has not answered yet, is told in so many words.
        if connections[Int(id)].state == .connecting { return answerConnect(id, timeout: nil, into: effects) }
        effects.list.append(.closeClient(id, reason: nil))
        close(id)
    }

    private mutating func answerConnect(_ id: ConnectionID, timeout: Int32?, into effects: MemberEffects) {
        let out = connections[Int(id)].out
        let start = out.count
        _ = out.reserve(4)
        let session = connections[Int(id)].sessionID
        var answer = ConnectResponse.expired
        if let timeout {
            connections[Int(id)].timeout = timeout
            connections[Int(id)].state = .open
            let password = SessionIdentity.password(for: session)
            answer = ConnectResponse(timeout: timeout, sessionID: session, password: password)
        }
        answer.answering(connections[Int(id)].readOnly).encode(into: out)
        out.set(Int32(out.count - start - 4), at: start)
        // A new session's is the answer to a request that is counted like every other.
        if connections[Int(id)].tally.op != .createSession { counters.otherAnswers += 1 }
        markDirty(id, into: effects)
        if timeout == nil {
            effects.list.append(.closeClient(id, reason: nil))
            close(id)
        }
    }

    // MARK: requests

    @inline(__always)
    mutating func push(_ request: consuming PendingRequest, on id: ConnectionID) {
        let (kind, size) = (request.kind, request.size)
        connections[Int(id)].push(request, at: times.arrival)
        if kind == .read {
            recount(id)
        } else {
            pendingBytes += Int(size)
            pendingRequests += 1
        }
    }

    private mutating func request(
        _ id: ConnectionID,
        _ frame: UnsafeRawBufferPointer,
        into effects: MemberEffects
    ) throws(WireError) {
        guard connections[Int(id)].state == .open else { throw WireError("a request before the session is there") }
        var reader = ByteReader(frame)
        let xid = try reader.int32()
        let raw = try reader.int32()
        connections[Int(id)].touched = true
        guard let op = OpCode(rawValue: raw), op != .createSession, op != .notification else {
            // Nothing is taken behind it; the connection ends with its answer.
            connections[Int(id)].state = .closing
            return settleAtOnce(id, xid: xid, op: .notification, code: .unimplemented, size: frame.count, into: effects)
        }
        switch op {
        case .setData, .create, .create2, .createContainer, .createTTL, .delete, .setACL, .multi, .closeSession:
            push(PendingRequest(kind: .write, op: op, xid: xid, size: Int32(frame.count)), on: id)
            if op == .closeSession { connections[Int(id)].state = .closing }
            submit(id, xid: xid, op: op, body: reader.rest, into: effects)
        case .sync:
            guard let path = Self.answerOfSync(reader.rest) else {
                return settleAtOnce(id, xid: xid, op: op, code: .marshallingError, size: frame.count, into: effects)
            }
            push(PendingRequest(kind: .write, op: op, xid: xid, size: Int32(frame.count), body: path), on: id)
            submit(id, xid: xid, op: op, body: reader.rest, into: effects)
        case .exists, .getData, .getACL, .getChildren, .getChildren2, .multiRead, .getEphemerals, .whoAmI,
            .getAllChildrenNumber, .setWatches, .setWatches2, .addWatch, .removeWatches, .checkWatches, .ping:
            let xid = op == .ping ? ReservedXid.ping : xid
            if connections[Int(id)].pendingCount == 0 || op == .ping || PlantedBug.readOvertakesWrite.isPlanted {
                let isWhole = read(id, op: op, xid: xid, body: reader.rest, into: effects)
                if isWhole { answeredAtOnce(id, op, xid: xid) } else { pushListing(id, op: op, xid: xid) }
            } else {
                pushRead(id, op: op, xid: xid, frame: frame.count, body: reader.rest)
            }
        case .auth: try authenticate(id, xid: xid, &reader, size: frame.count, into: effects)
        case .deleteContainer:
            // The leader's own. ZooKeeper takes the request's first bytes for a path, which no path begins with.
            settleAtOnce(id, xid: xid, op: op, code: .badArguments, size: frame.count, into: effects)
        case .sasl: try answerSASL(id, xid: xid, body: reader.rest, size: frame.count, into: effects)
        case .reconfig:
            let code: ErrorCode = Self.isReconfig(reader.rest) ? .reconfigDisabled : .marshallingError
            settleAtOnce(id, xid: xid, op: op, code: code, size: frame.count, into: effects)
        case .check, .notification, .createSession:
            settleAtOnce(id, xid: xid, op: op, code: .unimplemented, size: frame.count, into: effects)
        }
    }

    mutating func settleAtOnce(
        _ id: ConnectionID,
        xid: Int32,
        op: OpCode,
        code: ErrorCode,
        size: Int,
        body: [UInt8]? = nil,
        into effects: MemberEffects
    ) {
        push(PendingRequest(kind: .settled, op: op, xid: xid, code: code, size: Int32(size), body: body), on: id)
        drain(id, into: effects)
    }

    /// A write or a sync on its way: to the prep step here if we lead, else to the leader with this round's others.
    private mutating func submit(
        _ id: ConnectionID,
        xid: Int32,
        op: OpCode,
        body: UnsafeRawBufferPointer,
        into effects: MemberEffects
    ) {
        let session = connections[Int(id)].sessionID
        let identities = connections[Int(id)].identities
        if peer.leads() {
            propose(
                session: session,
                xid: xid,
                op: op,
                body: body,
                as: identities,
                from: configuration.myself,
                into: effects
            )
            return
        }
        if forward.count + body.count + 20 > PeerLink.chunkMax { sendForwarded(into: effects) }
        if op != .createSession { tellWhoAsks(id) }
        forward.append(UInt32(body.count + 16))
        forward.append(session)
        forward.append(xid)
        forward.append(op.rawValue)
        forward.append(bytes: body)
    }

    /// Requests wait for the end of the round; see `tellLeader`.
    mutating func sendForwarded(into effects: MemberEffects) {
        guard forward.count > 0, let leader = peer.leader else { return }
        send(.requests(forward.bytes), to: leader, into: effects)
        forward.removeAll()
    }

    /// The one way on which the leader hears of sessions, beside their requests: those that are collected go first, so
    /// it hears everything in the order in which it happened here. A move that overtook an older connection's writes
    /// would make them the new one's, and they would be done after writes that were acknowledged since.
    private mutating func tellLeader(_ frame: PeerFrame, into effects: MemberEffects) {
        guard let leader = peer.leader else { return }
        if !PlantedBug.revalidateOvertakesWrites.isPlanted { sendForwarded(into: effects) }
        send(frame, to: leader, into: effects)
    }

    /// What the leader says of a request of ours that made no transaction.
    mutating func settled(
        session: Int64,
        xid: Int32,
        code: Int32,
        after: Zxid,
        body: [UInt8]?,
        into effects: MemberEffects
    ) {
        guard let id = sessionSlots[session] else { return }
        let known = ErrorCode(rawValue: code) ?? .systemError
        let settled = connections[Int(id)].settle(xid: xid, code: known, after: after, body: body)
        guard settled else { return }
        // The leader knows the client by another connection. Perhaps the client is there; perhaps it gave that one up,
        // and its wish was heard late. Coming back settles it; an answer would leave it here for good, refused again and
        // again (ZOOKEEPER-710).
        guard known != .sessionMoved else {
            return refuse(id, "its session has moved to another server", into: effects)
        }
        if connections[Int(id)].state == .connecting {
            connections[Int(id)].sessionID = 0
            sessionSlots.remove(session)
            answerConnect(id, timeout: nil, into: effects)
            return
        }
        if !connections[Int(id)].headWaitsForCommit { drain(id, into: effects) }
    }

    /// Tells the leader which of its sessions this server has heard, often enough that none expires unheard.
    mutating func reportTouchedSessions(into effects: MemberEffects) {
        guard now >= nextTouch, peer.leader != nil else { return }
        nextTouch = now + configuration.tick / 2
        let list = ByteWriter(capacity: 256)
        for index in connections.indices where connections[index].touched && connections[index].state == .open {
            connections[index].touched = false
            list.append(connections[index].sessionID)
        }
        for session in departed { list.append(session) }
        departed.removeAll(keepingCapacity: true)
        if list.count > 0 { tellLeader(.touched(list.bytes), into: effects) }
    }
}
