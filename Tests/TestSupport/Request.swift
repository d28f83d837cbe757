import Wire

/// Bodies of requests, as clients encode them.
public enum Request {
    /// What `body` writes.
    public static func make(_ body: (ByteWriter) -> Void) -> [UInt8] {
        let writer = ByteWriter()
        body(writer)
        return Array(writer.bytes)
    }

    public static func create(
        _ path: String,
        data: [UInt8]? = [],
        acl: [ACL] = ACL.openUnsafe,
        flags: Int32 = 0
    ) -> [UInt8] {
        make {
            $0.append(string: path)
            append(data, to: $0)
            ACL.encode(acl, into: $0)
            $0.append(flags)
        }
    }

    public static func setData(_ path: String, _ data: [UInt8]? = [], version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            append(data, to: $0)
            $0.append(version)
        }
    }

    /// Also check, which has the same form.
    public static func delete(_ path: String, version: Int32 = -1) -> [UInt8] {
        make {
            $0.append(string: path)
            $0.append(version)
        }
    }

    /// Of data, children, or whether it exists.
    public static func read(_ path: String, watch: Bool = false) -> [UInt8] {
        make {
            $0.append(string: path)
            $0.append(watch)
        }
    }

    private static func append(_ data: [UInt8]?, to writer: ByteWriter) {
        guard let data else { return writer.appendNull() }
        data.withUnsafeBytes { writer.append(buffer: $0) }
    }
}
