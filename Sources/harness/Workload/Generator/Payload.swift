import Randomness

/// What a write's data says about itself, so that the verifier can tell which write it finds.
///
///     session: UInt32 | key: UInt32 | sequence: UInt64 | write: UInt32 | filler        big-endian
///
/// `sequence` counts the session's setData from 1 over all its keys, `write` counts those of the key; both are 0 in the
/// data that a key is created with. A znode of the create load has the key `createdKey` and its number as the
/// sequence. The filler is the same in all writes of a run: bytes that do not compress.
public enum Payload {
    public static let headerSize = 20
    static let createdKey = UInt32.max

    @inline(__always)
    static func store(
        session: UInt32,
        key: UInt32,
        sequence: UInt64,
        write: UInt32,
        at place: UnsafeMutableRawPointer
    ) {
        place.storeBytes(of: session.bigEndian, as: UInt32.self)
        place.storeBytes(of: key.bigEndian, toByteOffset: 4, as: UInt32.self)
        place.storeBytes(of: sequence.bigEndian, toByteOffset: 8, as: UInt64.self)
        place.storeBytes(of: write.bigEndian, toByteOffset: 16, as: UInt32.self)
    }

    /// The filler of a run's payloads.
    static func filler(size: Int, seed: UInt64) -> [UInt8] {
        var generator = SplitMix64(seed: seed, stream: 0x4649_4c4c)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(size + 8)
        while bytes.count < size {
            withUnsafeBytes(of: generator.next().bigEndian) { bytes.append(contentsOf: $0) }
        }
        return Array(bytes.prefix(size))
    }

    /// What the start of a payload says; nil if it is too short for it.
    struct Header: Hashable, CustomStringConvertible {
        var session: UInt32
        var key: UInt32
        var sequence: UInt64
        var write: UInt32

        init?(_ bytes: UnsafeRawBufferPointer) {
            guard bytes.count >= Payload.headerSize else { return nil }
            session = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
            key = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            sequence = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            write = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 16, as: UInt32.self))
        }

        var description: String { "write \(write) of key \(key) by session \(session) (sequence \(sequence))" }
    }
}
