import Client
import NIOCore
import Wire

/// Creates and deletes the znodes of a run: the root, a parent per session if the load creates, the keys.
enum RunZnodes {
    /// - Parameter endpoints: tried in turn; the leader first saves a hop.
    static func create(
        for ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        eventLoop: any EventLoop
    ) async throws {
        let plan = ledger.plan
        let parents = parentPaths(plan)
        let templates = ledger.templates
        // Of a recording, those that are there before its first operation.
        let keys = ledger.replay?.startingKeys
        let longest = ledger.replay.map { templates.createKey.count(payload: $0.startingBytesMax) } ?? 0
        let sweep = Sweep(
            count: parents.count + (keys?.count ?? ledger.heldKeys?.count ?? plan.keys),
            frameMax: max(templates.createKey.count, longest, 512 + 2 * plan.place.chroot.utf8.count),
            endpoints: endpoints,
            credentials: plan.place.credentials,
            eventLoop: eventLoop,
            patience: .seconds(20),
            encode: { item, xid, place in
                guard item >= parents.count else {
                    let data = item == 0 ? plan.place.owner : ""
                    return encodeCreate(parents[item], data: data, xid: xid, at: place)
                }
                if let replay = ledger.replay, let keys {
                    return replay.encodeStart(keys[item - parents.count], templates, xid: xid, at: place)
                }
                let key = ledger.key(item - parents.count)
                templates.createKey.store(
                    xid: xid,
                    number: UInt32(key),
                    session: UInt32(KeySlice.owner(of: key, plan: plan)),
                    key: UInt32(key),
                    sequence: 0,
                    write: 0,
                    at: place
                )
                return templates.createKey.count
            },
            handle: { item, reply, isRetry in
                switch ErrorCode(rawValue: reply.error) {
                case .ok: return nil
                case .nodeExists where isRetry: return nil
                case .nodeExists where item == 0:
                    return "\(plan.rootPath) is there already; another run's name must be chosen, or it be deleted"
                default:
                    let place = item - parents.count
                    let key = place < 0 ? 0 : keys.map { Int($0[place]) } ?? ledger.key(place)
                    let path = place < 0 ? parents[item] : RunPaths.key(key, of: plan)
                    return "creating \(path) was refused: \(Refusal.words(reply.error))"
                }
            }
        )
        try await sweep.run()
    }

    static func delete(of ledger: AcknowledgedWrites, endpoints: [Endpoint], eventLoop: any EventLoop) async throws {
        let plan = ledger.plan
        let templates = ledger.templates
        let created = CreatedIndex(ledger)
        let parents = parentPaths(plan)
        let sweep = Sweep(
            count: plan.keys + created.count + parents.count,
            frameMax: max(templates.longest, 512 + plan.place.chroot.utf8.count),
            endpoints: endpoints,
            credentials: plan.place.credentials,
            eventLoop: eventLoop,
            patience: .seconds(10),
            encode: { item, xid, place in
                if item < plan.keys {
                    templates.deleteKey.store(xid: xid, number: UInt32(item), at: place)
                    return templates.deleteKey.count
                }
                if item < plan.keys + created.count {
                    let (session, number) = created[item - plan.keys]
                    templates.delete.store(xid: xid, number: UInt32(number), at: place)
                    templates.delete.storeSession(UInt32(session), at: place)
                    return templates.delete.count
                }
                // The root comes last.
                return encodeDelete(
                    parents[parents.count - 1 - (item - plan.keys - created.count)],
                    xid: xid,
                    at: place
                )
            },
            handle: { _, _, _ in nil }
        )
        try await sweep.run()
    }

    /// The root first, then the parents of what sessions create.
    static func parentPaths(_ plan: LoadPlan) -> [String] {
        guard plan.hasCreatedNodes else { return [plan.rootPath] }
        return [plan.rootPath] + (0..<plan.clients).map { RunPaths.parent(session: $0, of: plan) }
    }

    private static func encodeCreate(
        _ path: String,
        data: String,
        xid: Int32,
        at place: UnsafeMutableRawPointer
    ) -> Int {
        encode(.create, xid: xid, at: place) { writer in
            writer.append(string: path)
            writer.append(string: data)
            ACL.encode(ACL.openUnsafe, into: writer)
            writer.append(CreateMode.persistent.rawValue)
        }
    }

    private static func encodeDelete(_ path: String, xid: Int32, at place: UnsafeMutableRawPointer) -> Int {
        encode(.delete, xid: xid, at: place) { writer in
            writer.append(string: path)
            writer.append(Int32(-1))
        }
    }

    /// For the few requests that have no template.
    static func encode(
        _ op: OpCode,
        xid: Int32,
        at place: UnsafeMutableRawPointer,
        _ body: (ByteWriter) -> Void
    ) -> Int {
        let writer = ByteWriter(capacity: 256)
        writer.append(Int32(0))
        writer.append(xid)
        writer.append(op.rawValue)
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        place.copyMemory(from: writer.base, byteCount: writer.count)
        return writer.count
    }
}

/// Numbers the znodes that all sessions created in the load, one after the other.
struct CreatedIndex: Sendable {
    /// Where each session's znodes begin, and the total at the end.
    private let starts: [Int]

    init(_ ledger: AcknowledgedWrites) {
        var starts = [0]
        for session in ledger.sessions { starts.append(starts.last! + session.created.count) }
        self.starts = starts
    }

    var count: Int { starts.last! }

    /// The place of a session's znode; nil for one that it never created.
    func place(_ number: Int, session: Int) -> Int? {
        guard session < starts.count - 1, number < starts[session + 1] - starts[session] else { return nil }
        return starts[session] + number
    }

    /// The session and the number of the znode with the given place.
    subscript(place: Int) -> (session: Int, number: Int) {
        var low = 0
        var high = starts.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if starts[middle] <= place { low = middle } else { high = middle }
        }
        return (low, place - starts[low])
    }
}
