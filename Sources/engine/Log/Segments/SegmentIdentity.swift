import CPlatform

/// How each file of a log begins, for who is given a folder and asks whose it is.
public enum SegmentMark {
    public static let text = "ZBLOGSEG"
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
