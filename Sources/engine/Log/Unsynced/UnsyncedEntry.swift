import CPlatform
import Glibc

/// One change that was not synced when it was noted, as it stands in an `UnsyncedJournal`: what to put back in order to
/// take it back.
///
/// ```
/// 0  magic "ZBUJ"          4
/// 4  state                 4   1 live, 2 synced; not under the checksum, and only its last byte ever changes
/// 8  CRC-32C               4   of everything after it
/// 12 kind                  4
/// 16 bytes of the entry    8
/// 24 inode                 8
/// 32 offset                8
/// 40 count                 8   of a write; the new size otherwise
/// 48 size before           8   of the file
/// 56 inode replaced        8   0 for none
/// 64 bytes of the name     4
/// 68 bytes of the other    4
/// 72 bytes overwritten     8
/// 80 name, other name, bytes overwritten
/// ```
struct UnsyncedEntry {
    enum Kind: UInt32 {
        /// The bytes overwritten are those from `offset` that the file had, fewer than `count` at its end.
        case write = 1
        /// A change of the size; the bytes overwritten are those that were cut off.
        case resize
        /// The file is durably at least `count` bytes long, though changes before it are not durable.
        case floor
        /// A name was made.
        case link
        case unlink
        case rename
    }

    static let headerSize = 80
    static let magic: UInt32 = 0x5A42_554A
    static let (live, synced): (UInt8, UInt8) = (1, 2)
    /// Where the byte of the state is that changes.
    static let stateOffset = 7

    var kind: Kind
    var inode: UInt64 = 0
    var offset = 0
    var count = 0
    var sizeBefore = 0
    var replaced: UInt64 = 0
    var name = ""
    var otherName = ""
    /// Bytes that were overwritten.
    var oldCount = 0

    // Where it stands.
    var place = 0
    var isLive = true

    var isOfName: Bool {
        switch kind {
        case .link, .unlink, .rename: true
        case .write, .resize, .floor: false
        }
    }

    var nameBytes: Int { name.utf8.count + otherName.utf8.count }
    var length: Int { Self.headerSize + nameBytes + oldCount }

    /// Writes it, all but the bytes overwritten, which are behind it already.
    func write(to base: UnsafeMutableRawPointer) {
        base.put(Self.magic, at: 0)
        base.put(UInt32(Self.live), at: 4)
        base.put(kind.rawValue, at: 12)
        base.put(UInt64(length), at: 16)
        base.put(inode, at: 24)
        base.put(UInt64(offset), at: 32)
        base.put(UInt64(count), at: 40)
        base.put(UInt64(sizeBefore), at: 48)
        base.put(replaced, at: 56)
        base.put(UInt32(name.utf8.count), at: 64)
        base.put(UInt32(otherName.utf8.count), at: 68)
        base.put(UInt64(oldCount), at: 72)
        for (index, byte) in (Array(name.utf8) + Array(otherName.utf8)).enumerated() {
            base.put(byte, at: Self.headerSize + index)
        }
        base.put(zb_crc32c(0, base + 12, length - 12), at: 8)
    }

    /// Nil for what is no whole entry: the journal ends there, since it was being written when its server was killed.
    init?(_ bytes: UnsafeRawBufferPointer) {
        guard let length = Self.length(bytes), length == bytes.count,
            bytes.get(UInt32.self, at: 8) == zb_crc32c(0, bytes.baseAddress! + 12, length - 12),
            let kind = Kind(rawValue: bytes.get(UInt32.self, at: 12))
        else { return nil }
        let nameEnd = Self.headerSize + Int(bytes.get(UInt32.self, at: 64))
        let otherEnd = nameEnd + Int(bytes.get(UInt32.self, at: 68))
        oldCount = Int(bytes.get(UInt64.self, at: 72))
        guard otherEnd + oldCount == length else { return nil }
        self.kind = kind
        inode = bytes.get(UInt64.self, at: 24)
        offset = Int(bytes.get(UInt64.self, at: 32))
        count = Int(bytes.get(UInt64.self, at: 40))
        sizeBefore = Int(bytes.get(UInt64.self, at: 48))
        replaced = bytes.get(UInt64.self, at: 56)
        name = String(decoding: bytes[Self.headerSize..<nameEnd], as: UTF8.self)
        otherName = String(decoding: bytes[nameEnd..<otherEnd], as: UTF8.self)
        isLive = bytes[Self.stateOffset] == Self.live
    }

    init(_ kind: Kind) { self.kind = kind }

    /// How long the entry that begins here says it is; nil if none does.
    static func length(_ bytes: UnsafeRawBufferPointer) -> Int? {
        guard bytes.count >= headerSize, bytes.get(UInt32.self, at: 0) == magic else { return nil }
        return Int(exactly: bytes.get(UInt64.self, at: 16)).flatMap { $0 >= headerSize ? $0 : nil }
    }
}
