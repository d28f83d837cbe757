import Wire
import Zab
import Znodes

extension FuzzTarget {
    /// Whom another server names, what a client says to prove who it is, and a list for a node: two bytes of a length, a
    /// vector of Id of that length, the same for an AuthPacket, and a vector of ACL.
    ///
    /// Whatever becomes of them, who may not set a node's list sees no digest in it, and no set of ids is left behind.
    static let access = FuzzTarget("access") {
        let ids = Encoded.bytes { Identity.encode([Identity(scheme: "ip", id: "10.0.0.1"), alice], into: $0) }
        let lists: [[ACL]] = [
            ACL.openUnsafe, [ACL(permissions: 31, scheme: "auth", id: "")],
            [
                ACL(permissions: 1, scheme: "world", id: "anyone"),
                ACL(permissions: 31, scheme: "ip", id: "10.0.0.1/30"),
                ACL(permissions: 16, scheme: "digest", id: "a:b::"), ACL(permissions: 31, scheme: "auth", id: ""),
            ],
            [
                ACL(permissions: 31, scheme: "ip", id: "+10.00.-0.1/08"),
                ACL(permissions: 2, scheme: "digest", id: ":b"),
            ],
        ]
        let packets = ["digest", "ip", "nobody"].map { scheme in
            Encoded.bytes {
                $0.append(Int32(0))
                $0.append(string: scheme)
                $0.append(string: "super:secret")
            }
        }
        return lists.flatMap { list in
            packets.map { packet in
                Encoded.bytes { writer in
                    for part in [ids, packet] {
                        writer.append(UInt8(part.count >> 8))
                        writer.append(UInt8(part.count & 0xff))
                        part.withUnsafeBytes { writer.append(bytes: $0) }
                    }
                    ACL.encode(list, into: writer)
                }
            }
        }
    } run: { bytes in
        var reader = ByteReader(bytes)
        guard let named = part(&reader), let packet = part(&reader) else { return }
        let state = ReplicatedState()
        state.access.superDigest = "super:lK75jTNcA+U9vtVEw5vB51mj/w4="
        guard let identities = try? state.identities(named: named) else { return }
        state.setIdentities(of: 1, to: identities)
        var packetReader = ByteReader(packet)
        if let packet = try? AuthPacket(from: &packetReader),
            let proved = state.identities(identities, with: packet, from: .local)
        {
            state.setIdentities(of: 2, to: proved)
            state.release(proved)
        }
        make("/n", reader.rest, as: identities, in: state)
        for watcher in 0...2 as ClosedRange<WatcherID> { checkList(of: "/n", as: watcher, in: state) }
        state.release(identities)
        for watcher in 1...2 as ClosedRange<WatcherID> { state.removeWatcher(watcher) }
        precondition(state.identitiesCount == 0, "somebody is left behind")
    }

    private static let alice = Identity(scheme: "digest", id: "alice:hash")

    private static func part(_ reader: inout ByteReader) -> UnsafeRawBufferPointer? {
        guard let high = try? reader.uint8(), let low = try? reader.uint8() else { return nil }
        return try? reader.bytes(Int(high) << 8 | Int(low))
    }

    private static func make(
        _ path: String,
        _ list: UnsafeRawBufferPointer,
        as identities: IdentitiesID,
        in state: ReplicatedState
    ) {
        let changes = OutstandingChanges()
        let transaction = ByteWriter()
        func prepare(_ op: OpCode, counter: UInt32, _ body: [UInt8]) -> Bool {
            transaction.removeAll()
            let code = body.withUnsafeBytes {
                changes.prepare(
                    op: op,
                    body: $0,
                    sessionID: 1,
                    cxid: 1,
                    zxid: Zxid(epoch: 1, counter: counter),
                    time: 1,
                    identities: identities,
                    state: state,
                    into: transaction
                )
            }
            guard code == .ok else { return false }
            precondition(transaction.count <= RecordLayout.payloadMax, "a transaction that no record holds")
            var events: [WatchEvent] = []
            _ = try! state.apply(transaction.bytes, reply: nil, events: &events)
            changes.committed(through: Zxid(epoch: 1, counter: counter), in: state)
            return true
        }
        precondition(prepare(.createSession, counter: 1, Encoded.bytes { $0.append(Int32(10_000)) }))
        _ = prepare(
            .create,
            counter: 2,
            Encoded.bytes {
                $0.append(string: path)
                $0.append(Int32(0))
                $0.append(bytes: list)
                $0.append(Int32(0))
            }
        )
    }

    private static func checkList(of path: String, as watcher: WatcherID, in state: ReplicatedState) {
        let reply = ByteWriter()
        let code = Encoded.bytes { $0.append(string: path) }.withUnsafeBytes {
            state.read(.getACL, body: $0, watcher: watcher, reply: reply)
        }
        guard code == .ok, watcher == 0 else { return }
        // Nobody: the right to set the list, and with it to see digests, is then everybody's or no one's.
        var reader = ByteReader(reply.bytes)
        let list = try! ACL.decodeList(from: &reader)
        let maySet = list.contains { $0.scheme == "world" && $0.permissions & 16 != 0 }
        let isMasked = list.allSatisfy { $0.scheme != "digest" || $0.id.utf8.suffix(2).elementsEqual(":x".utf8) }
        precondition(maySet || isMasked, "a digest is shown")
    }
}
