import Wire

/// Which access lists are accepted (`PrepRequestProcessor.fixupACL` and the authentication providers' `isValid`).
enum ACLRules {
    /// Longer lists are refused: looking for duplicates is quadratic.
    static let entriesMax = 1024

    private static let openUnsafe: [UInt8] = {
        let writer = ByteWriter()
        ACL.encode(ACL.openUnsafe, into: writer)
        return Array(writer.bytes)
    }()

    /// Reads a vector of ACL and writes it without its duplicates to `accepted`, which is emptied first.
    ///
    /// Null and empty lists, the "auth" scheme (there are no authenticated ids to put in its place), unknown schemes
    /// and ids that their scheme does not know are refused.
    /// - Returns: false if the list is refused.
    /// - Throws: `WireError` if the bytes are no vector of ACL.
    static func read(_ reader: inout ByteReader, into accepted: ByteWriter) throws(WireError) -> Bool {
        accepted.removeAll()
        if takeOpenUnsafe(&reader, into: accepted) { return true }
        let count = try reader.vectorCount(minimumSize: 12) ?? 0
        accepted.append(Int32(0))
        var kept: Int32 = 0
        var valid = count > 0 && count <= entriesMax
        for _ in 0..<count {
            let start = reader.rest.baseAddress!
            _ = try reader.int32()
            let scheme = try reader.buffer()
            let id = try reader.buffer()
            guard valid else { continue }
            guard let scheme, let id, isValid(scheme: scheme, id: id) else {
                valid = false
                continue
            }
            let entry = UnsafeRawBufferPointer(start: start, count: reader.rest.baseAddress! - start)
            if try !contains(accepted, entry) {
                accepted.append(bytes: entry)
                kept += 1
            }
        }
        accepted.set(kept, at: 0)
        return valid
    }

    /// The bytes of a vector of ACL, walked but not judged.
    static func rawList(_ reader: inout ByteReader) throws(WireError) -> UnsafeRawBufferPointer {
        let start = reader.rest
        let count = try reader.vectorCount(minimumSize: 12) ?? 0
        for _ in 0..<count {
            _ = try reader.int32()
            _ = try reader.buffer()
            _ = try reader.buffer()
        }
        return UnsafeRawBufferPointer(rebasing: start[..<(start.count - reader.remaining)])
    }

    /// The list nearly every create brings, recognized whole.
    private static func takeOpenUnsafe(_ reader: inout ByteReader, into accepted: ByteWriter) -> Bool {
        openUnsafe.withUnsafeBytes { known in
            guard reader.remaining >= known.count,
                bytesAreEqual(reader.rest.baseAddress!, known.baseAddress!, known.count)
            else { return false }
            accepted.append(bytes: known)
            _ = try? reader.bytes(known.count)
            return true
        }
    }

    private static func contains(_ list: ByteWriter, _ entry: UnsafeRawBufferPointer) throws(WireError) -> Bool {
        var reader = ByteReader(UnsafeRawBufferPointer(rebasing: list.bytes[4...]))
        while reader.remaining > 0 {
            let start = reader.rest.baseAddress!
            _ = try reader.int32()
            _ = try reader.buffer()
            _ = try reader.buffer()
            let count = reader.rest.baseAddress! - start
            if count == entry.count, bytesAreEqual(start, entry.baseAddress!, count) { return true }
        }
        return false
    }

    private static func isValid(scheme: UnsafeRawBufferPointer, id: UnsafeRawBufferPointer) -> Bool {
        if equal(scheme, "world") { return equal(id, "anyone") }
        if equal(scheme, "digest") { return isUserAndDigest(id) }
        if equal(scheme, "ip") { return isAddress(id) }
        if equal(scheme, "sasl") || equal(scheme, "x509") { return id.count > 0 }
        return false
    }

    private static func equal(_ bytes: UnsafeRawBufferPointer, _ constant: StaticString) -> Bool {
        bytes.count == constant.utf8CodeUnitCount
            && bytesAreEqual(bytes.baseAddress!, UnsafeRawPointer(constant.utf8Start), bytes.count)
    }

    /// `user:digest`: exactly one colon, something after it.
    private static func isUserAndDigest(_ id: UnsafeRawBufferPointer) -> Bool {
        var colons = 0
        for byte in id where byte == UInt8(ascii: ":") { colons += 1 }
        return colons == 1 && id[id.count - 1] != UInt8(ascii: ":")
    }

    /// An IPv4 address, with or without `/bits`.
    private static func isAddress(_ id: UnsafeRawBufferPointer) -> Bool {
        var limit = 255
        var value = -1
        var parts = 0
        for byte in id {
            switch byte {
            case UInt8(ascii: "0")...UInt8(ascii: "9"):
                value = max(value, 0) * 10 + Int(byte - UInt8(ascii: "0"))
                if value > limit { return false }
            case UInt8(ascii: ".") where value >= 0 && parts < 3:
                parts += 1
                value = -1
            case UInt8(ascii: "/") where value >= 0 && parts == 3:
                parts += 1
                value = -1
                limit = 32
            default:
                return false
            }
        }
        return value >= 0 && parts >= 3
    }
}
