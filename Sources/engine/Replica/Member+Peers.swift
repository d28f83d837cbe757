import Wire
import Zab
import Znodes

/// Frames of the quorum link.
extension Member {
    mutating func receive(_ frame: PeerFrame, on link: Link, into effects: MemberEffects) {
        guard isCurrent(link) else { return }
        let id = link.peer
        do {
            switch frame {
            case .zab(let message): stepZab(.message(from: id, message), into: effects)
            case .proposals(let committed, let records):
                try proposals(records, committed: committed, from: id, into: effects)
            case .requests(let bytes): try forwarded(bytes, from: id, into: effects)
            case .outcome(let session, let cxid, let code, let after, let body):
                guard peer.isUnder(id) else { return }
                guard ErrorCode(rawValue: code) != nil else { throw WireError("the outcome \(code), which is no code") }
                guard peer.canBe(after) else { throw WireError("an outcome after \(after), which cannot be") }
                settled(
                    session: session,
                    xid: cxid,
                    code: code,
                    after: after,
                    body: body.isEmpty ? nil : Array(body),
                    into: effects
                )
            case .touched(let bytes): touchedSessions(bytes, from: id)
            case .revalidate(let session, let timeout, let question):
                revalidate(session, timeout: timeout, question: question, from: id, into: effects)
            case .revalidated(let session, let timeout, let fence, let question):
                guard timeout >= 0 else { throw WireError("a session of \(timeout) ms") }
                guard peer.isUnder(id) else { return }
                revalidated(session, timeout: timeout, fence: fence, question: question, into: effects)
            case .snapshotBegin(let zxid, let chain):
                guard peer.isUnder(id) else { return }
                guard peer.expectedSnapshot == zxid else {
                    throw WireError("a snapshot of \(zxid) that was not announced")
                }
                incoming = IncomingSnapshot(zxid: zxid, chain: chain, loader: SnapshotLoader())
                effects.list.append(.beginSnapshotFile(zxid, chain: chain))
            case .snapshotChunk(let bytes): try snapshotChunk(bytes, from: id, into: effects)
            case .snapshotEnd: try snapshotEnd(from: id, into: effects)
            }
        } catch {
            breakLink(with: id, because: "\(error)", into: effects)
        }
    }

    /// The peer sent what no correct peer sends: this link ends, the server goes on.
    private mutating func breakLink(with id: ServerID, because reason: String, into effects: MemberEffects) {
        endLink(with: id, reason, into: effects)
        stepZab(.quorumLink(id, up: false), into: effects)
    }

    private mutating func proposals(
        _ records: UnsafeRawBufferPointer,
        committed: Zxid,
        from id: ServerID,
        into effects: MemberEffects
    ) throws(WireError) {
        guard peer.isUnder(id) else { return }
        let batch = try RecordBatch(verifying: records, after: history.last, chain: history.chain)
        stepZab(
            .proposals(from: id, first: batch.first, last: batch.last, committed: committed),
            batch: batch,
            into: effects
        )
    }

    private mutating func snapshotChunk(
        _ bytes: UnsafeRawBufferPointer,
        from id: ServerID,
        into effects: MemberEffects
    ) throws(WireError) {
        guard peer.isUnder(id), incoming != nil else { throw WireError("a snapshot's bytes without its beginning") }
        try incoming!.loader.feed(bytes)
        let start = effects.bytes.count
        effects.bytes.append(bytes: bytes)
        effects.list.append(.writeSnapshotFile(start..<effects.bytes.count))
    }

    private mutating func snapshotEnd(from id: ServerID, into effects: MemberEffects) throws(WireError) {
        guard peer.isUnder(id), let whole = incoming.take() else { throw WireError("the end of no snapshot") }
        let loaded = try whole.loader.finish()
        guard loaded.lastApplied == whole.zxid else {
            throw WireError("a snapshot of \(loaded.lastApplied) sent as one of \(whole.zxid)")
        }
        state = loaded
        state.access = limits.access
        state.showConfiguration(shownConfiguration.data, at: shownConfiguration.time)
        history = RecentHistory(base: whole.zxid, chain: whole.chain)
        effects.list.append(.installSnapshotFile(whole.zxid, chain: whole.chain))
        stepZab(.snapshotInstalled(whole.zxid), into: effects)
    }
}
