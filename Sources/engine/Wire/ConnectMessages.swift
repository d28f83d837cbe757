import Zab

/// The first frame of a client: asks for a new session (`sessionID` 0) or for its old one.
public struct ConnectRequest: Hashable, Sendable {
    public var lastZxidSeen: Int64
    /// Milliseconds.
    public var timeout: Int32
    public var sessionID: Int64
    public var password: [UInt8]
    public var readOnly: Bool

    public init(
        lastZxidSeen: Int64 = 0,
        timeout: Int32,
        sessionID: Int64 = 0,
        password: [UInt8] = Array(repeating: 0, count: 16),
        readOnly: Bool = false
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
        writer.append(readOnly)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        let version = try reader.int32()
        guard version == 0 else { throw WireError("protocol version \(version), 0 expected") }
        lastZxidSeen = try reader.int64()
        timeout = try reader.int32()
        sessionID = try reader.int64()
        let bytes = try reader.buffer()
        guard (bytes?.count ?? 0) <= 64 else { throw WireError("password of \(bytes!.count) bytes") }
        password = bytes.map(Array.init) ?? []
        // Clients before 3.4 do not send the flag.
        readOnly = reader.remaining > 0 ? try reader.bool() : false
    }
}

/// The answer to a `ConnectRequest`. A zero session id and timeout say that the session is gone.
public struct ConnectResponse: Hashable, Sendable {
    /// Milliseconds.
    public var timeout: Int32
    public var sessionID: Int64
    public var password: [UInt8]
    public var readOnly: Bool

    public init(timeout: Int32, sessionID: Int64, password: [UInt8], readOnly: Bool = false) {
        self.timeout = timeout
        self.sessionID = sessionID
        self.password = password
        self.readOnly = readOnly
    }

    /// What a client is told whose session has expired.
    public static let expired = ConnectResponse(timeout: 0, sessionID: 0, password: Array(repeating: 0, count: 16))

    public func encode(into writer: ByteWriter) {
        writer.append(Int32(0))
        writer.append(timeout)
        writer.append(sessionID)
        password.withUnsafeBytes { writer.append(buffer: $0) }
        writer.append(readOnly)
    }

    public init(from reader: inout ByteReader) throws(WireError) {
        _ = try reader.int32()
        timeout = try reader.int32()
        sessionID = try reader.int64()
        password = try reader.buffer().map(Array.init) ?? []
        readOnly = reader.remaining > 0 ? try reader.bool() : false
    }
}
