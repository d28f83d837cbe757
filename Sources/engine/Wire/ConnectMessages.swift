import Zab

/// The first frame of a client: asks for a new session (`sessionID` 0) or for its old one.
public struct ConnectRequest: Hashable, Sendable {
    public var lastZxidSeen: Int64
    /// Milliseconds.
    public var timeout: Int32
    public var sessionID: Int64
    public var password: [UInt8]
    /// Nil from clients that know nothing of it: before 3.4, and ClickHouse's. Their answer has no such byte either.
    public var readOnly: Bool?

    public init(
        lastZxidSeen: Int64 = 0,
        timeout: Int32,
        sessionID: Int64 = 0,
        password: [UInt8] = Array(repeating: 0, count: 16),
        readOnly: Bool? = false
    ) {
        self.lastZxidSeen = lastZxidSeen
        self.timeout = timeout
        self.sessionID = sessionID
        self.password = password
        self.readOnly = readOnly
    }

    /// The body, without the frame's length.
    public func encode(into writer: ByteWriter) {
        writer.append(Int32(0))
        writer.append(lastZxidSeen)
        writer.append(timeout)
        writer.append(sessionID)
        password.withUnsafeBytes { writer.append(buffer: $0) }
        if let readOnly { writer.append(readOnly) }
    }

    /// As ZooKeeper reads it: any protocol version, a password of any length or none, and anything behind.
    public init(from reader: inout ByteReader) throws(WireError) {
        _ = try reader.int32()
        lastZxidSeen = try reader.int64()
        timeout = try reader.int32()
        sessionID = try reader.int64()
        password = try reader.buffer().map(Array.init) ?? []
        readOnly = reader.remaining > 0 ? try reader.bool() : nil
    }
}

/// The answer to a `ConnectRequest`. A zero session id and timeout say that the session is gone.
public struct ConnectResponse: Hashable, Sendable {
    /// Milliseconds.
    public var timeout: Int32
    public var sessionID: Int64
    public var password: [UInt8]
    /// Whether the server only reads; nil where the answer has no such byte.
    public var readOnly: Bool?

    public init(timeout: Int32, sessionID: Int64, password: [UInt8], readOnly: Bool? = false) {
        self.timeout = timeout
        self.sessionID = sessionID
        self.password = password
        self.readOnly = readOnly
    }

    /// What a client is told whose session has expired.
    public static let expired = ConnectResponse(timeout: 0, sessionID: 0, password: Array(repeating: 0, count: 16))

    /// The same for a client that sent this `readOnly`: it reads that byte only if it sends one.
    public func answering(_ readOnly: Bool?) -> ConnectResponse {
        var answer = self
        answer.readOnly = readOnly == nil ? nil : false
        return answer
    }

    public func encode(into writer: ByteWriter) {
        writer.append(Int32(0))
        writer.append(timeout)
        writer.append(sessionID)
        password.withUnsafeBytes { writer.append(buffer: $0) }
        if let readOnly { writer.append(readOnly) }
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        _ = try reader.int32()
        timeout = try reader.int32()
        sessionID = try reader.int64()
        password = try reader.buffer().map(Array.init) ?? []
        readOnly = reader.remaining > 0 ? try reader.bool() : nil
    }
}
