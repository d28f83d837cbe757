import TestSupport
import Wire
import Zab

@testable import Znodes

/// A leader without a protocol: prepares requests, and applies what it prepared when told to.
final class Leader {
    let state: ReplicatedState
    let changes: OutstandingChanges
    private(set) var zxid: Zxid
    /// All transactions prepared, and how many of them are applied.
    private(set) var log: [[UInt8]] = []
    private(set) var appliedCount = 0
    var events: [WatchEvent] = []
    var time: Int64 = 1_000

    /// - Parameter session: created and applied at once, unless nil.
    init(
        _ state: ReplicatedState = ReplicatedState(),
        session: Int64? = 1,
        extendedTypesEnabled: Bool = true,
        enforcesQuotas: Bool = false
    ) {
        self.state = state
        changes = OutstandingChanges(extendedTypesEnabled: extendedTypesEnabled, enforcesQuotas: enforcesQuotas)
        zxid = state.lastApplied == .zero ? Zxid(epoch: 1, counter: 0) : state.lastApplied
        if let session { precondition(run(.createSession, Request.createSession(), session: session) == .ok) }
    }

    func prepare(
        _ op: OpCode,
        _ body: [UInt8] = [],
        session: Int64 = 1,
        cxid: Int32 = 1,
        as identities: IdentitiesID = ReplicatedState.nobody
    ) -> ErrorCode {
        let writer = ByteWriter()
        writer.append(Int32(-7))
        let next = zxid.advanced(by: 1)
        time += 1
        let result = body.withUnsafeBytes {
            changes.prepare(
                op: op,
                body: $0,
                sessionID: session,
                cxid: cxid,
                zxid: next,
                time: time,
                identities: identities,
                state: state,
                into: writer
            )
        }
        if result == .ok {
            zxid = next
            log.append(Array(writer.bytes.dropFirst(4)))
        } else {
            precondition(writer.count == 4, "a failed prepare wrote something")
        }
        return result
    }

    /// The transaction of the next node that may be swept, without applying it.
    func prepareSweep(_ rules: SweepRules, _ visits: inout Int) -> [UInt8]? {
        let writer = ByteWriter()
        let next = zxid.advanced(by: 1)
        guard changes.prepareSweep(rules, zxid: next, time: time, visits: &visits, state: state, into: writer) else {
            precondition(writer.count == 0)
            return nil
        }
        zxid = next
        log.append(Array(writer.bytes))
        return log.last
    }

    /// Applies the next `count` transactions, all if nil; returns the answer to the last.
    @discardableResult
    func apply(_ count: Int? = nil) -> [UInt8] {
        let reply = ByteWriter()
        let end = count.map { min(appliedCount + $0, log.count) } ?? log.count
        while appliedCount < end {
            reply.removeAll()
            let header = try! log[appliedCount].withUnsafeBytes {
                try state.apply($0, reply: reply, events: &events)
            }
            changes.committed(through: header.zxid, in: state)
            appliedCount += 1
        }
        return Array(reply.bytes)
    }

    /// Prepares and applies.
    func run(
        _ op: OpCode,
        _ body: [UInt8] = [],
        session: Int64 = 1,
        as identities: IdentitiesID = ReplicatedState.nobody
    ) -> ErrorCode {
        let result = prepare(op, body, session: session, as: identities)
        apply()
        return result
    }

    @discardableResult
    func create(_ path: String, data: [UInt8]? = [], flags: Int32 = 0, session: Int64 = 1) -> ErrorCode {
        run(.create, Request.create(path, data: data, flags: flags), session: session)
    }

    func read(_ op: OpCode, _ path: String, watcher: WatcherID? = nil) -> (ErrorCode, [UInt8]) {
        state.read(op, path, watcher: watcher)
    }

    func stat(_ path: String) -> Stat? { state.stat(path) }
    func children(_ path: String) -> [String]? { state.children(path) }
}

extension ReplicatedState {
    func read(_ op: OpCode, _ path: String, watcher: WatcherID? = nil) -> (ErrorCode, [UInt8]) {
        let reply = ByteWriter()
        let result = Request.read(path, watch: watcher != nil).withUnsafeBytes {
            read(op, body: $0, watcher: watcher ?? 0, reply: reply)
        }
        return (result, Array(reply.bytes))
    }

    func stat(_ path: String) -> Stat? {
        let (result, body) = read(.exists, path)
        guard result == .ok else { return nil }
        return body.withUnsafeBytes {
            var reader = ByteReader($0)
            return try! Stat(from: &reader)
        }
    }

    func data(_ path: String) -> [UInt8]?? {
        let (result, body) = read(.getData, path)
        guard result == .ok else { return nil }
        return body.withUnsafeBytes { bytes -> [UInt8]?? in
            var reader = ByteReader(bytes)
            return .some(try! reader.buffer().map(Array.init))
        }
    }

    /// Sorted.
    func children(_ path: String) -> [String]? {
        let (result, body) = read(.getChildren, path)
        guard result == .ok else { return nil }
        return body.withUnsafeBytes {
            var reader = ByteReader($0)
            let count = try! reader.vectorCount(minimumSize: 4)!
            return (0..<count).map { _ in try! reader.string() }.sorted()
        }
    }

    /// What the node has in place of an owner (`ExtendedOwner`); nil if there is no node.
    func extendedOwner(_ path: String) -> Int64? {
        let slot = Array(path.utf8).withUnsafeBytes { nodes.find(PathKey($0)) }
        return slot < 0 ? nil : nodes[slot].pointee.extendedOwner
    }

    /// The containers and TTL nodes, sorted.
    var sweepablePaths: [String] {
        var paths: [String] = []
        var slot = sweepable.first
        while slot >= 0 {
            paths.append(String(decoding: Znode.pathBytes(of: nodes[slot]), as: UTF8.self))
            slot = nodes[slot].pointee.nextEphemeral
        }
        return paths.sorted()
    }

    /// As `watcher` sees it.
    func acl(_ path: String, watcher: WatcherID? = nil) -> [ACL]? {
        let (result, body) = read(.getACL, path, watcher: watcher)
        guard result == .ok else { return nil }
        return body.withUnsafeBytes {
            var reader = ByteReader($0)
            return try! ACL.decodeList(from: &reader)
        }
    }

    /// Everything a snapshot holds, in one piece.
    func snapshot() -> [UInt8] {
        let writer = ByteWriter()
        beginSnapshot()
        while nextSnapshotChunk(into: writer, maxBytes: 1 << 20) {}
        return Array(writer.bytes)
    }

    /// Recomputes the digest from scratch, through a snapshot: the loader checks that both are equal.
    func reloaded() throws -> ReplicatedState {
        let loader = SnapshotLoader()
        try snapshot().withUnsafeBytes { try loader.feed($0) }
        return try loader.finish()
    }
}

extension Array where Element == [UInt8] {
    /// Applies the log to a new state.
    func replayed(onto state: ReplicatedState = ReplicatedState()) throws -> ReplicatedState {
        var events: [WatchEvent] = []
        for transaction in self {
            _ = try transaction.withUnsafeBytes { try state.apply($0, reply: nil, events: &events) }
        }
        return state
    }
}
