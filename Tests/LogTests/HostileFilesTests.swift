import Log
import TestSupport
import Testing
import Wire
import Zab

/// Files whose checksums are right and that say what no log wrote: found by fuzzing. Each once trapped, or was followed
/// for ever.
@Suite struct HostileFilesTests {
    private let folder = TemporaryFolder()
    private let options = LogOptions(segmentSize: 16384, recycledMax: 1)

    private func open() throws -> TransactionLog<PosixDisk> {
        try .open(folder.path, on: PosixDisk(), options: options)
    }

    /// A log of one group; returns its file's name.
    private func write() throws -> String {
        let log = try open()
        try log.append([RecordBatch.make([Zxid(epoch: 1, counter: 1)], chain: log.chain)], committed: .zero)
        try log.sync()
        return try #require(folder.names.first { $0.hasPrefix("log.") })
    }

    /// CRC-32C of a part of the bytes. A record's checksum is that of what follows its first four bytes.
    private func checksum(_ bytes: [UInt8], _ range: Range<Int>) -> UInt32 {
        let record = [0, 0, 0, 0] + bytes[range]
        return record.withUnsafeBytes { RecordLayout.checksum(of: $0.baseAddress!, count: $0.count, chain: 0) }
    }

    private func put<T: FixedWidthInteger>(_ value: T, _ bytes: inout [UInt8], at offset: Int) {
        withUnsafeBytes(of: value.bigEndian) { bytes.replaceSubrange(offset..<(offset + $0.count), with: $0) }
    }

    /// Changes a field of the start, a group's header or the identity, puts the checksum right, and opens the log.
    private func openWith(_ value: UInt64, at offset: Int, part: Range<Int>) throws {
        let name = try write()
        var bytes = try folder.read(name)
        put(value, &bytes, at: offset)
        put(checksum(bytes, part), &bytes, at: part.upperBound)
        try folder.write(bytes, name)
        _ = try open()
    }

    private static let start = 512..<4092
    private static let header = 4096..<4140

    @Test func aStartThatFollowsItselfIsCorrupt() throws {
        let name = try write()
        var bytes = try folder.read(name)
        put(UInt32(1), &bytes, at: 512 + 8)
        // The sequence of its own identity.
        bytes.replaceSubrange((512 + 24)..<(512 + 32), with: bytes[16..<24])
        put(checksum(bytes, Self.start), &bytes, at: Self.start.upperBound)
        try folder.write(bytes, name)
        #expect(throws: LogError.self) { try open() }
    }

    @Test(arguments: [0, UInt64.max]) func aStartWithAnImpossibleGroupIsCorrupt(group: UInt64) {
        #expect(throws: LogError.self) { try openWith(group, at: 512 + 40, part: Self.start) }
    }

    /// Two MiB of padding, in a file that is long enough for it, were more than the reader's window.
    @Test func aGroupWithAnImpossibleAlignmentIsNone() throws {
        let name = try write()
        var bytes = try folder.read(name)
        put(UInt32(2 << 20), &bytes, at: 4096 + 40)
        put(checksum(bytes, Self.header), &bytes, at: Self.header.upperBound)
        try folder.write(bytes + [UInt8](repeating: 0, count: 4 << 20), name)
        #expect(try open().last == .zero)
    }

    @Test func aFileWithAnImpossibleSequenceIsCorrupt() throws {
        let name = try write()
        try folder.write(try folder.read(name), "log.ffffffffffffffff")
        #expect(throws: LogError.self) { try open() }
    }
}
