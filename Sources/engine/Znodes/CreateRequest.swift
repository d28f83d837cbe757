import Wire

/// `CreateRequest{path, data, acl, flags}`, or `CreateTTLRequest`, which has `ttl: long` behind the flags: what all four
/// operations that create ask for, alone and in a multi.
struct CreateRequest {
    let path: PathKey
    let data: UnsafeRawBufferPointer?
    /// What became of the access list, which is in `listScratch` if it is accepted.
    let list: ACLRules.Verdict
    let flags: Int32
    /// Milliseconds; nil unless the operation is createTTL.
    let ttl: Int64?

    @inline(__always)
    init(
        _ reader: inout ByteReader,
        _ op: OpCode,
        for changes: OutstandingChanges,
        _ state: ReplicatedState
    ) throws(WireError) {
        path = PathKey(try reader.nonNullBuffer())
        data = try reader.buffer()
        list = try changes.readList(&reader, state)
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
