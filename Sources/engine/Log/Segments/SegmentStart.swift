import CPlatform
import Zab

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
    /// Of the ensemble, if it was confirmed when the segment was begun; 0 otherwise, and in older versions' files.
    var ensemble: UInt64 = 0

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
        base.put(ensemble, at: 56)
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
        ensemble = bytes.get(UInt64.self, at: 56)
    }

    init(
        kind: Kind,
        sequence: UInt64,
        previous: UInt64,
        after: Zxid,
        chain: UInt32,
        firstGroup: UInt64,
        committed: Zxid,
        ensemble: UInt64 = 0
    ) {
        self.kind = kind
        self.sequence = sequence
        self.previous = previous
        self.after = after
        self.chain = chain
        self.firstGroup = firstGroup
        self.committed = committed
        self.ensemble = ensemble
    }
}
