import Zab

/// One `server.N` line: where a server listens for its peers, and perhaps for its clients.
public struct ServerAddress: Sendable, Hashable {
    /// Where a server listens for its clients.
    public struct ClientAddress: Sendable, Hashable {
        public var host: String
        public var port: Int

        public init(host: String, port: Int) {
            self.host = host
            self.port = port
        }

        /// Whether it is every address of the machine.
        var isAnyHost: Bool { ServerAddress.anyHosts.contains(host) }
    }

    public var id: ServerID
    public var host: String
    /// Learners connect here to the leader.
    public var quorumPort: Int
    public var electionPort: Int
    public var observer: Bool
    /// What follows the line's `;`.
    public var client: ClientAddress?

    public init(
        id: ServerID,
        host: String,
        quorumPort: Int,
        electionPort: Int,
        observer: Bool = false,
        client: ClientAddress? = nil
    ) {
        self.id = id
        self.host = host
        self.quorumPort = quorumPort
        self.electionPort = electionPort
        self.observer = observer
        self.client = client
    }

    static let anyHost = "0.0.0.0"
    static let anyHosts: Set<String> = [anyHost, "::", "0:0:0:0:0:0:0:0"]
}

/// What is wrong with a `server.N` line: what it must be like.
struct ServerLineError: Error {
    var expected: String
}

extension ServerAddress {
    /// `host:quorumPort:electionPort[:role][;[clientHost:]clientPort]`, as ZooKeeper's QuorumServer reads it: an IPv6
    /// address is in brackets, the role is `participant` or `observer` in any case.
    init(id: ServerID, parsing text: String) throws(ServerLineError) {
        let halves = text.split(separator: ";", omittingEmptySubsequences: false).map(String.init)
        guard halves.count <= 2 else { throw ServerLineError(expected: "host:port:port;port, with one semicolon") }
        guard !halves[0].contains("|") else {
            throw ServerLineError(
                expected: "one address: several with | are not supported; keep one"
            )
        }
        var parts = try Self.parts(halves[0])
        let form = "host:port:port, with ports from 1 to 65535 and IPv6 addresses in brackets"
        var observer = false
        if parts.count == 4 {
            switch parts.removeLast().lowercased() {
            case "observer": observer = true
            case "participant": break
            default: throw ServerLineError(expected: "host:port:port:participant or host:port:port:observer")
            }
        }
        guard parts.count == 3, let quorum = Self.port(parts[1]), let election = Self.port(parts[2]) else {
            throw ServerLineError(expected: form)
        }
        guard !parts[0].isEmpty else { throw ServerLineError(expected: "host:port:port, with a host") }
        self.init(id: id, host: parts[0], quorumPort: quorum, electionPort: election, observer: observer)
        if halves.count == 2, !halves[1].isEmpty { client = try Self.client(halves[1]) }
    }

    /// `[host:]port`.
    private static func client(_ text: String) throws(ServerLineError) -> ClientAddress {
        let parts = try parts(text)
        guard parts.count <= 2, let last = parts.last, let port = port(last) else {
            throw ServerLineError(
                expected: "host:port:port;port or host:port:port;host:port, with ports from 1 to 65535"
            )
        }
        return ClientAddress(host: parts.count == 2 ? parts[0] : anyHost, port: port)
    }

    /// What colons separate; a host in brackets, which may have some itself, is one part, without them.
    private static func parts(_ text: String) throws(ServerLineError) -> [String] {
        let text = text.trimmed
        guard text.hasPrefix("[") else {
            return text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        }
        guard let end = text.firstIndex(of: "]") else {
            throw ServerLineError(expected: "an IPv6 address with a closing ]")
        }
        let host = String(text[text.index(after: text.startIndex)..<end])
        let rest = text[text.index(after: end)...]
        guard !rest.isEmpty else { return [host] }
        guard rest.hasPrefix(":") else { throw ServerLineError(expected: "[address]:port:port, with a colon after ]") }
        return [host] + rest.dropFirst().split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    }

    private static func port(_ text: String) -> Int? {
        guard let port = Int(text.trimmed), (1...65535).contains(port) else { return nil }
        return port
    }
}

extension ServerID {
    static let form = "a whole number other than -1, which ZooKeeper takes for none, and below 2^63-1"

    /// As Java's `Long.parseLong` reads it; nil for what is no id.
    init?(parsing text: some StringProtocol) {
        guard let number = Int64(text), !ServerID.reserved.contains(ServerID(rawValue: number)) else { return nil }
        self.init(rawValue: number)
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        let front = drop(while: \.isWhitespace)
        guard let last = front.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(front[...last])
    }
}
