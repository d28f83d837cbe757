import CPlatform
import Zab

/// The log's files.
///
/// ## What a file holds
///
///     0      identity   512 bytes   written and synced before the file gets the name `log.<sequence>`; never changed
///     512    start     3584 bytes   written when the segment is started, with or before its first group
///     4096   groups                 each from a 512-byte boundary: header, records, zeros up to the next boundary
///
/// A *group* is what one `append` wrote and one sync made durable. Its records are the very bytes of the peer link.
/// Everything is big-endian. Each part ends in a CRC-32C of itself, so every byte from the start of a file to the end
/// of its last group is covered: by the identity's checksum, the start's, a group header's, a record's, or by having
/// to be zero (padding).
///
/// ## What each field is for
///
/// - *segment sequence* (identity, start, group header): never used twice. A recycled file keeps the groups of its
///   former life until they are overwritten; they carry another sequence, so they never pass. It stays unique
///   because the segment with the highest sequence is removed only after one with a higher sequence is durable.
/// - *previous* (start): the segment whose records come before this one's. Following these links from the newest
///   segment gives the log. A link to a file that is missing, while files with smaller sequences are there, is a hole:
///   corruption. (`trim` removes from the oldest on, each removal durable before the next.)
/// - *after*, *chain* (start): the zxid and the checksum of the record before the segment's first. The previous
///   segment's records up to `after` count; whatever it holds beyond is void.
/// - *group sequence*, *durable* (group header): groups are numbered through. `durable` is the newest group that was
///   known to be synced when this one was written. It tells a torn tail from a corrupt middle: a bad group with a
///   later one that knows it to be durable has been damaged. Without such a witness it never was acknowledged.
/// - *committed*: the newest zxid known to be committed, so that recovery applies that much without a leader.
///
/// ## What is assumed
///
/// The list at `Disk`, and that the checksum does not lie. 512-byte alignment of groups means that no sector ever holds
/// bytes of two groups: writing a group never touches a sector of a durable one.
///
/// ## What a crash can leave
///
/// - *While a group is written or synced*: some of its sectors. The group has not been acknowledged. Its records up to
///   the first bad one are valid (checksum, chain) and are kept; the rest is cut.
/// - *While several groups wait for one sync*: a bad group, then a good one, neither known as durable by any header.
///   Cut from the bad one on. The good one must not come back: the cut is made permanent before anything is appended.
/// - *On a roll*: the full segment is synced before the next one's start is written. So a segment that has a successor
///   is durable to its end, and a bad record in it is corruption. If the start or the first group did not make it, the
///   new file counts as never started.
/// - *While a segment is prepared*: a file `new.<sequence>` or `recycle.<sequence>`: removed, or prepared again. Its
///   old name is durably gone before it is overwritten, its new one given only after the identity is synced.
/// - *In `truncate`*: one write decides. The start of a new segment, kind `cut`, names the last record that counts. If
///   it is not whole after the crash, the old log is there, untouched. If it is, the log is cut, and recovery finishes
///   what is left to do: shorten the segment that holds the cut, remove those after it.
/// - *In `reset`*: the same with kind `origin`, which voids every older segment.
/// - *In `trim`*: some of the oldest segments are still there. Harmless.
///
/// ## What cannot be told
///
/// Damage to the very last group looks like a torn write of it, and a start of a segment with only one group in it
/// like one that was never written. No local log can tell these apart; the epoch files and the quorum limit the harm.
enum SegmentFormat {
    static let sector = 512
    static let identitySize = 512
    static let startSize = 3584
    static let headerSize = identitySize + startSize
    static let version: UInt32 = 1

    @inline(__always)
    static func aligned(_ offset: Int, to alignment: Int = sector) -> Int {
        (offset + alignment - 1) & ~(alignment - 1)
    }

    static func hexadecimal(_ value: UInt64) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// The number in `<prefix>.<16 hexadecimal digits>`; nil for any other name.
    static func sequence(in name: String, prefix: String) -> UInt64? {
        guard name.hasPrefix(prefix + ".") else { return nil }
        let digits = name.utf8.dropFirst(prefix.utf8.count + 1)
        guard digits.count == 16 else { return nil }
        var value: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = value << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = value << 4 | UInt64(digit - UInt8(ascii: "a") + 10)
            default: return nil
            }
        }
        return value
    }
}

/// The prefixes of the names in a log directory.
enum SegmentName {
    static let live = "log"
    static let recycled = "recycle"
    static let new = "new"

    static func make(_ prefix: String, _ sequence: UInt64) -> String {
        prefix + "." + SegmentFormat.hexadecimal(sequence)
    }
}

/// Big-endian fields at fixed places.
extension UnsafeMutableRawPointer {
    @inline(__always)
    func put<T: FixedWidthInteger>(_ value: T, at offset: Int) {
        storeBytes(of: value.bigEndian, toByteOffset: offset, as: T.self)
    }
}

extension UnsafeRawBufferPointer {
    @inline(__always)
    func get<T: FixedWidthInteger & BitwiseCopyable>(_ type: T.Type, at offset: Int) -> T {
        T(bigEndian: loadUnaligned(fromByteOffset: offset, as: T.self))
    }

    var isBlank: Bool { allSatisfy { $0 == 0 } }
}

/// Bytes 0..<512 of a segment: which segment this file is.
struct SegmentIdentity: Hashable, Sendable {
    static let magic: UInt64 = 0x5A42_4C4F_4753_4547  // "ZBLOGSEG"
    static let flagRecycled: UInt32 = 1

    var sequence: UInt64
    /// True if what follows the start may be another segment's old groups, not zeros.
    var isRecycled: Bool

    func write(to base: UnsafeMutableRawPointer) {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: SegmentFormat.identitySize)
        base.put(Self.magic, at: 0)
        base.put(SegmentFormat.version, at: 8)
        base.put(UInt32(SegmentFormat.headerSize), at: 12)
        base.put(sequence, at: 16)
        base.put(isRecycled ? Self.flagRecycled : 0, at: 24)
        base.put(zb_crc32c(0, base, 508), at: 508)
    }

    /// Why the bytes are no identity.
    enum Flaw: Error { case damaged, version(UInt32) }

    init(sequence: UInt64, isRecycled: Bool) {
        self.sequence = sequence
        self.isRecycled = isRecycled
    }

    init(reading bytes: UnsafeRawBufferPointer) throws(Flaw) {
        guard bytes.count >= SegmentFormat.identitySize, bytes.get(UInt64.self, at: 0) == Self.magic,
            bytes.get(UInt32.self, at: 508) == zb_crc32c(0, bytes.baseAddress, 508)
        else { throw .damaged }
        let version = bytes.get(UInt32.self, at: 8)
        guard version == SegmentFormat.version else { throw .version(version) }
        sequence = bytes.get(UInt64.self, at: 16)
        isRecycled = bytes.get(UInt32.self, at: 24) & Self.flagRecycled != 0
    }
}

/// Bytes 512..<4096 of a segment: where in the history it begins.
struct SegmentStart: Hashable, Sendable {
    static let magic: UInt64 = 0x5A42_4C4F_4753_5441  // "ZBLOGSTA"

    enum Kind: UInt32, Sendable {
        /// Goes on where the previous segment is full.
        case continuation = 1
        /// Everything after `after` in older segments is void.
        case cut = 2
        /// Everything older is void.
        case origin = 3
    }

    var kind: Kind
    var sequence: UInt64
    /// The segment that holds the records before; 0 for an origin.
    var previous: UInt64
    var after: Zxid
    var chain: UInt32
    var firstGroup: UInt64
    var committed: Zxid

    func write(to base: UnsafeMutableRawPointer) {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: SegmentFormat.startSize)
        base.put(Self.magic, at: 0)
        base.put(kind.rawValue, at: 8)
        base.put(chain, at: 12)
        base.put(sequence, at: 16)
        base.put(previous, at: 24)
        base.put(after.rawValue, at: 32)
        base.put(firstGroup, at: 40)
        base.put(committed.rawValue, at: 48)
        base.put(zb_crc32c(0, base, SegmentFormat.startSize - 4), at: SegmentFormat.startSize - 4)
    }

    /// Nil if the bytes are no start of the segment `sequence`.
    init?(reading bytes: UnsafeRawBufferPointer, sequence: UInt64) {
        let size = SegmentFormat.startSize
        guard bytes.count >= size, bytes.get(UInt64.self, at: 0) == Self.magic,
            bytes.get(UInt32.self, at: size - 4) == zb_crc32c(0, bytes.baseAddress, size - 4),
            bytes.get(UInt64.self, at: 16) == sequence, let kind = Kind(rawValue: bytes.get(UInt32.self, at: 8))
        else { return nil }
        self.kind = kind
        self.sequence = sequence
        chain = bytes.get(UInt32.self, at: 12)
        previous = bytes.get(UInt64.self, at: 24)
        after = Zxid(rawValue: bytes.get(UInt64.self, at: 32))
        firstGroup = bytes.get(UInt64.self, at: 40)
        committed = Zxid(rawValue: bytes.get(UInt64.self, at: 48))
    }

    init(
        kind: Kind, sequence: UInt64, previous: UInt64, after: Zxid, chain: UInt32, firstGroup: UInt64,
        committed: Zxid
    ) {
        self.kind = kind
        self.sequence = sequence
        self.previous = previous
        self.after = after
        self.chain = chain
        self.firstGroup = firstGroup
        self.committed = committed
    }
}

/// Before the records of one group:
///
///     magic: u32 | count: u32 | segment: u64 | sequence: u64 | durable: u64 | committed: u64 | alignment: u32 | crc: u32
struct GroupHeader: Hashable, Sendable {
    static let size = 48
    static let magic: UInt32 = 0x5A42_4752  // "ZBGR"

    /// Bytes of records.
    var count: Int
    var segment: UInt64
    var sequence: UInt64
    var durable: UInt64
    var committed: Zxid
    /// The next group begins at the next multiple of this.
    var alignment = SegmentFormat.sector

    func write(to base: UnsafeMutableRawPointer) {
        base.put(Self.magic, at: 0)
        base.put(UInt32(count), at: 4)
        base.put(segment, at: 8)
        base.put(sequence, at: 16)
        base.put(durable, at: 24)
        base.put(committed.rawValue, at: 32)
        base.put(UInt32(alignment), at: 40)
        base.put(zb_crc32c(0, base, 44), at: 44)
    }

    /// Nil if the bytes are no header of a group of that segment.
    init?(reading bytes: UnsafeRawBufferPointer, segment: UInt64) {
        guard Self.mayBegin(bytes, segment: segment),
            bytes.get(UInt32.self, at: 44) == zb_crc32c(0, bytes.baseAddress, 44)
        else { return nil }
        let alignment = Int(bytes.get(UInt32.self, at: 40))
        guard alignment >= SegmentFormat.sector, alignment & (alignment - 1) == 0 else { return nil }
        count = Int(bytes.get(UInt32.self, at: 4))
        self.segment = segment
        sequence = bytes.get(UInt64.self, at: 16)
        durable = bytes.get(UInt64.self, at: 24)
        committed = Zxid(rawValue: bytes.get(UInt64.self, at: 32))
        self.alignment = alignment
    }

    init(count: Int, segment: UInt64, sequence: UInt64, durable: UInt64, committed: Zxid) {
        self.count = count
        self.segment = segment
        self.sequence = sequence
        self.durable = durable
        self.committed = committed
    }

    /// True if a header of that segment seems to have been written here, be it damaged.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer, segment: UInt64) -> Bool {
        bytes.count >= size && bytes.get(UInt32.self, at: 0) == magic && bytes.get(UInt64.self, at: 8) == segment
    }

    func recordsEnd(from offset: Int) -> Int { offset + Self.size + count }
    func end(from offset: Int) -> Int { SegmentFormat.aligned(recordsEnd(from: offset), to: alignment) }
}
