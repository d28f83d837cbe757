import Log
import Stepped
import Wire
import Zab
import Znodes

/// Snapshots of the state, and their files.
enum SnapshotBytes {
    static let zxid = Zxid(epoch: 1, counter: 6)

    /// A state with a session, ephemeral nodes, a long path and an access list.
    static let whole = bytes(after: 6)

    /// The same with a container, a TTL node and a quota.
    static let withNodeKinds = bytes(after: Transactions.all.count - 3)

    private static func bytes(after count: Int) -> [UInt8] {
        let state = ReplicatedState()
        var events: [WatchEvent] = []
        for (index, payload) in Transactions.all.prefix(count).enumerated() {
            let numbered = Transactions.numbered(payload, Zxid(epoch: 1, counter: UInt32(index + 1)))
            guard (try? numbered.withUnsafeBytes { try state.apply($0, reply: nil, events: &events) }) != nil else {
                preconditionFailure("a seed cannot be applied")
            }
        }
        return bytes(of: state)
    }

    static func bytes(of state: ReplicatedState) -> [UInt8] {
        state.beginSnapshot()
        let writer = ByteWriter(capacity: 4096)
        while state.nextSnapshotChunk(into: writer, maxBytes: 256) {}
        return Array(writer.bytes)
    }

    /// A snapshot's file with that payload.
    static func file(_ chunks: [[UInt8]]) -> [UInt8] {
        let disk = MemoryDisk()
        let writer = ByteWriter()
        do {
            let file = try SnapshotStore("d", on: disk).begin(LogPosition(zxid: zxid, chain: 5))
            for chunk in chunks {
                writer.removeAll()
                for byte in chunk { writer.append(byte) }
                try file.append(writer.bytes)
            }
            try file.finish()
        } catch {
            fatalError("a snapshot in memory failed: \(error)")
        }
        return disk.contents("d/snapshot.0000000100000006")
    }

    /// A state that holds together can be written and loaded again.
    static func check(_ state: ReplicatedState) {
        let loader = SnapshotLoader()
        do {
            try bytes(of: state).withUnsafeBytes { try loader.feed($0) }
            let loaded = try loader.finish()
            precondition(loaded.digest == state.digest, "a snapshot of another state")
        } catch {
            fatalError("our own snapshot cannot be loaded: \(error)")
        }
    }

    /// Feeds the bytes in pieces of that size.
    static func load(_ bytes: [UInt8], pieces: Int) throws(WireError) -> ReplicatedState {
        let loader = SnapshotLoader()
        var start = 0
        while start < bytes.count {
            let end = min(bytes.count, start + pieces)
            let failure: WireError? = bytes[start..<end].withUnsafeBytes { piece in
                do throws(WireError) {
                    try loader.feed(piece)
                    return nil
                } catch {
                    return error
                }
            }
            if let failure { throw failure }
            start = end
        }
        return try loader.finish()
    }

    /// Loads bytes whose trailer does not fit, with the trailer that would: the loader's error tells it. So that what a
    /// wrong digest would refuse is reached.
    static func loadForgiving(_ bytes: [UInt8], pieces: Int) -> ReplicatedState? {
        var bytes = bytes
        for _ in 0..<3 {
            do throws(WireError) {
                return try load(bytes, pieces: pieces)
            } catch {
                guard bytes.count >= 29 else { return nil }
                let words = error.description.split(whereSeparator: { " ,:".contains($0) })
                if words.count >= 4, words[1] == "digest", let digest = UInt64(words[2]) {
                    put(digest, in: &bytes, at: bytes.count - 8)
                } else if words.count >= 5, words[2] == "nodes", let nodes = UInt64(words[1]),
                    let sessions = UInt64(words[4])
                {
                    put(nodes, in: &bytes, at: bytes.count - 24)
                    put(sessions, in: &bytes, at: bytes.count - 16)
                } else {
                    return nil
                }
            }
        }
        return nil
    }

    private static func put(_ value: UInt64, in bytes: inout [UInt8], at place: Int) {
        for index in 0..<8 { bytes[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(56 - 8 * index)) }
    }
}

extension FuzzTarget {
    /// The bytes of a snapshot, cut anywhere (the first byte says how); with the counts and the digest put right if the
    /// lowest bit says so. What loads is used.
    static let snapshotState = FuzzTarget("snapshot-state") {
        let (whole, kinds) = (SnapshotBytes.whole, SnapshotBytes.withNodeKinds)
        return [
            [200] + whole, [1] + whole, [200] + kinds, [1] + kinds, [33] + SnapshotBytes.bytes(of: ReplicatedState()),
        ]
    } run: { bytes in
        guard let first = bytes.first else { return }
        let payload = Array(bytes.dropFirst())
        let pieces = Int(first >> 1) + 1
        let state =
            first & 1 == 0
            ? try? SnapshotBytes.load(payload, pieces: pieces)
            : SnapshotBytes.loadForgiving(payload, pieces: pieces)
        guard let state else { return }
        SnapshotBytes.check(state)
        let reply = ByteWriter()
        for path in ["/", "/a", "/e", "/zookeeper/config"] {
            let body = ByteWriter()
            body.append(string: path)
            body.append(true)
            for op in [OpCode.exists, .getData, .getACL, .getChildren2] {
                _ = state.read(op, body: body.bytes, watcher: 1, reply: reply)
            }
        }
        // Its sessions end, and with them their nodes.
        var events: [WatchEvent] = []
        var sessions: [Int64] = []
        state.forEachSession { id, _ in sessions.append(id) }
        for id in sessions.prefix(8) {
            let next = state.lastApplied
            guard next.counter < .max else { return }
            let payload = Encoded.bytes {
                TransactionHeader(
                    sessionID: id,
                    cxid: 0,
                    zxid: Zxid(rawValue: next.rawValue + 1),
                    time: 0,
                    type: OpCode.closeSession.rawValue
                ).encode(into: $0)
            }
            let closed: Void? = payload.withUnsafeBytes { try? _ = state.apply($0, reply: nil, events: &events) }
            guard closed != nil else { return }
        }
        SnapshotBytes.check(state)
    }

    /// A snapshot's file: found whole or passed over; with its checksums put right if the first byte is odd.
    static let snapshotFile = FuzzTarget("snapshot-file") {
        let pieces = stride(from: 0, to: SnapshotBytes.whole.count, by: 100).map {
            Array(SnapshotBytes.whole[$0..<min($0 + 100, SnapshotBytes.whole.count)])
        }
        let (whole, empty) = (SnapshotBytes.file(pieces), SnapshotBytes.file([]))
        return [[0] + whole, [1] + whole, [1] + empty, [1] + SnapshotBytes.file([SnapshotBytes.whole])]
    } run: { bytes in
        guard let first = bytes.first else { return }
        var content = Array(bytes.dropFirst())
        if first & 1 == 1 { StoredBytes.repairSnapshot(&content) }
        let disk = MemoryDisk()
        disk.put("d/snapshot.0000000100000006", content)
        do {
            let store = try SnapshotStore("d", on: disk)
            let search = try store.newestValid()
            guard let newest = search.newest else { return precondition(search.invalid.count == 1) }
            let reader = try store.open(newest.position.zxid)
            let loader = SnapshotLoader()
            var count = 0
            var isRefused = false
            while let chunk = try reader.next() {
                count += chunk.count
                if !isRefused, (try? loader.feed(chunk)) == nil { isRefused = true }
            }
            precondition(count == newest.payloadBytes && count <= content.count)
            _ = try? loader.finish()
        } catch {
            guard case .corrupt = error as? LogError else { fatalError("a disk without faults: \(error)") }
        }
    }
}
