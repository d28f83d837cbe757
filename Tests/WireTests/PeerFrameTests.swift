import Testing
import Wire
import Zab

@Suite struct PeerFrameTests {
    static let messages: [Message] = [
        .learnerInfo(acceptedEpoch: 7, observer: true),
        .ackEpoch(
            currentEpoch: 6,
            history: HistorySummary(
                base: Zxid(rawValue: 3),
                epochEnds: [Zxid(epoch: 1, counter: 4), Zxid(epoch: 2, counter: 1)]
            )
        ),
        .ack(Zxid(epoch: 3, counter: 9)), .ackNewLeader(5), .pong, .leaderInfo(newEpoch: 8), .diff,
        .trunc(to: Zxid(epoch: 1, counter: 2)), .snap(Zxid(epoch: 1, counter: 3)),
        .newLeader(4, historyEnd: Zxid(epoch: 3, counter: 1)), .upToDate(committed: Zxid(epoch: 3, counter: 2)),
        .commit(Zxid(epoch: 3, counter: 3)), .ping(committed: Zxid(epoch: 3, counter: 4)),
    ]

    static func encoded(_ frame: PeerFrame) -> [UInt8] {
        let writer = ByteWriter()
        frame.encode(into: writer)
        return Array(writer.bytes)
    }

    @Test(arguments: messages)
    func everyMessageComesBack(message: Message) throws {
        let bytes = Self.encoded(.zab(message))
        try bytes.withUnsafeBytes { raw in
            let length = Int(UInt32(bigEndian: raw.loadUnaligned(as: UInt32.self)))
            #expect(length == bytes.count - 4)
            let frame = try PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: raw[4...]))
            guard case .zab(let decoded) = frame else {
                Issue.record("another kind of frame")
                return
            }
            #expect(decoded == message)
        }
    }

    @Test(arguments: messages)
    func noPartOfAMessagePasses(message: Message) {
        let bytes = Self.encoded(.zab(message))
        for count in 4..<bytes.count {
            #expect(throws: WireError.self, "\(count - 4) of \(bytes.count - 4) bytes") {
                try bytes.withUnsafeBytes { try PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: $0[4..<count])) }
            }
        }
        #expect(throws: WireError.self, "a byte too many") {
            try (bytes + [0]).withUnsafeBytes { try PeerFrame(decoding: UnsafeRawBufferPointer(rebasing: $0[4...])) }
        }
    }

    /// A seeded stream of noise: nothing traps, nothing allocates by a length that it was told.
    @Test func noiseIsRefusedOrHarmless() {
        var seed: UInt64 = 0x5eed
        func next() -> UInt64 {
            seed &+= 0x9E37_79B9_7F4A_7C15
            var z = seed
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
        var refused = 0
        for _ in 0..<50_000 {
            let bytes = (0..<Int(next() % 64)).map { _ in UInt8(truncatingIfNeeded: next()) }
            bytes.withUnsafeBytes { raw in
                if (try? PeerFrame(decoding: raw)) == nil { refused += 1 }
                _ = try? Notification(decoding: raw)
                _ = try? PeerLink.decodeHello(magic: PeerLink.quorumMagic, raw)
                _ = try? RecordBatch(verifying: raw, after: .zero, chain: 0)
            }
        }
        #expect(refused > 0)
    }

    @Test func notificationsComeBack() throws {
        let notification = Notification(
            state: .leading,
            round: 1 << 40,
            vote: Vote(peerEpoch: 3, zxid: Zxid(epoch: 2, counter: 8), leader: ServerID(9))
        )
        let writer = ByteWriter()
        notification.encode(into: writer)
        #expect(writer.count == Notification.encodedSize)
        #expect(try Notification(decoding: writer.bytes) == notification)
    }

    @Test func helloNamesItsSenderAndItsPort() throws {
        let writer = ByteWriter()
        PeerLink.encodeHello(magic: PeerLink.quorumMagic, from: ServerID(3), into: writer)
        #expect(writer.count == PeerLink.helloSize)
        #expect(try PeerLink.decodeHello(magic: PeerLink.quorumMagic, writer.bytes) == ServerID(3))
        #expect(throws: WireError.self) { try PeerLink.decodeHello(magic: PeerLink.electionMagic, writer.bytes) }
    }
}
