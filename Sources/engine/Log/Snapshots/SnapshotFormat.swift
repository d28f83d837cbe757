import CPlatform
import Zab

/// A snapshot's file: `snapshot.<zxid>`, everything big-endian.
///
///     header    64 bytes   magic u64 | version u32 | chain u32 | zxid u64 | ensemble u64 | zeros | crc u32
///     chunk     count u32 | crc u32 | `count` bytes        any number, each of 1...256 KiB
///     trailer   u32 max | crc u32 | payload bytes u64 | chunks u64
///
/// `ensemble` is the identity (`Membership`), 0 if it was not confirmed then, or in an older version's file. `chain` is
/// the checksum of the log record at `zxid`: with it the log goes on after a snapshot alone. Each crc covers what it
/// stands beside and continues from the one before, from the header's on. So a chunk is good in one place of one file
/// only, and the trailer's crc is that of the whole file: a file is whole if and only if it ends in a good trailer.
///
/// The file is written as `snapshot.<zxid>.tmp`, synced, renamed, and the directory synced. So a crash leaves a
/// temporary file, which is removed, or a whole snapshot.
enum SnapshotFormat {
    static let magic: UInt64 = 0x5A42_534E_4150_3031  // "ZBSNAP01"
    static let version: UInt32 = 1
    static let headerSize = 64
    static let chunkHeaderSize = 8
    static let trailerSize = 24
    static let trailerMark = UInt32.max
    static let chunkMax = 256 << 10
    static let prefix = "snapshot"
    static let temporarySuffix = ".tmp"

    static func writeHeader(_ position: LogPosition, ensemble: UInt64, to base: UnsafeMutableRawPointer) -> UInt32 {
        base.initializeMemory(as: UInt8.self, repeating: 0, count: headerSize)
        base.put(magic, at: 0)
        base.put(version, at: 8)
        base.put(position.chain, at: 12)
        base.put(position.zxid.rawValue, at: 16)
        base.put(ensemble, at: 24)
        let checksum = zb_crc32c(0, base, headerSize - 4)
        base.put(checksum, at: headerSize - 4)
        return checksum
    }

    /// Nil if the bytes are no header.
    static func readHeader(_ bytes: UnsafeRawBufferPointer) -> (
        position: LogPosition, ensemble: UInt64, checksum: UInt32
    )? {
        guard bytes.count >= headerSize, bytes.get(UInt64.self, at: 0) == magic,
            bytes.get(UInt32.self, at: 8) == version
        else { return nil }
        let checksum = zb_crc32c(0, bytes.baseAddress, headerSize - 4)
        guard bytes.get(UInt32.self, at: headerSize - 4) == checksum else { return nil }
        let zxid = Zxid(rawValue: bytes.get(UInt64.self, at: 16))
        let position = LogPosition(zxid: zxid, chain: bytes.get(UInt32.self, at: 12))
        return (position, bytes.get(UInt64.self, at: 24), checksum)
    }

    /// The checksum of a chunk's count and bytes, continued from `seed`.
    static func checksum(_ seed: UInt32, count: UInt32, _ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var count = count.bigEndian
        return zb_crc32c(zb_crc32c(seed, &count, 4), bytes.baseAddress, bytes.count)
    }
}
