import Wire
import Zab
import Znodes

/// Leading: requests become transactions, in one order.
extension Member {
    mutating func beginLeading() {
        nextZxid = peer.nextZxid
        builder = nil
        outstanding.removeAll(in: state)
        forgetSessions()
        beginSweeping()
        let now = self.now
        var sessions: [(Int64, Int32)] = []
        state.forEachSession { id, timeout in sessions.append((id, timeout)) }
        for (id, timeout) in sessions {
            let granted = PlantedBug.lostEphemeralAtFailover.isPlanted ? 0 : timeout
            tracker.open(id, timeoutMilliseconds: granted, owner: nil, now: now)
        }
        for index in connections.indices { connections[index].touched = false }
    }

    /// The prep step: checks one request against the tree and the outstanding changes and, if it holds, writes its
    /// transaction into the batch at hand. What fails waits for a transaction after it.
    mutating func propose(
        session: Int64,
        xid: Int32,
        op: OpCode,
        body: UnsafeRawBufferPointer,
        as identities: IdentitiesID?,
        from server: ServerID,
        into effects: MemberEffects
    ) {
        // A batch that was sealed in this very round may have ended the reign.
        guard peer.leads() else { return }
        if op == .createSession {
            var reader = ByteReader(body)
            guard let timeout = try? reader.int32(), state.session(session) == nil else {
                return settle(server, session, xid, .marshallingError, nil, into: effects)
            }
            // Not a reason to close the link: the two servers' tickTimes may differ while that is being changed.
            guard sessionTimeouts.contains(timeout) else {
                let reason = "wants a session of \(timeout) ms, possible are \(sessionTimeouts)"
                if let told = peer.told(reason, of: server) {
                    effects.list.append(.disbelieved(server, reason: told))
                }
                return settle(server, session, xid, .badArguments, nil, into: effects)
            }
            tracker.open(session, timeoutMilliseconds: timeout, owner: server, now: now)
        } else {
            switch tracker.touch(session, from: server, now: now) {
            case .live: break
            case .moved: return settle(server, session, xid, .sessionMoved, nil, into: effects)
            case .gone: return settle(server, session, xid, .sessionExpired, nil, into: effects)
            }
        }
        if op == .sync { return settle(server, session, xid, .ok, nil, into: effects) }
        guard peer.canPropose(1 + (builder?.count ?? 0)) else {
            return settle(server, session, xid, .connectionLoss, nil, into: effects)
        }
        let asker = identities ?? tracker.askerOfNewest
        let code = prepare(session: session, xid: xid, op: op, body: body, as: asker)
        guard code == .ok else {
            proveReign(code)
            guard op == .multi, let failure = outstanding.multiFailure else {
                return settle(server, session, xid, code, nil, into: effects)
            }
            let results = ByteWriter()
            failure.encode(into: results)
            return settle(server, session, xid, .ok, Array(results.bytes), into: effects)
        }
        if op == .closeSession { tracker.close(session) }
        if batchWriter.count >= limits.batchBytesMax { sealBatch(into: effects) }
    }

    private mutating func prepare(
        session: Int64,
        xid: Int32,
        op: OpCode,
        body: UnsafeRawBufferPointer,
        as identities: IdentitiesID = ReplicatedState.nobody
    ) -> ErrorCode {
        if builder == nil { builder = RecordBatchBuilder(chain: history.chain, writer: batchWriter) }
        builder!.beginRecord()
        let start = batchWriter.count
        let code = outstanding.prepare(
            op: op,
            body: body,
            sessionID: session,
            cxid: xid,
            zxid: nextZxid,
            time: wallClockMilliseconds,
            identities: identities,
            state: state,
            into: batchWriter
        )
        if code == .ok {
            builder!.endRecord(zxid: nextZxid)
            nextZxid = nextZxid.advanced(by: 1)
            proposalSizes.note(batchWriter.count - start)
        } else {
            builder!.abandonRecord()
        }
        return code
    }

    /// A refusal is right only if we still lead: somebody else may have committed what it says is missing. So it is
    /// answered when a transaction after it is committed. The batch at hand has one, or gets one that changes nothing;
    /// ZooKeeper has such a transaction for every refusal (ZOOKEEPER-3594), here a round needs one at most.
    private mutating func proveReign(_ code: ErrorCode) {
        guard builder?.isEmpty == true else { return }
        builder!.beginRecord()
        TransactionHeader(
            sessionID: 0,
            cxid: 0,
            zxid: nextZxid,
            time: wallClockMilliseconds,
            type: TransactionHeader.errorType
        ).encode(into: batchWriter)
        batchWriter.append(code.rawValue)
        builder!.endRecord(zxid: nextZxid)
        nextZxid = nextZxid.advanced(by: 1)
    }

    /// The newest transaction that this leader has made: in the batch at hand, or the last of the history.
    var lastProposed: Zxid {
        mutating get { (builder?.count ?? 0) > 0 ? Zxid(rawValue: nextZxid.rawValue - 1) : history.last }
    }

    /// Tells the server that asked what became of a request without a transaction. Its client hears of it when
    /// everything up to here is committed. That a session is over or elsewhere needs no other proof: the one was proposed
    /// here, and the other ends a connection only.
    private mutating func settle(
        _ server: ServerID,
        _ session: Int64,
        _ xid: Int32,
        _ code: ErrorCode,
        _ body: [UInt8]?,
        into effects: MemberEffects
    ) {
        let after = lastProposed
        if server == configuration.myself {
            settled(session: session, xid: xid, code: code.rawValue, after: after, body: body, into: effects)
        } else {
            (body ?? []).withUnsafeBytes {
                send(
                    .outcome(sessionID: session, cxid: xid, code: code.rawValue, after: after, body: $0),
                    to: server,
                    into: effects
                )
            }
        }
    }

    /// Closes the batch at hand: logged and broadcast at the same time.
    mutating func sealBatch(into effects: MemberEffects) {
        guard let built = builder.take() else { return }
        guard !built.isEmpty else { return }
        let batch = built.finish()
        counters.proposals += batch.count
        stepZab(.propose(first: batch.first, last: batch.last), batch: batch, into: effects)
        batchWriter.removeAll()
    }

    mutating func endRound(into effects: MemberEffects) {
        if peer.leads() {
            sealBatch(into: effects)
        } else {
            sendForwarded(into: effects)
        }
        stepZab(.endOfRound, into: effects)
    }

    /// Requests that a learner forwarded, in its clients' order, and between them who a session's client is.
    mutating func forwarded(
        _ bytes: UnsafeRawBufferPointer,
        from server: ServerID,
        into effects: MemberEffects
    ) throws(WireError) {
        guard peer.leads() else { return }
        prefetchForwarded(bytes)
        var reader = ByteReader(bytes)
        while reader.remaining > 0 {
            let length = Int(try reader.uint32())
            guard length >= 16 else { throw WireError("forwarded request of \(length) bytes") }
            let session = try reader.int64()
            let xid = try reader.int32()
            let raw = try reader.int32()
            let body = try reader.bytes(length - 16)
            if raw == OpCode.auth.rawValue {
                let asker = try state.identities(named: body)
                state.release(tracker.hear(asker, of: session, from: server))
                continue
            }
            guard let op = OpCode(rawValue: raw), op.isWrite || op == .sync else {
                throw WireError("forwarded operation \(raw)")
            }
            guard session != 0 else { throw WireError("a forwarded request of no session") }
            // A session comes to another server by moving, never by being made there.
            guard op != .createSession || SessionShare(of: server, among: configuration.servers).has(session) else {
                throw WireError("a new session \(session), which server \(server) does not give out")
            }
            propose(session: session, xid: xid, op: op, body: body, as: nil, from: server, into: effects)
        }
    }

    /// Brings the znodes of a frame of requests into the cache before the first is prepared, so that the misses overlap.
    private func prefetchForwarded(_ bytes: UnsafeRawBufferPointer) {
        var frames = FrameCursor(bytes)
        while let request = frames.next(), request.count >= 16 {
            state.prefetch(body: UnsafeRawBufferPointer(rebasing: request[16...]))
        }
    }

    mutating func touchedSessions(_ bytes: UnsafeRawBufferPointer, from server: ServerID) {
        guard peer.leads() else { return }
        var reader = ByteReader(bytes)
        while let session = try? reader.int64() {
            _ = tracker.touch(session, from: server, now: now)
        }
    }

    /// Whoever comes back with a session says anew who it is.
    mutating func move(_ session: Int64, to server: ServerID, timeoutMilliseconds: Int32) -> Int32? {
        let timeout = tracker.move(session, to: server, timeoutMilliseconds: timeoutMilliseconds, now: now)
        state.release(tracker.hear(ReplicatedState.nobody, of: session, from: server))
        return timeout
    }

    mutating func revalidate(
        _ session: Int64,
        timeout wanted: Int32,
        question: UInt32,
        from server: ServerID,
        into effects: MemberEffects
    ) {
        guard peer.leads() else { return }
        let possible = sessionTimeouts
        let wanted = min(max(wanted, possible.lowerBound), possible.upperBound)
        let timeout =
            move(session, to: server, timeoutMilliseconds: wanted)
            ?? (PlantedBug.expiredSessionRevived.isPlanted ? 10_000 : 0)
        let answer = PeerFrame.revalidated(
            sessionID: session,
            timeout: timeout,
            fence: lastProposed,
            question: question
        )
        send(answer, to: server, into: effects)
    }

    mutating func expireSessions(into effects: MemberEffects) {
        for index in connections.indices where connections[index].touched && connections[index].state == .open {
            connections[index].touched = false
            _ = tracker.touch(connections[index].sessionID, from: configuration.myself, now: now)
        }
        guard now >= nextTouch else { return }
        nextTouch = now + configuration.tick / 4
        for session in tracker.expired(now: now) {
            // The next epoch is near, and its leader sees to the rest.
            guard peer.canPropose(1 + (builder?.count ?? 0)) else { break }
            tracker.close(session)
            counters.sessionsExpired += 1
            _ = prepare(
                session: session,
                xid: 0,
                op: .closeSession,
                body: UnsafeRawBufferPointer(start: nil, count: 0)
            )
        }
        sealBatch(into: effects)
    }
}
