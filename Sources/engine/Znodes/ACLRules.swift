import CPlatform
import Wire

/// Which access lists are accepted (`PrepRequestProcessor.fixupACL` and the authentication providers' `isValid`).
enum ACLRules {
    /// Longer lists are refused: every check of a right may walk one.
    static let entriesMax = 1024

    enum Verdict {
        /// `world:anyone` with all permissions, as nearly every create has it.
        case open
        case accepted
        case refused
        /// An id is null where its scheme looks at it: ZooKeeper fails over it.
        case malformed
    }

    private static let openUnsafe: [UInt8] = {
        let writer = ByteWriter()
        ACL.encode(ACL.openUnsafe, into: writer)
        return Array(writer.bytes)
    }()

    /// Reads a vector of ACL and writes it without its duplicates to `accepted`, which is emptied first. Entries of the
    /// scheme `auth` become entries for every id that the client has proved.
    ///
    /// Null and empty lists, `auth` of a client that has proved nothing, unknown schemes and ids that their scheme does
    /// not know are refused.
    /// - Parameters:
    ///   - identities: by which the client is known: a vector of Id.
    ///   - unproven: `AccessPolicy.unproven`.
    /// - Throws: `WireError` if the bytes are no vector of ACL.
    static func read(
        _ reader: inout ByteReader,
        of identities: @autoclosure () -> UnsafeRawBufferPointer,
        unproven: @autoclosure () -> Set<String>,
        into accepted: ByteWriter
    ) throws(WireError) -> Verdict {
        accepted.removeAll()
        if takeOpenUnsafe(&reader, into: accepted) { return .open }
        return try readEntries(&reader, identities(), unproven(), accepted)
    }

    private static func readEntries(
        _ reader: inout ByteReader,
        _ identities: UnsafeRawBufferPointer,
        _ unproven: Set<String>,
        _ accepted: ByteWriter
    ) throws(WireError) -> Verdict {
        let count = try reader.vectorCount(minimumSize: 12) ?? 0
        accepted.append(Int32(0))
        var kept = 0
        var verdict = count > 0 && count <= entriesMax ? Verdict.accepted : .refused
        let first = reader.rest.baseAddress!
        // Of what entries begin with, up to their scheme, up to their id, and whole: only an entry that has been seen, as
        // it seems, is compared with those before it.
        var seen: Set<UInt64> = []
        for _ in 0..<count {
            let start = reader.rest.baseAddress!
            let permissions = try reader.int32()
            let scheme = try reader.buffer()
            let schemeEnd = reader.rest.baseAddress!
            let id = try reader.buffer()
            guard count <= entriesMax else { continue }
            let entry = UnsafeRawBufferPointer(start: start, count: reader.rest.baseAddress! - start)
            let compared = scheme == nil ? 4 : id == nil ? schemeEnd - start : entry.count
            if seen.contains(zb_hash(start, compared)) {
                let earlier = UnsafeRawBufferPointer(start: first, count: start - first)
                switch try compare(permissions, scheme, id, with: earlier) {
                case .new: break
                case .duplicate: continue
                case .malformed: verdict = .malformed
                }
            }
            for size in [4, schemeEnd - start, entry.count] { seen.insert(zb_hash(start, size)) }
            guard case .accepted = verdict else { continue }
            if let scheme, IdList.Element.equal(scheme, "auth") {
                let proved = append(identities, permissions, to: accepted)
                kept += proved
                if proved == 0 || kept > entriesMax { verdict = .refused }
                continue
            }
            verdict = judge(scheme, id, unproven)
            accepted.append(bytes: entry)
            kept += 1
        }
        accepted.set(Int32(kept), at: 0)
        return verdict
    }

    /// Entries for what a client has proved; where it comes from proves nothing. Returns how many there are.
    private static func append(_ identities: UnsafeRawBufferPointer, _ permissions: Int32, to list: ByteWriter) -> Int {
        var count = 0
        for identity in IdList(identities) where !identity.hasScheme("ip") && !identity.hasScheme("super") {
            list.append(permissions)
            list.append(buffer: identity.scheme)
            list.append(buffer: identity.id)
            count += 1
        }
        return count
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

    private enum Comparison { case new, duplicate, malformed }

    /// Whether the entry is among those before it. ZooKeeper compares permissions, then schemes, then ids, and fails where
    /// it comes to a null of the entry's own; it does so with the whole list before it judges any of it.
    private static func compare(
        _ permissions: Int32,
        _ scheme: UnsafeRawBufferPointer?,
        _ id: UnsafeRawBufferPointer?,
        with list: UnsafeRawBufferPointer
    ) throws(WireError) -> Comparison {
        var reader = ByteReader(list)
        while reader.remaining > 0 {
            let isSame = try reader.int32() == permissions
            let (otherScheme, otherID) = (try reader.buffer(), try reader.buffer())
            guard isSame else { continue }
            guard let scheme else { return .malformed }
            guard let otherScheme, IdList.Element.equal(scheme, otherScheme) else { continue }
            guard let id else { return .malformed }
            if let otherID, IdList.Element.equal(id, otherID) { return .duplicate }
        }
        return .new
    }

    private static func judge(
        _ scheme: UnsafeRawBufferPointer?,
        _ id: UnsafeRawBufferPointer?,
        _ unproven: Set<String>
    ) -> Verdict {
        guard let scheme else { return .refused }
        let isValid: (UnsafeRawBufferPointer) -> Bool
        if IdList.Element.equal(scheme, "world") {
            isValid = { IdList.Element.equal($0, "anyone") }
        } else if IdList.Element.equal(scheme, "digest") {
            isValid = isUserAndDigest
        } else if IdList.Element.equal(scheme, "ip") {
            isValid = { AddressPattern($0) != nil }
        } else if unproven.contains(where: { scheme.elementsEqual($0.utf8) }) {
            isValid = { $0.count > 0 }
        } else {
            return .refused
        }
        guard let id else { return .malformed }
        return isValid(id) ? .accepted : .refused
    }

    /// `user:digest`: two parts between colons. As with Java's `split`, colons at the end are none.
    private static func isUserAndDigest(_ id: UnsafeRawBufferPointer) -> Bool {
        let colon = UInt8(ascii: ":")
        guard let last = id.lastIndex(where: { $0 != colon }) else { return false }
        return id[...last].count { $0 == colon } == 1
    }
}
