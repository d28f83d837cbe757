import Wire

/// `CreateTxn`, `CreateContainerTxn` or `CreateTTLTxn`: what a create has come to.
struct CreateRecord {
    let path: UnsafeRawBufferPointer
    let data: UnsafeRawBufferPointer?
    /// The bytes of a vector of ACL.
    let list: UnsafeRawBufferPointer
    let isEphemeral: Bool
    /// The number of creates that the parent has had with this one, or -1: one more than before.
    let parentCversion: Int32
    /// What `ExtendedOwner` says, 0 for a node that does not go by itself.
    let extendedOwner: Int64

    /// - Parameter type: create, create2, createContainer or createTTL.
    @inline(__always)
    init(_ reader: inout ByteReader, type: Int32) throws(WireError) {
        path = try reader.nonNullBuffer()
        data = try reader.buffer()
        list = try ACLRules.rawList(&reader)
        let isPlain = type == OpCode.create.rawValue || type == OpCode.create2.rawValue
        isEphemeral = isPlain ? try reader.bool() : false
        parentCversion = try reader.int32()
        guard !isPlain else {
            extendedOwner = 0
            return
        }
        extendedOwner =
            type == OpCode.createTTL.rawValue ? ExtendedOwner.ttl(try reader.int64()) : ExtendedOwner.container
        guard ExtendedOwner.isValid(extendedOwner) else { throw WireError("a time to live that no node can have") }
    }
}
