import CPlatform
import Zab

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
        guard alignment >= SegmentFormat.sector, alignment <= SegmentFormat.alignmentMax,
            alignment & (alignment - 1) == 0
        else { return nil }
        count = Int(bytes.get(UInt32.self, at: 4))
        self.segment = segment
        sequence = bytes.get(UInt64.self, at: 16)
        guard sequence <= SegmentFormat.sequenceMax else { return nil }
        durable = bytes.get(UInt64.self, at: 24)
        committed = Zxid(rawValue: bytes.get(UInt64.self, at: 32))
        self.alignment = alignment
    }

    init(
        count: Int,
        segment: UInt64,
        sequence: UInt64,
        durable: UInt64,
        committed: Zxid,
        alignment: Int = SegmentFormat.sector
    ) {
        self.count = count
        self.segment = segment
        self.sequence = sequence
        self.durable = durable
        self.committed = committed
        self.alignment = alignment
    }

    /// True if a header of that segment seems to have been written here, be it damaged.
    static func mayBegin(_ bytes: UnsafeRawBufferPointer, segment: UInt64) -> Bool {
        bytes.count >= size && bytes.get(UInt32.self, at: 0) == magic
            && (bytes.get(UInt64.self, at: 8) == segment || PlantedBug.staleRecordRead.isPlanted)
    }

    func recordsEnd(from offset: Int) -> Int { offset + Self.size + count }
    func end(from offset: Int) -> Int { SegmentFormat.aligned(recordsEnd(from: offset), to: alignment) }
}
