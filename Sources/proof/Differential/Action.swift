/// How a connection begins.
struct Opening: Hashable, Sendable {
    enum Password: Hashable, Sendable {
        /// Of the session that is given back, or 16 zeros.
        case own
        case wrong
        case of(length: Int)
    }

    enum Sight: Hashable, Sendable {
        case nothing
        /// A zxid that no server has.
        case ahead
        /// The newest that the session was answered: a server that is behind must not take it.
        case own
    }

    var timeout: Int32 = 30_000
    /// Clients before 3.4 do not send the flag.
    var hasReadOnly = true
    var readOnly = false
    var sees = Sight.nothing
    var password = Password.own
    var server = 0
    /// What is added at once: scheme and secret.
    var identity: (scheme: String, secret: String)? {
        get { scheme.map { ($0, secret) } }
        set { (scheme, secret) = (newValue?.scheme, newValue?.secret ?? "") }
    }
    private var scheme: String?
    private var secret = ""
}

extension Opening: CustomStringConvertible {
    var description: String {
        var words = ["timeout \(timeout)", "server \(server)"]
        if !hasReadOnly { words.append("without the readOnly byte") }
        if readOnly { words.append("readOnly") }
        if sees != .nothing { words.append("lastZxidSeen \(sees)") }
        if password != .own { words.append("password \(password)") }
        if let identity { words.append("then auth \(identity.scheme) \(identity.secret)") }
        return words.joined(separator: ", ")
    }
}

/// What one client does; the seat is its place at the table.
enum Action: Hashable, Sendable {
    /// Requests in one go, each of which is answered.
    case burst(Int, [Call])
    /// A request that may end the connection.
    case ending(Int, Call)
    /// What is no request.
    case garbage(Int, [UInt8])
    /// A new session, after the old one has been closed.
    case open(Int, Opening)
    /// The old session again, whether or not it has a connection.
    case reopen(Int, Opening)
    /// The client closes the connection and keeps its session.
    case drop(Int)
    /// Takes the session of another client, whose connection stays open.
    case take(Int, from: Int, Opening)
    /// So many events come, caused by time only.
    case wait(Int, events: Int)
}

extension Action: CustomStringConvertible {
    var description: String {
        switch self {
        case .burst(let seat, let calls): "client \(seat): \(calls.map(\.description).joined(separator: "; "))"
        case .ending(let seat, let call): "client \(seat), perhaps to be closed: \(call)"
        case .garbage(let seat, let bytes): "client \(seat): bytes \(hexadecimal(bytes))"
        case .open(let seat, let opening): "client \(seat): new session \(opening)"
        case .reopen(let seat, let opening): "client \(seat): session again \(opening)"
        case .drop(let seat): "client \(seat): closes its connection"
        case .take(let seat, let other, let opening): "client \(seat): session of client \(other) \(opening)"
        case .wait(let seat, let events): "client \(seat): waits for \(events) events"
        }
    }
}

/// What is played.
public struct DuelSettings: Sendable {
    public var seed: UInt64
    /// Requests, those of setting up not counted.
    public var operations: Int
    /// Clients.
    public var seats: Int
    /// Servers of each side that clients connect to.
    public var servers: Int
    /// Differences after which it ends.
    public var differencesMax: Int
    /// Whether the shortest way to each difference is looked for, which takes seconds.
    public var isShrinking = false
    /// Whether a server is one of several: "/zookeeper/config" is then spared.
    public var isEnsemble = false

    /// The leader is the last of the servers, if clients are on all of them.
    func isLeader(_ server: Int) -> Bool { isEnsemble && servers > 1 && server == servers - 1 }

    public init(seed: UInt64, operations: Int, seats: Int = 4, servers: Int = 1, differencesMax: Int = 200) {
        self.differencesMax = differencesMax
        self.seed = seed
        self.operations = operations
        self.seats = seats
        self.servers = servers
    }
}
