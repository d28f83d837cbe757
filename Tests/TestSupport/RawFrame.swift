import Wire

/// Frames of ZooKeeper's protocol as bytes, each with its length before it.
public enum RawFrame {
    public static let noPassword = [UInt8](repeating: 0, count: 16)

    /// A frame of what `body` writes.
    public static func make(_ body: (ByteWriter) -> Void) -> [UInt8] {
        let writer = ByteWriter()
        writer.append(Int32(0))
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        return Array(writer.bytes)
    }

    /// A client's request; `body` is what stands behind the header, as `Request` makes it.
    public static func request(_ xid: Int32, _ op: OpCode, _ body: [UInt8] = []) -> [UInt8] {
        make { writer in
            writer.append(xid)
            writer.append(op.rawValue)
            body.withUnsafeBytes { writer.append(bytes: $0) }
        }
    }

    /// A connection's first frame. Without a session it asks for a new one.
    public static func connect(
        timeoutMilliseconds: Int32 = 10_000,
        sessionID: Int64 = 0,
        password: [UInt8] = noPassword,
        lastZxidSeen: Int64 = 0
    ) -> [UInt8] {
        make {
            ConnectRequest(
                lastZxidSeen: lastZxidSeen,
                timeout: timeoutMilliseconds,
                sessionID: sessionID,
                password: password
            ).encode(into: $0)
        }
    }

    public static let ping = request(ReservedXid.ping, .ping)

    /// Of the root.
    public static func setData(_ xid: Int32, _ data: [UInt8] = [7]) -> [UInt8] {
        request(xid, .setData, Request.setData("/", data))
    }

    /// Of the root.
    public static func getData(_ xid: Int32) -> [UInt8] { request(xid, .getData, Request.read("/")) }
}
