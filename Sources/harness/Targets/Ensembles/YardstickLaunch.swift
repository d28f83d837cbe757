import Workload

/// The servers of a yardstick: `zabbench yardstick <file>`. Server 1 leads.
public struct YardstickLaunch: ServerLaunch {
    /// As reports and rows name it.
    public static let system = PlannedSystem.yardstick.rawValue
    /// Of what it measures by: a change that makes it faster or slower raises it.
    public static let version = "1"
    /// By which its own word for its version tells it from servers of ZooKeeper's protocol.
    static let versionSuffix = "-yardstick"

    private let program: String
    private let size: Int
    private let shape: YardstickShape
    private let hasLogFolders: Bool

    /// - Parameters:
    ///   - program: zabbench, absolute.
    ///   - shape: of the load that the servers will have.
    ///   - hasLogFolders: whether each log lies in a folder of its own.
    public init(program: String, size: Int, shape: YardstickShape, hasLogFolders: Bool) {
        self.program = program
        self.size = size
        self.shape = shape
        self.hasLogFolders = hasLogFolders
    }

    public func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError) {
        let settings = YardstickSettings(
            id: server.id,
            servers: size,
            // The followers dial the leader.
            peerPort: ports[0].peer,
            clientPort: ports[server.id - 1].client,
            log: log(of: server),
            shape: shape
        )
        try server.write(configuration: settings.text, hasLogFolder: hasLogFolders)
    }

    public func command(for server: ServerFolder) -> (program: String, arguments: [String]) {
        (program, ["yardstick", server.configurationPath])
    }

    /// The path of a server's log.
    public func log(of server: ServerFolder) -> String { Self.log(of: server, hasLogFolders: hasLogFolders) }

    public static func log(of server: ServerFolder, hasLogFolders: Bool) -> String {
        (hasLogFolders ? server.dataLogPath : server.dataPath) + "/yardstick.log"
    }

    /// What is its own choice, for the manifest; durability and the like as the processes have them.
    public static let durability = "fdatasync of a log written before"
}

/// What one server of a yardstick is told: lines of key and value.
public struct YardstickSettings: Sendable, Hashable {
    public var id: Int
    public var servers: Int
    public var peerPort: Int
    public var clientPort: Int
    public var log: String
    public var shape: YardstickShape

    public init(id: Int, servers: Int, peerPort: Int, clientPort: Int, log: String, shape: YardstickShape) {
        self.id = id
        self.servers = servers
        self.peerPort = peerPort
        self.clientPort = clientPort
        self.log = log
        self.shape = shape
    }

    var text: String {
        """
        id=\(id)
        servers=\(servers)
        peerPort=\(peerPort)
        clientPort=\(clientPort)
        log=\(log)
        payloadBytes=\(shape.payloadBytes)
        keys=\(shape.keys)
        seed=\(shape.seed)

        """
    }

    /// Nil for a text that says less than everything.
    public init?(parsing text: String) {
        var values: [Substring: Substring] = [:]
        for line in text.split(separator: "\n") {
            guard let equals = line.firstIndex(of: "=") else { return nil }
            values[line[..<equals]] = line[line.index(after: equals)...]
        }
        func number(_ key: Substring) -> Int? { values[key].flatMap { Int($0) } }
        guard let id = number("id"), let servers = number("servers"), let peerPort = number("peerPort"),
            let clientPort = number("clientPort"), let log = values["log"], let payload = number("payloadBytes"),
            let keys = number("keys"), let seed = values["seed"].flatMap({ UInt64($0) })
        else { return nil }
        self.init(
            id: id,
            servers: servers,
            peerPort: peerPort,
            clientPort: clientPort,
            log: String(log),
            shape: YardstickShape(payloadBytes: payload, keys: keys, seed: seed)
        )
    }
}
