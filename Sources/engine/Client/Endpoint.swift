/// Where a server listens for clients.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int

    public init(host: String, port: Int) {
        self.host = host
        self.port = port
    }

    /// Parses `host:port` or `[v6-address]:port`; a missing port is ZooKeeper's 2181.
    ///
    /// - Throws: `ClientError.badEndpoint`.
    public init(_ text: String) throws(ClientError) {
        var host = Substring(text)
        var port = 2181
        if text.hasPrefix("[") {
            guard let close = text.firstIndex(of: "]") else { throw .badEndpoint(text) }
            host = text[text.index(after: text.startIndex)..<close]
            let rest = text[text.index(after: close)...]
            if !rest.isEmpty {
                guard rest.first == ":", let parsed = Self.port(rest.dropFirst()) else { throw .badEndpoint(text) }
                port = parsed
            }
        } else if let colon = text.lastIndex(of: ":") {
            host = text[..<colon]
            guard !host.contains(":"), let parsed = Self.port(text[text.index(after: colon)...]) else {
                throw .badEndpoint(text)
            }
            port = parsed
        }
        guard !host.isEmpty else { throw .badEndpoint(text) }
        self.init(host: String(host), port: port)
    }

    private static func port(_ digits: Substring) -> Int? {
        guard let port = Int(digits), (1...65535).contains(port) else { return nil }
        return port
    }

    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}
