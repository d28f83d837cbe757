import TestSupport
import Testing
import Wire
import Zab

@Suite struct RecordBatchTests {
    static func batch(_ payloads: [[UInt8]], first: Zxid, chain: UInt32) -> RecordBatch {
        let zxids = payloads.indices.map { Zxid(rawValue: first.rawValue + UInt64($0)) }
        return RecordBatch.make(zxids, chain: chain) { zxid, writer in
            payloads[Int(zxid.rawValue - first.rawValue)].withUnsafeBytes { writer.append(bytes: $0) }
        }
    }

    static let start = Zxid(epoch: 2, counter: 5)

    @Test func whatWasBuiltVerifies() throws {
        let built = Self.batch([[1], [2, 2], []], first: Self.start.advanced(by: 1), chain: 77)
        let read = try RecordBatch(verifying: built.bytes, after: Self.start, chain: 77)
        #expect(read.count == 3)
        #expect(read.first == Zxid(epoch: 2, counter: 6))
        #expect(read.last == Zxid(epoch: 2, counter: 8))
        #expect(read.chainAfter == built.chainAfter)
        var payloads: [[UInt8]] = []
        read.forEachRecord { _, payload in payloads.append(Array(payload)) }
        #expect(payloads == [[1], [2, 2], []])
    }

    @Test func everyFlippedBitIsFound() {
        let built = Self.batch([[1, 2, 3], [4]], first: Self.start.advanced(by: 1), chain: 9)
        for bit in 0..<(built.bytes.count * 8) {
            var bytes = Array(built.bytes)
            bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            #expect(throws: WireError.self, "bit \(bit)") {
                try bytes.withUnsafeBytes { try RecordBatch(verifying: $0, after: Self.start, chain: 9) }
            }
        }
    }

    @Test func aRecordIsValidAtOnePlaceOnly() {
        let built = Self.batch([[1]], first: Self.start.advanced(by: 1), chain: 9)
        #expect(throws: WireError.self, "another chain") {
            try RecordBatch(verifying: built.bytes, after: Self.start, chain: 10)
        }
        #expect(throws: WireError.self, "a gap before it (ZOOKEEPER-4925)") {
            try RecordBatch(verifying: built.bytes, after: Zxid(epoch: 2, counter: 4), chain: 9)
        }
        #expect(throws: WireError.self, "the same zxid twice") {
            try RecordBatch(verifying: built.bytes, after: Zxid(epoch: 2, counter: 6), chain: 9)
        }
    }

    @Test func anOversizedLengthIsRefusedBeforeItIsBelieved() {
        var bytes = Array(Self.batch([[1]], first: Self.start.advanced(by: 1), chain: 0).bytes)
        bytes[4] = 0x7f
        #expect(throws: WireError.self) {
            try bytes.withUnsafeBytes { try RecordBatch(verifying: $0, after: Self.start, chain: 0) }
        }
    }
}

@Suite struct ZxidTests {
    @Test func whatMayFollow() {
        let zxid = Zxid(epoch: 2, counter: 5)
        #expect(zxid.mayBeFollowed(by: Zxid(epoch: 2, counter: 6)))
        #expect(zxid.mayBeFollowed(by: Zxid(epoch: 3, counter: 1)))
        #expect(zxid.mayBeFollowed(by: Zxid(epoch: 9, counter: 1)))
        #expect(!zxid.mayBeFollowed(by: Zxid(epoch: 2, counter: 7)))
        #expect(!zxid.mayBeFollowed(by: Zxid(epoch: 3, counter: 2)))
        #expect(!zxid.mayBeFollowed(by: Zxid(epoch: 1, counter: 1)))
        #expect(!Zxid(epoch: 2, counter: .max).mayBeFollowed(by: Zxid(epoch: 2, counter: 0)))
    }
}
