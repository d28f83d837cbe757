/// One entry of a znode's access list (`org.apache.zookeeper.data.ACL`).
public struct ACL: Hashable, Sendable {
    /// read 1, write 2, create 4, delete 8, admin 16.
    public var permissions: Int32
    public var scheme: String
    public var id: String

    public init(permissions: Int32, scheme: String, id: String) {
        self.permissions = permissions
        self.scheme = scheme
        self.id = id
    }

    /// Everything allowed to everybody: `OPEN_ACL_UNSAFE`.
    public static let openUnsafe = [ACL(permissions: 31, scheme: "world", id: "anyone")]

    public static func encode(_ list: [ACL], into writer: ByteWriter) {
        writer.append(Int32(list.count))
        for entry in list {
            writer.append(entry.permissions)
            writer.append(string: entry.scheme)
            writer.append(string: entry.id)
        }
    }

    public static func decodeList(from reader: inout ByteReader) throws(WireError) -> [ACL] {
        let count = try reader.vectorCount(minimumSize: 12) ?? 0
        var list: [ACL] = []
        for _ in 0..<count {
            list.append(
                ACL(permissions: try reader.int32(), scheme: try reader.string(), id: try reader.string())
            )
        }
        return list
    }
}
