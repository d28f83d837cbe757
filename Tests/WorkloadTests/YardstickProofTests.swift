import CYardstick
import Foundation
import TestSupport
import Testing

@testable import Workload

/// A yardstick's logs held against what was acknowledged: logs as its servers write them, and logs that lack something.
@Suite struct YardstickProofTests {
    /// Few records fill a log, so that it is used round and round.
    private static let shape = YardstickShape(payloadBytes: 1_000_000, keys: 7, seed: 42)
    private static let small = YardstickShape(payloadBytes: 20, keys: 1000, seed: 3)
    private let folder = TemporaryFolder()

    /// The log of a server that has had the writes 1 to `last`.
    private func log(_ name: String, _ shape: YardstickShape, last: UInt64, without: Set<UInt64> = []) throws -> String
    {
        let bytes = yardstick_record_bytes(UInt32(shape.payloadBytes))
        let records = yardstick_log_records(shape.inC)
        var file = [UInt8](repeating: 0, count: Int(min(records, last)) * bytes)
        var record = [UInt8](repeating: 0, count: bytes)
        yardstick_make_record(shape.inC, 1, &record)
        var checksum: UInt32 = 0
        for sequence in 1...last {
            checksum = yardstick_chain(shape.inC, checksum, sequence, sequence)
            guard !without.contains(sequence) else { continue }
            yardstick_set_sequence(shape.inC, sequence, &record)
            withUnsafeBytes(of: checksum) { record.replaceSubrange(0..<4, with: $0) }
            let place = Int((sequence - 1) % records) * bytes
            file.replaceSubrange(place..<place + bytes, with: record)
        }
        try folder.write(file, name)
        return folder.path(of: name)
    }

    private func verify(_ logs: [String], _ shape: YardstickShape = small, last: UInt64, sent: UInt64? = nil)
        -> Verification
    {
        let writes = YardstickWrites(shape: shape, acknowledged: last, sent: sent ?? last, reordered: 0)
        return YardstickProof.verify(writes, logs: logs)
    }

    @Test func whatAQuorumHasIsProven() throws {
        let logs = try ["1", "2", "3"].map { try log($0, Self.small, last: 100) }
        let found = verify(logs, last: 100)
        #expect(found.isProven && found.acknowledgedVerified == 100 && found.quorum == 2, "\(found)")
        // A third that is behind, or gone, is what a quorum is for.
        let behind = try log("b", Self.small, last: 90)
        #expect(verify([logs[0], logs[1], behind], last: 100).isProven)
        #expect(verify([logs[0], logs[1], folder.path(of: "none")], last: 100).isProven)
        // What was sent and not acknowledged may be there or not.
        let more = verify(logs, last: 95, sent: 100)
        #expect(more.isProven && more.ambiguous == 5 && more.acknowledgedVerified == 95)
    }

    @Test func aLogThatWasCutShortIsALoss() throws {
        let whole = try log("1", Self.small, last: 100)
        let cut = try ["2", "3"].map { try log($0, Self.small, last: 100) }
        for path in cut { #expect(truncate(path, Int(yardstick_record_bytes(20)) * 99) == 0) }
        let found = verify([whole] + cut, last: 100)
        #expect(!found.isProven && found.lost == 1, "\(found)")
        #expect(found.complaint?.contains("write 100 on the yardstick: expected on 2 of 3 logs, found on 1") == true)
        #expect(verify([whole, cut[0]], last: 100).lost == 1)
        #expect(verify([folder.path(of: "none"), folder.path(of: "neither"), whole], last: 100).isProven == false)
    }

    /// Each on another server is on a quorum; both on the same two are not.
    @Test func writesThatWereLeftOutAreCounted() throws {
        let one = try log("1", Self.small, last: 50, without: [7])
        let other = try log("2", Self.small, last: 50, without: [9, 11])
        let third = try log("3", Self.small, last: 50)
        #expect(verify([one, other, third], last: 50).isProven)
        let found = verify([one, try log("4", Self.small, last: 50, without: [7, 8])], last: 50)
        #expect(found.lost == 2 && found.acknowledgedVerified == 48)
    }

    @Test(arguments: [4, 8, 40]) func aChangedByteIsFound(place: Int) throws {
        let logs = try ["1", "2", "3"].map { try log($0, Self.small, last: 30) }
        for name in ["2", "3"] {
            var bytes = try folder.read(name)
            bytes[12 * yardstick_record_bytes(20) + place % yardstick_record_bytes(20)] ^= 1
            try folder.write(bytes, name)
        }
        #expect(verify(logs, last: 30).lost == 1)
    }

    @Test func twoWritesInTheOtherOrderAreFound() throws {
        let logs = try ["1", "2", "3"].map { try log($0, Self.small, last: 30) }
        let bytes = yardstick_record_bytes(20)
        for name in ["2", "3"] {
            let file = try folder.read(name)
            let (fifth, sixth) = (file[4 * bytes..<5 * bytes], file[5 * bytes..<6 * bytes])
            try folder.write(file[..<(4 * bytes)] + sixth + fifth + file[(6 * bytes)...], name)
        }
        #expect(verify(logs, last: 30).lost == 2)
    }

    /// The newest 64 MiB are there; what was before is in their checksums.
    @Test func aLogIsUsedRoundAndRound() throws {
        let records = yardstick_log_records(Self.shape.inC)
        #expect(records == 67)
        let last = records + 5
        let good = try log("1", Self.shape, last: last)
        #expect(verify([good, good, good], Self.shape, last: last).isProven)
        // The place of write 5 is that of write 72.
        let stale = try log("2", Self.shape, last: last, without: [last])
        let found = verify([stale, stale, good], Self.shape, last: last)
        #expect(found.lost == 1 && found.acknowledgedVerified == Int(last) - 1, "\(found)")
        // Another history before, and nothing of it counts.
        var other = Self.shape
        other.seed = 43
        let foreign = try log("3", other, last: last)
        #expect(verify([foreign, foreign, good], Self.shape, last: last).acknowledgedVerified == 0)
    }

    @Test func writesChooseAmongAllKeys() {
        var record = [UInt8](repeating: 0, count: yardstick_record_bytes(20))
        var keys: Set<UInt32> = []
        for sequence in UInt64(1)...10_000 {
            yardstick_set_sequence(Self.small.inC, sequence, &record)
            keys.insert(record.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 4, as: UInt32.self) })
        }
        #expect(keys.count == 1000 && keys.max() == 999)
    }
}
