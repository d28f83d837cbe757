import Log
import TestSupport
import Testing
import Wire
import Zab

/// Every byte of real files, cut off or flipped.
@Suite struct ByteTests {
    private let folder = TemporaryFolder()
    private let options = LogOptions(segmentSize: 16384, recycledMax: 1)

    private func open() throws -> TransactionLog<PosixDisk> {
        try .open(folder.path, on: PosixDisk(), options: options)
    }

    /// One group per inner array. Returns the items, group by group.
    @discardableResult
    private func write(_ log: TransactionLog<PosixDisk>, groups: [Int], epoch: Epoch = 1) throws -> [[Item]] {
        try groups.map { count in
            let first = log.last.epoch == epoch ? log.last.counter + 1 : 1
            let zxids = (0..<UInt32(count)).map { Zxid(epoch: epoch, counter: first + $0) }
            let batch = RecordBatch.make(zxids, chain: log.chain)
            try log.append([batch], committed: log.last)
            try log.sync()
            return batch.items
        }
    }

    /// The newest file that has been started, and where its last group begins.
    private func lastGroup() throws -> (name: String, bytes: [UInt8], offset: Int) {
        let names = folder.names.filter { $0.hasPrefix("log.") }
        for name in names.reversed() {
            let bytes = try folder.read(name)
            if let offset = groupOffsets(in: bytes).last { return (name, bytes, offset) }
        }
        Issue.record("no group in \(names)")
        return ("", [], 0)
    }

    private func groupOffsets(in bytes: [UInt8]) -> [Int] {
        stride(from: 4096, to: bytes.count, by: 512).filter { bytes[$0..<($0 + 4)] == [0x5A, 0x42, 0x47, 0x52] }
    }

    @Test func cutOffAnywhereInTheLastGroupsWhatIsBeforeIsIntact() throws {
        let groups = try write(open(), groups: [2, 3, 1, 3])
        let before = groups.dropLast().flatMap(\.self)
        let all = groups.flatMap(\.self)
        let files = try folder.names.map { ($0, try folder.read($0)) }
        let (name, bytes, offset) = try lastGroup()
        let recordSize = 16 + 40
        // Every byte of header and records, and some of the padding.
        for end in offset...(offset + 512) where end < offset + 220 || end % 24 == 0 {
            for (other, content) in files { try folder.write(content, other) }
            try folder.write(Array(bytes[..<end]), name)
            let log = try open()
            let whole = max(0, min(3, (end - offset - 48) / recordSize))
            #expect(try log.items() == Array(all[..<(before.count + whole)]), "cut at \(end)")
            if end % 8 == 0 {
                let reopened = try open()
                #expect(try reopened.items().count == before.count + whole && reopened.recovered.removals.isEmpty)
                try write(reopened, groups: [1], epoch: 2)
                #expect(try open().last == Zxid(epoch: 2, counter: 1))
            }
            for left in folder.names where !files.contains(where: { $0.0 == left }) {
                try PosixDisk().remove(folder.path + "/" + left)
            }
        }
    }

    @Test func anyByteFlippedInTheLastGroupCutsItsRecordsAndNoneBefore() throws {
        let groups = try write(open(), groups: [2, 3, 1, 3])
        let before = groups.dropLast().flatMap(\.self)
        let all = groups.flatMap(\.self)
        let files = try folder.names.map { ($0, try folder.read($0)) }
        let (name, bytes, offset) = try lastGroup()
        for place in offset..<(offset + 512) where place < offset + 220 || place % 8 == 0 {
            for left in folder.names { try PosixDisk().remove(folder.path + "/" + left) }
            for (other, content) in files { try folder.write(content, other) }
            var flipped = bytes
            flipped[place] ^= 0x10
            try folder.write(flipped, name)
            let log = try open()
            let good = place < offset + 48 ? 0 : min(3, (place - offset - 48) / 56)
            #expect(try log.items() == Array(all[..<(before.count + good)]), "byte \(place)")
            #expect(!log.recovered.removals.isEmpty, "byte \(place)")
        }
    }

    /// Every byte from the first to the end of the last group but one is covered by some checksum.
    @Test func anyByteFlippedBeforeIsRefusedWithFileAndOffset() throws {
        // Several segments, then a few groups.
        try write(open(), groups: [60, 60, 60, 60, 60, 60, 2, 2])
        let files = try folder.names.map { ($0, try folder.read($0)) }
        let (last, _, end) = try lastGroup()
        var seen = 0
        for (name, bytes) in files where name.hasPrefix("log.") && name <= last {
            let limit = name == last ? end : groupsEnd(of: bytes)
            #expect(limit > 4096)
            // All of the header and the groups' first bytes, and a sample of the rest.
            for place in 0..<limit
            where place < 64 || (500..<600).contains(place) || place % 197 == 0 || place == limit - 1 {
                var flipped = bytes
                flipped[place] ^= 0x01
                try folder.write(flipped, name)
                let corruption = corruption { _ = try open() }
                #expect(
                    corruption?.path.hasSuffix(name) == true,
                    "\(name) byte \(place): \(String(describing: corruption))"
                )
                #expect(corruption.map { $0.offset <= place } == true, "\(name) byte \(place)")
                seen += 1
            }
            try folder.write(bytes, name)
            #expect(try open().last.counter == 364)
        }
        #expect(seen > 250)
    }

    private func groupsEnd(of bytes: [UInt8]) -> Int {
        let last = groupOffsets(in: bytes).last!
        let count = bytes[(last + 4)..<(last + 8)].reduce(0) { $0 << 8 | Int($1) }
        return (last + 48 + count + 511) / 512 * 512
    }

    @Test func aMissingSegmentIsAHole() throws {
        try write(open(), groups: [60, 60, 60, 60, 60, 60, 60, 60])
        let names = folder.names.filter { $0.hasPrefix("log.") }
        #expect(names.count >= 3)
        try PosixDisk().remove(folder.path + "/" + names[1])
        #expect(corruption { _ = try open() }?.path.hasSuffix(names[1]) == true)
    }

    @Test func whatARecycledFileHoldsNeverComesBack() throws {
        var log = try open()
        // The first files fill with old groups, and are recycled.
        try write(log, groups: [60, 60, 60, 60, 60, 60, 60, 60, 60, 60])
        try log.trim(keepingAfter: log.last)
        #expect(folder.names.contains { $0.hasPrefix("recycle.") })
        var expected = Array(try log.items())
        for round in 0..<4 {
            // Each time the log is opened it goes on in a new segment, with old groups behind the new ones.
            log = try open()
            #expect(try log.items() == expected, "round \(round)")
            expected += try write(log, groups: [5]).flatMap(\.self)
        }
        let recycled = try folder.names.filter { $0.hasPrefix("log.") }.filter { try folder.read($0)[27] == 1 }
        #expect(!recycled.isEmpty)
        log = try open()
        #expect(try log.items() == expected && log.recovered.removals.isEmpty)
    }

    /// The worst case: what was cut is in a recycled file that goes on from the very place of the cut.
    @Test func whatWasTruncatedNeverComesBack() throws {
        var log = try open()
        let kept = try write(log, groups: [60, 60, 60]).flatMap(\.self)
        let mark = log.last
        let again = try write(log, groups: [60, 60, 60, 60])
        try log.truncate(after: mark)
        #expect(try log.items() == kept)
        // The same records again, so that the chain of the old ones would fit; then a crash.
        let batch = RecordBatch.make(again[0].map(\.zxid), chain: log.chain)
        #expect(batch.items == again[0])
        try log.append([batch], committed: mark)
        try log.sync()
        log = try open()
        #expect(try log.items() == kept + again[0])
        #expect(log.recovered.history == HistorySummary(base: .zero, epochEnds: [Zxid(epoch: 1, counter: 240)]))
    }
}
