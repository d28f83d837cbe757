import Wire
import Zab

extension PeerScript {
    private static func payloads(_ list: [[UInt8]]) -> [UInt8] {
        list.flatMap { [UInt8($0.count >> 8), UInt8($0.count & 0xff)] + $0 }
    }

    private static func proposals(_ flags: UInt8, _ list: [[UInt8]], _ writer: inout ScriptWriter) {
        writer.add(8)
        writer.add(flags, payloads(list))
    }

    static let notifications: [[UInt8]] = [PeerState.looking, .following, .leading].map { state in
        let vote = Vote(peerEpoch: 1, zxid: Zxid(epoch: 1, counter: 1), leader: ServerID(1))
        return Encoded.bytes { Notification(state: state, round: 2, vote: vote).encode(into: $0) }
    }

    static let messages: [Message] = [
        .learnerInfo(acceptedEpoch: 1, observer: false),
        .ackEpoch(
            currentEpoch: 0,
            history: HistorySummary(base: .zero, epochEnds: [Zxid(epoch: 1, counter: 2), Zxid(epoch: 2, counter: 1)])
        ),
        .ackEpoch(currentEpoch: Message.uncountedEpoch, history: HistorySummary(base: Zxid(epoch: 1, counter: 1))),
        .ackNewLeader(1), .ack(Zxid(epoch: 1, counter: 1)), .ack(Zxid(epoch: 1, counter: 0)), .pong,
        .leaderInfo(newEpoch: 2), .diff, .trunc(to: Zxid(epoch: 1, counter: 1)), .snap(Zxid(epoch: 1, counter: 3)),
        .newLeader(2, historyEnd: Zxid(epoch: 1, counter: 2)), .upToDate(committed: Zxid(epoch: 1, counter: 2)),
        .commit(Zxid(epoch: 1, counter: 1)), .commit(Zxid(epoch: 2, counter: 0)),
        .ping(committed: Zxid(epoch: 1, counter: 9)),
    ]

    /// What learners forward and tell besides the protocol's own messages.
    private static var others: [[UInt8]] {
        let forwarded = Encoded.bytes { writer in
            let ids = Encoded.bytes {
                Identity.encode([Identity(scheme: "ip", id: "10.0.0.1"), .superUser], into: $0)
            }
            writer.append(UInt32(ids.count + 16))
            writer.append(Int64(0))
            writer.append(Int32(0))
            writer.append(OpCode.auth.rawValue)
            ids.withUnsafeBytes { writer.append(bytes: $0) }
            for (session, body) in [(Int64(77), Transactions.timeout), (77, Transactions.setDataBody)] {
                writer.append(UInt32(body.count + 16))
                writer.append(session)
                writer.append(Int32(1))
                writer.append(body.count == 4 ? OpCode.createSession.rawValue : OpCode.setData.rawValue)
                body.withUnsafeBytes { writer.append(bytes: $0) }
            }
        }
        return forwarded.withUnsafeBytes { requests in
            [
                Encoded.frame(.requests(requests)),
                Encoded.frame(.touched(UnsafeRawBufferPointer(rebasing: requests[..<16]))),
                Encoded.frame(.outcome(sessionID: 77, cxid: 1, code: -101, after: .zero, body: requests)),
                Encoded.frame(.revalidate(sessionID: 77, timeout: 10_000, question: 1)),
                Encoded.frame(.revalidated(sessionID: 77, timeout: 4000, fence: .zero, question: 1)),
                Encoded.frame(.snapshotBegin(zxid: Zxid(epoch: 1, counter: 3), chain: 9)),
                Encoded.frame(.snapshotChunk(requests)), Encoded.frame(.snapshotEnd),
                Encoded.frame(.proposals(committed: .zero, records: requests)),
            ]
        }
    }

    @Sendable static func seeds() -> [[UInt8]] {
        var list: [[UInt8]] = []
        // A whole life: handshake, proposals, commits, clients, another leader.
        var life = ScriptWriter()
        life.add(16)
        proposals(0, Transactions.all, &life)
        life.add(10)
        life.add(14)
        life.add(15, Encoded.connect())
        life.add(10)
        for request in Encoded.requests.prefix(6) { life.add(15, request) }
        life.add(10)
        life.add(18)
        life.add(21)
        life.add(16)
        proposals(4, [Transactions.all[0]], &life)
        life.add(10)
        list.append(life.bytes)
        for message in messages {
            var one = ScriptWriter()
            one.add(16)
            proposals(4, Array(Transactions.all.prefix(3)), &one)
            one.add(10)
            one.add(0, Encoded.frame(.zab(message)))
            one.add(10)
            list.append(one.bytes)
        }
        for frame in others {
            var one = ScriptWriter()
            one.add(16)
            one.add(0, frame)
            one.add(10)
            list.append(one.bytes)
        }
        var row = ScriptWriter()
        for message in messages { row.add(0, Encoded.frame(.zab(message))) }
        list.append(row.bytes)
        var votes = ScriptWriter()
        for notification in notifications {
            votes.add(19, notification)
            votes.add(0x80 | 19, notification)
        }
        list.append(votes.bytes)
        var snapshot = ScriptWriter()
        let zxid = SnapshotBytes.zxid
        snapshot.add(0, Encoded.frame(.zab(.leaderInfo(newEpoch: zxid.epoch))))
        snapshot.add(22)
        for byte in [0, UInt8(zxid.epoch), 0] { snapshot.add(byte) }
        snapshot.add(UInt8(zxid.counter), SnapshotBytes.whole)
        snapshot.add(0, Encoded.frame(.zab(.newLeader(zxid.epoch, historyEnd: zxid))))
        snapshot.add(10)
        snapshot.add(0, Encoded.frame(.zab(.upToDate(committed: zxid))))
        proposals(0, Transactions.all, &snapshot)
        list.append(snapshot.bytes)
        return list
    }
}
