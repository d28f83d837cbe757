import NIOCore
import NIOPosix

/// Why a connection ended, or never came to be.
public struct Disconnection: Hashable, Sendable, CustomStringConvertible {
    public var reason: String
    /// Whether another attempt fails, too, until somebody changes something: this process has no descriptor left, or
    /// the server refuses a credential.
    public var isFinal: Bool

    public init(_ reason: String, isFinal: Bool = false) {
        self.reason = reason
        self.isFinal = isFinal
    }

    public var description: String { reason }

    /// - Parameter error: what NIO said of a connection to `endpoint`.
    init(_ error: any Error, at endpoint: Endpoint) {
        let (text, isFinal) = Self.words(error, host: endpoint.host)
        self.init("\(endpoint): \(text)", isFinal: isFinal)
    }

    private static func words(_ error: any Error, host: String) -> (String, isFinal: Bool) {
        switch error {
        case let failure as IOError:
            (systemText(failure.errnoCode), isLimit(failure.errnoCode))
        case let failure as NIOConnectionError:
            if let first = failure.connectionErrors.first {
                words(first.error, host: host)
            } else {
                ("the name \(host) cannot be resolved; check its spelling and the name service", false)
            }
        case ChannelError.connectTimeout(let time):
            ("no connection within \(time.nanoseconds / 1_000_000) ms; is a firewall in between?", false)
        default: ("\(error)", false)
        }
    }
}
