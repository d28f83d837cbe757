import Wire
import Zab
import Znodes

/// Applying what is committed, and answering those who asked for it.
extension Member {
    mutating func commit(through zxid: Zxid, into effects: MemberEffects) {
        // A znode that is not in the cache costs more than the work on it: the ones of the next few transactions are
        // fetched while this one is applied.
        var ahead = history.lookahead
        for _ in 0..<Self.prefetchDistance {
            if let payload = history.peek(&ahead) { state.prefetch(transaction: payload) }
        }
        while let record = history.nextToApply(through: zxid) {
            #if PLANTED_BUGS
                if PlantedBug.commitOutOfOrder.isPlanted, let next = history.nextToApply(through: zxid) {
                    apply(next.payload, into: effects)
                }
            #endif
            apply(record.payload, into: effects)
            if let payload = history.peek(&ahead) { state.prefetch(transaction: payload) }
        }
        precondition(history.applied >= zxid, "committed up to \(zxid), but logged only up to \(history.applied)")
        outstanding.committed(through: zxid, in: state)
        history.trim(toByteCount: limits.recentHistoryBytesMax, through: peer.durable)
        guard !awaitingCommit.isEmpty else { return }
        let waiting = awaitingCommit
        awaitingCommit.removeAll(keepingCapacity: true)
        for id in waiting {
            connections[Int(id)].awaitsCommit = false
            if connections[Int(id)].state != .closed { drain(id, into: effects) }
        }
    }

    private static var prefetchDistance: Int { 8 }

    private mutating func apply(_ payload: UnsafeRawBufferPointer, into effects: MemberEffects) {
        counters.commits += 1
        guard payload.count >= TransactionHeader.encodedSize else {
            effects.list.append(.fatal("committed transaction \(history.applied) has no header; its leader is broken"))
            return
        }
        let sessionID = Int64(bigEndian: payload.loadUnaligned(as: Int64.self))
        let cxid = Int32(bigEndian: payload.loadUnaligned(fromByteOffset: 8, as: Int32.self))
        let type = Int32(bigEndian: payload.loadUnaligned(fromByteOffset: 28, as: Int32.self))
        var replyTo: ConnectionID = -1
        if let id = sessionSlots[sessionID] {
            let isOfThisConnection =
                history.applied > connections[Int(id)].fence || PlantedBug.oldReplyToNewConnection.isPlanted
            // What was settled behind an earlier commit, and the reads before this transaction's own request, are due
            // before its answer, and from the state before it.
            if !connections[Int(id)].headWaitsForCommit {
                let isNext = isOfThisConnection && connections[Int(id)].oldestWriteIs(xid: cxid, type: type)
                drain(id, mustEnd: isNext, into: effects)
            }
            if isOfThisConnection, connections[Int(id)].state != .closed,
                connections[Int(id)].headIsWrite(xid: cxid, type: type)
            {
                replyTo = id
            }
        }
        do {
            if replyTo >= 0 {
                try applyAndReply(payload, to: replyTo, xid: cxid, type: type, into: effects)
            } else {
                _ = try state.apply(payload, reply: nil, events: &events)
                deliverEvents(into: effects)
            }
            if state.isListing { recountListings(into: effects) }
        } catch {
            // The checksum was right, so it was written like this: a bug of a leader, or another version's format.
            effects.list.append(
                .fatal(
                    "committed transaction \(history.applied) cannot be applied: \(error); do not start this server again, keep its data for analysis"
                )
            )
            return
        }
        if type == OpCode.createSession.rawValue { sessionCreated(sessionID, into: effects) }
        if type == OpCode.closeSession.rawValue { sessionClosed(sessionID, into: effects) }
    }

    private mutating func applyAndReply(
        _ payload: UnsafeRawBufferPointer,
        to id: ConnectionID,
        xid: Int32,
        type: Int32,
        into effects: MemberEffects
    ) throws(WireError) {
        let out = connections[Int(id)].out
        let start = out.count
        if type == OpCode.createSession.rawValue {
            // The answer to a connect has a form of its own; `sessionCreated` writes it.
            _ = try state.apply(payload, reply: nil, events: &events)
        } else {
            beginReply(out, xid: xid, zxid: history.applied)
            _ = try state.apply(payload, reply: out, events: &events)
            endReply(out, start: start, code: .ok)
        }
        release(connections[Int(id)].popHead())
        times.noteUpdate(from: connections[Int(id)].tally.arrival)
        if !events.isEmpty { deliverEvents(before: start, of: id, into: effects) }
        guard connections[Int(id)].state != .closed else { return }
        markDirty(id, into: effects)
        if connections[Int(id)].pendingCount > 0, !connections[Int(id)].headWaitsForCommit {
            drain(id, into: effects)
        }
    }

    /// A watch that its own write fired is heard before the write's reply, as ZooKeeper does it.
    /// - Parameter areOwed: they are the answer to its own request, and bounded by that.
    mutating func deliverEvents(
        before start: Int,
        of id: ConnectionID,
        areOwed: Bool = false,
        into effects: MemberEffects
    ) {
        if PlantedBug.watchAfterReply.isPlanted { return deliverEvents(areOwed: areOwed, into: effects) }
        let out = connections[Int(id)].out
        let reply = Array(out.bytes[start...])
        out.truncate(to: start)
        deliverEvents(areOwed: areOwed, into: effects)
        if connections[Int(id)].state != .closed { reply.withUnsafeBytes { out.append(bytes: $0) } }
    }

    mutating func deliverEvents(areOwed: Bool = false, into effects: MemberEffects) {
        guard !events.isEmpty else { return }
        for event in events {
            // A client that has asked for its session's end still hears what belongs before its last replies.
            let standing = connections[Int(event.watcher)].state
            guard standing == .open || standing == .closing else { continue }
            guard areOwed || replyBytes < limits.eventBytesMax else {
                refuse(event.watcher, Self.overwhelmed, into: effects)
                continue
            }
            let out = eventSink(event.watcher)
            let start = out.count
            _ = out.reserve(4)
            out.append(ReservedXid.watchEvent)
            out.append(Int64(-1))
            out.append(ErrorCode.ok.rawValue)
            event.encode(into: out)
            out.set(Int32(out.count - start - 4), at: start)
            connections[Int(event.watcher)].tally.events += 1
            counters.events += 1
            markDirty(event.watcher, into: effects)
        }
        if events.capacity > Self.eventsKeptMax { events = [] } else { events.removeAll(keepingCapacity: true) }
        for watcher in state.takeOverwhelmed() where connections[Int(watcher)].state != .closed {
            refuse(watcher, Self.overwhelmed, into: effects)
        }
    }

    private static var overwhelmed: String { "there are more events for it than may wait" }
    private static var eventsKeptMax: Int { 4096 }

    // MARK: replies

    @inline(__always)
    func beginReply(_ out: ByteWriter, xid: Int32, zxid: Zxid) {
        let p = out.reserve(20)
        p.storeBytes(of: xid.bigEndian, toByteOffset: 4, as: Int32.self)
        p.storeBytes(of: zxid.rawValue.bigEndian, toByteOffset: 8, as: UInt64.self)
    }

    @inline(__always)
    func endReply(_ out: ByteWriter, start: Int, code: ErrorCode) {
        out.set(Int32(out.count - start - 4), at: start)
        out.set(code.rawValue, at: start + 16)
    }

    @inline(__always)
    mutating func release(_ size: Int32) {
        pendingBytes -= Int(size)
        pendingRequests -= 1
    }
}

/// Snapshots of this server's own, in slices between rounds.
extension Member {
    /// The state as it is now becomes the snapshot, however long its writing takes. Returns its zxid and the checksum
    /// of the record at it.
    public mutating func beginSnapshot() -> (zxid: Zxid, chain: UInt32) {
        state.beginSnapshot()
        return (history.applied, history.appliedChain)
    }

    /// Appends the next bytes of the snapshot, about `maxBytes`; false when that was the last of it.
    public mutating func nextSnapshotChunk(into writer: ByteWriter, maxBytes: Int) -> Bool {
        state.nextSnapshotChunk(into: writer, maxBytes: maxBytes)
    }

    public mutating func abandonSnapshot() { state.abandonSnapshot() }
    public var isSnapshotting: Bool { state.isSnapshotting }
}
