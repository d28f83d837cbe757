import Testing
import Wire
import Zab

@Suite struct PeerFrameTests {
    static let messages: [Message] = [
        .learnerInfo(acceptedEpoch: 7, observer: true, identity: 1 << 63),
        .ackEpoch(
            currentEpoch: 6,
            history: HistorySummary(
                base: Zxid(rawValue: 3),
                epochEnds: [Zxid(epoch: 1, counter: 4), Zxid(epoch: 2, counter: 1)]
            )
        ),
        .ack(Zxid(epoch: 3, counter: 9)), .ackNewLeader(5), .pong, .leaderInfo(newEpoch: 8, identity: 99), .diff,
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
                _ = try? Hello.decode(magic: PeerLink.quorumMagic, raw)
                _ = try? RecordBatch(verifying: raw, after: .zero, chain: 0)
            }
        }
        #expect(refused > 0)
    }

    @Test func notificationsComeBack() throws {
        let notification = Notification(
            state: .leading,
            round: 1 << 40,
            vote: Vote(peerEpoch: 3, zxid: Zxid(epoch: 2, counter: 8), leader: ServerID(-1 << 40))
        )
        let writer = ByteWriter()
        notification.encode(into: writer)
        #expect(writer.count == Notification.encodedSize)
        #expect(try Notification(decoding: writer.bytes) == notification)
    }

    @Test func helloNamesItsSenderAndItsPort() throws {
        let writer = ByteWriter()
        let hello = Hello(id: ServerID(0x102), identity: 0xA1B2_C3D4_E5F6_0718, secret: PeerSecret("xyz")!)
        hello.encode(magic: PeerLink.quorumMagic, into: writer)
        #expect(writer.count == Hello.size)
        #expect(
            Array(writer.bytes.prefix(27)) == [
                0x5a, 0x41, 0x42, 0x51, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 7, 0x18,
                0x78, 0x79, 0x7a,
            ]
        )
        #expect(try Hello.decode(magic: PeerLink.quorumMagic, writer.bytes) == hello)
        #expect(throws: WireError.self) { try Hello.decode(magic: PeerLink.electionMagic, writer.bytes) }
        for count in 0..<Hello.size {
            let part = UnsafeRawBufferPointer(rebasing: writer.bytes[..<count])
            #expect(try Hello.decode(magic: PeerLink.quorumMagic, part) == nil)
        }
    }

    /// A peer of version 2 says eight bytes, and waits: it is told apart at once.
    @Test func anOlderPeerIsNamedByItsFirstBytes() {
        let bytes: [UInt8] = [0x5a, 0x41, 0x42, 0x51, 0, 2, 0, 3]
        let error = #expect(throws: WireError.self) {
            try bytes.withUnsafeBytes { try Hello.decode(magic: PeerLink.quorumMagic, $0) }
        }
        #expect("\(error!)" == "peer speaks version 2, this server 4")
    }

    @Test func secretsHaveASizeAndMatchOnlyThemselves() throws {
        #expect(PeerSecret("") == nil)
        #expect(PeerSecret("a\0b") == nil)
        #expect(PeerSecret(String(repeating: "x", count: 65)) == nil)
        let longest = try #require(PeerSecret(String(repeating: "x", count: 64)))
        #expect(longest.matches(longest) && !longest.matches(PeerSecret()))
        for place in 0..<64 {
            var text = Array(repeating: UInt8(ascii: "x"), count: 64)
            text[place] = UInt8(ascii: "y")
            #expect(!longest.matches(try #require(PeerSecret(String(decoding: text, as: UTF8.self)))), "byte \(place)")
        }
        #expect("\(longest)" == "set" && "\(PeerSecret())" == "none")
    }
}
