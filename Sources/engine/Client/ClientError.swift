import Wire

/// What a client's call can fail with.
public enum ClientError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The text is not `host:port`.
    case badEndpoint(String)
    /// The text is not a list of servers with, perhaps, a path behind it; says why.
    case badConnectString(String)
    /// The text is not `scheme:credential`; says why, and leaves the secret out.
    case badCredential(String)
    /// The connection broke before the answer: the request may or may not have been carried out.
    case connectionLoss
    /// The servers gave the session up; its ephemeral znodes are gone. Connect anew.
    case sessionExpired
    /// The client was closed by `close()`.
    case closed
    /// More callers wait for a place among the outstanding requests than the client's bound allows.
    case tooManyWaiting(limit: Int)
    /// No server could be reached in time; the text says what the last one answered.
    case unreachable(String)
    /// The server answered with an error; the code is ZooKeeper's.
    case server(ErrorCode)
    /// The server answered with an error code that ZooKeeper does not have.
    case unknownServerError(Int32)
    /// The server sent what the protocol does not allow.
    case protocolViolation(String)

    public var description: String {
        switch self {
        case .badEndpoint(let text): "\"\(text)\" is not host:port with a port from 1 to 65535"
        case .badConnectString(let text): text
        case .badCredential(let text): "\(text); scheme:credential expected, for example digest:user:password"
        case .connectionLoss: "the connection was lost before the answer came; the request may have been carried out"
        case .sessionExpired: "the session has expired; connect anew"
        case .closed: "the client is closed"
        case .tooManyWaiting(let limit): "more than \(limit) requests wait to be sent; send fewer at once"
        case .unreachable(let text): "no server could be reached: \(text)"
        case .server(let code): "the server answered \(code) (\(code.rawValue))"
        case .unknownServerError(let code): "the server answered with the unknown error code \(code)"
        case .protocolViolation(let text): "the server broke the protocol: \(text)"
        }
    }

    /// The error for a reply's code, which must not be 0.
    init(code: Int32) {
        switch ErrorCode(rawValue: code) {
        case .sessionExpired: self = .sessionExpired
        case let known?: self = .server(known)
        case nil: self = .unknownServerError(code)
        }
    }
}
