import Foundation
import Glibc
import Wire

/// One of ZooKeeper's transaction logs (`FileTxnLog`): `ZKLG`, version 2 and an id of the database, 16 bytes; then for each
/// transaction its Adler-32 in eight bytes, its length in four, TxnHeader and record, and a `B`. Behind the last one are
/// zeros, since the file is laid out beforehand.
struct ZooKeeperLogFile {
    static let magic: UInt32 = 0x5a4b_4c47
    /// The same as text.
    static let mark = "ZKLG"
    private static let version: UInt32 = 2
    private static let headerSize = 16
    private static let endOfRecord = UInt8(ascii: "B")

    /// Why a log was not read to its end.
    struct Damage: Error, Equatable, CustomStringConvertible {
        var path: String
        /// Where the transaction begins, bytes.
        var offset: Int
        var reason: String
        /// As a crash leaves the end of a log.
        var isTorn: Bool

        var description: String { "\(path): byte \(offset): \(reason)" }
    }

    let path: String

    /// Whether the file begins with the mark of a kind of log.
    static func begins(_ path: String, with mark: String = Self.mark) -> Bool {
        guard let file = FileHandle(forReadingAtPath: path) else { return false }
        defer { try? file.close() }
        return (try? file.read(upToCount: mark.utf8.count)).map { $0.elementsEqual(mark.utf8) } ?? false
    }

    /// Whether a crash has left the file before its header was whole.
    static func isCutInHeader(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_size < headerSize
    }

    /// Calls `body` with each whole transaction, in order.
    ///
    /// - Returns: what ended it before its end; nil if nothing did.
    /// - Throws: `UsageError` if the file cannot be read, or is none of ZooKeeper's.
    func forEachTransaction(_ body: (UnsafeRawBufferPointer) throws(WireError) -> Void) throws(UsageError) -> Damage? {
        let data: Data
        do {
            data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
        } catch {
            throw UsageError("\(path): it cannot be read; name a transaction log of ZooKeeper, or its folder")
        }
        let head = data.withUnsafeBytes { bytes -> (magic: UInt32, version: UInt32)? in
            guard bytes.count >= Self.headerSize else { return nil }
            return (
                UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self)),
                UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self))
            )
        }
        if head == nil, Self.isCutInHeader(path) {
            return Damage(path: path, offset: 0, reason: "its header is cut off", isTorn: true)
        }
        guard let head, head.magic == Self.magic else {
            throw UsageError("\(path): no transaction log of ZooKeeper, which begins with ZKLG")
        }
        guard head.version == Self.version else {
            throw UsageError("\(path): version \(head.version) of ZooKeeper's transaction log; only version 2 is known")
        }
        return data.withUnsafeBytes { read($0, body) }
    }

    private func read(
        _ bytes: UnsafeRawBufferPointer,
        _ body: (UnsafeRawBufferPointer) throws(WireError) -> Void
    ) -> Damage? {
        var offset = Self.headerSize
        func damage(_ reason: String, isTorn: Bool) -> Damage {
            Damage(path: path, offset: offset, reason: reason, isTorn: isTorn)
        }
        while bytes.count - offset >= 12 {
            let checksum = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            let length = Int(Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset + 8, as: Int32.self)))
            // What is laid out and not written yet.
            if length == 0 { return nil }
            let end = offset + 12 + length
            guard length > 0, end < bytes.count else { return damage("a transaction that is cut short", isTorn: true) }
            guard bytes[end] == Self.endOfRecord else {
                return damage("a transaction without its end mark", isTorn: true)
            }
            let record = UnsafeRawBufferPointer(rebasing: bytes[offset + 12..<end])
            guard Adler32.checksum(record) == checksum else {
                return damage("a transaction with a wrong checksum", isTorn: false)
            }
            do throws(WireError) {
                try body(record)
            } catch {
                return damage("a transaction that cannot be read (\(error))", isTorn: false)
            }
            offset = end + 1
        }
        return bytes.count > offset ? damage("a transaction that is cut short", isTorn: true) : nil
    }
}

/// RFC 1950's checksum.
enum Adler32 {
    private static let base: UInt64 = 65521

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var (low, high): (UInt64, UInt64) = (1, 0)
        var offset = 0
        while offset < bytes.count {
            // Sums of so many bytes are far from overflowing.
            let end = min(offset + (1 << 16), bytes.count)
            while offset < end {
                low += UInt64(bytes[offset])
                high += low
                offset += 1
            }
            low %= base
            high %= base
        }
        return high << 16 | low
    }
}
