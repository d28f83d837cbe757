import Wire

/// `CreateRequest{path, data, acl, flags}`, or `CreateTTLRequest`, which has `ttl: long` behind the flags: what all four
/// operations that create ask for, alone and in a multi.
struct CreateRequest {
    let path: PathKey
    let data: UnsafeRawBufferPointer?
    /// Whether the access list is accepted: it is then in the writer that the request was read with.
    let hasValidACL: Bool
    let flags: Int32
    /// Milliseconds; nil unless the operation is createTTL.
    let ttl: Int64?

    /// - Parameter list: gets the access list without its duplicates.
    @inline(__always)
    init(_ reader: inout ByteReader, _ op: OpCode, acl list: ByteWriter) throws(WireError) {
        path = PathKey(try reader.nonNullBuffer())
        data = try reader.buffer()
        hasValidACL = try ACLRules.read(&reader, into: list)
        flags = try reader.int32()
        ttl = op == .createTTL ? try reader.int64() : nil
    }

    /// What the request is as part of a multi: there the flags say what is made, whatever the operation is, and create2
    /// is answered like create (`Op.Create`). Throws where ZooKeeper's leader fails at the cast, for a TTL without its
    /// time.
    var partOfMulti: OpCode {
        get throws(WireError) {
            guard let mode = CreateMode(rawValue: flags) else { return .create }
            if mode == .container { return .createContainer }
            guard mode.hasTTL else { return .create }
            guard ttl != nil else { throw WireError("a TTL without its time in a multi") }
            return .createTTL
        }
    }
}
