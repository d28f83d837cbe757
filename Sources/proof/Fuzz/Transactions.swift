import Wire
import Zab
import Znodes

/// Transactions as a leader's prep step writes them, and states to apply them to.
enum Transactions {
    static let session: Int64 = 77
    static let timeout: [UInt8] = Encoded.bytes { $0.append(Int32(4000)) }
    static let setDataBody: [UInt8] = Encoded.bytes {
        $0.append(string: "/zookeeper/quota")
        $0.append(string: "text")
        $0.append(Int32(-1))
    }

    private static func transaction(_ type: OpCode, _ body: (ByteWriter) -> Void) -> [UInt8] {
        Encoded.bytes {
            TransactionHeader(sessionID: session, cxid: 1, zxid: .zero, time: 1_700_000_000_000, type: type.rawValue)
                .encode(into: $0)
            body($0)
        }
    }

    /// What all creates begin with.
    private static func created(_ path: String, _ writer: ByteWriter) {
        writer.append(string: path)
        writer.append(string: "some data")
        ACL.encode(ACL.openUnsafe, into: writer)
    }

    private static func create(_ path: String, ephemeral: Bool, _ writer: ByteWriter) {
        created(path, writer)
        writer.append(ephemeral)
        writer.append(Int32(1))
    }

    /// One after the other they can all be applied to a new state. Their zxids are to be filled in.
    static let all: [[UInt8]] = [
        transaction(.createSession) { $0.append(Int32(4000)) },
        transaction(.create) { create("/a", ephemeral: false, $0) },
        transaction(.create) { create("/a/ephemeral-with-a-name-longer-than-forty-bytes", ephemeral: true, $0) },
        transaction(.create2) { create("/e", ephemeral: true, $0) },
        transaction(.setData) {
            $0.append(string: "/a")
            $0.append(string: "other data")
            $0.append(Int32(1))
        },
        transaction(.setACL) {
            $0.append(string: "/a")
            ACL.encode([ACL(permissions: 1, scheme: "ip", id: "10.0.0.1")], into: $0)
            $0.append(Int32(1))
        },
        transaction(.multi) {
            $0.append(Int32(2))
            $0.append(OpCode.create.rawValue)
            let inner = Encoded.bytes { create("/m", ephemeral: false, $0) }
            inner.withUnsafeBytes($0.append(buffer:))
            $0.append(OpCode.delete.rawValue)
            let path = Encoded.bytes { $0.append(string: "/m") }
            path.withUnsafeBytes($0.append(buffer:))
        },
        transaction(.closeSession) {
            $0.append(Int32(2))
            $0.append(string: "/e")
            $0.append(string: "/a/ephemeral-with-a-name-longer-than-forty-bytes")
        },
        transaction(.delete) { $0.append(string: "/a") },
        transaction(.createSession) { $0.append(Int32(4000)) },
        transaction(.create) { create("/zookeeper/quota/q", ephemeral: false, $0) },
        transaction(.create) { create("/zookeeper/quota/q/zookeeper_limits", ephemeral: false, $0) },
        transaction(.createContainer) {
            created("/q", $0)
            $0.append(Int32(3))
        },
        transaction(.create) { create("/zookeeper/quota/q/zookeeper_stats", ephemeral: false, $0) },
        transaction(.createTTL) {
            created("/q/t", $0)
            $0.append(Int32(1))
            $0.append(Int64(5_000))
        },
        transaction(.setData) {
            $0.append(string: "/zookeeper/quota/q/zookeeper_stats")
            $0.append(string: "count=5,bytes=-9223372036854775808=;foo=1")
            $0.append(Int32(1))
        },
        transaction(.setData) {
            $0.append(string: "/q/t")
            $0.append(string: "")
            $0.append(Int32(1))
        },
        transaction(.deleteContainer) { $0.append(string: "/q/t") },
        transaction(.delete) { $0.append(string: "/zookeeper/quota/q/zookeeper_limits") },
        transaction(.deleteContainer) { $0.append(string: "/q") },
    ]

    /// A payload with the zxid in its header.
    static func numbered(_ payload: [UInt8], _ zxid: Zxid) -> [UInt8] {
        var payload = payload
        for index in 0..<8 { payload[12 + index] = UInt8(truncatingIfNeeded: zxid.rawValue >> UInt64(56 - 8 * index)) }
        return payload
    }

    /// Those records, numbered from `first`.
    static func batch(_ payloads: [[UInt8]], first: Zxid, chain: UInt32) -> RecordBatch {
        var builder = RecordBatchBuilder(chain: chain)
        for (index, payload) in payloads.enumerated() {
            let zxid = first.advanced(by: UInt32(index))
            builder.beginRecord()
            numbered(payload, zxid).withUnsafeBytes { builder.writer.append(bytes: $0) }
            builder.endRecord(zxid: zxid)
        }
        return builder.finish()
    }
}

extension FuzzTarget {
    /// Records as they come from a peer, checksums and all.
    static let records = FuzzTarget("records") {
        let first = Zxid(epoch: 1, counter: 1)
        let whole = Transactions.batch(Transactions.all, first: first, chain: 0)
        let two = Transactions.batch(Array(Transactions.all.prefix(2)), first: first, chain: 0)
        return [Array(whole.bytes), Array(two.bytes)]
    } run: { bytes in
        guard let batch = try? RecordBatch(verifying: bytes, after: .zero, chain: 0) else { return }
        var count = 0
        batch.forEachRecord { _, _ in count += 1 }
        precondition(count == batch.count)
    }

    /// Committed transactions with anything in them, behind a right checksum: applied, or refused by an error.
    static let transactions = FuzzTarget("transactions") {
        func script(_ list: [[UInt8]], _ order: UInt8) -> [UInt8] {
            var writer = ScriptWriter()
            for payload in list { writer.add(order, payload) }
            return writer.bytes
        }
        return [script(Transactions.all, 0), script(Transactions.all, 4)]
            + (1..<Transactions.all.count).map { script(Array(Transactions.all.prefix($0 + 1)), 1) }
    } run: { bytes in
        let state = ReplicatedState()
        var events: [WatchEvent] = []
        let reply = ByteWriter()
        for (op, path) in [(OpCode.exists, "/a"), (.getChildren, "/"), (.exists, "/e"), (.getData, "/zookeeper")] {
            let body = ByteWriter()
            body.append(string: path)
            body.append(true)
            _ = state.read(op, body: body.bytes, watcher: 1, reply: reply)
        }
        var script = Script(bytes)
        while let order = script.order() {
            let payload = Array(script.blob())
            let zxid = Zxid(rawValue: state.lastApplied.rawValue + 1)
            let next = payload.count >= TransactionHeader.encodedSize && order & 8 == 0
            let numbered = next ? Transactions.numbered(payload, zxid) : payload
            if order & 4 != 0, !state.isSnapshotting { state.beginSnapshot() }
            reply.removeAll()
            let applied: Void? = numbered.withUnsafeBytes {
                try? _ = state.apply($0, reply: order & 1 == 0 ? reply : nil, events: &events)
            }
            // After an error the state is not to be used any more.
            guard applied != nil else { return }
        }
        state.abandonSnapshot()
        SnapshotBytes.check(state)
    }
}
