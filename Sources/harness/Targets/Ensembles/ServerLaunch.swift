/// How the servers of one system are set up and started, as processes on this machine.
public protocol ServerLaunch: Sendable {
    /// Writes what a server reads when it starts.
    ///
    /// - Parameter ports: of servers 1, 2, ... in their order, as this server reaches them.
    func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError)
    /// The program, absolute, and its arguments.
    func command(for server: ServerFolder) -> (program: String, arguments: [String])
    /// What faults and links need to know of them.
    var traits: ServerTraits { get }
}

/// Our own servers: `zabbench serve <zoo.cfg>`.
public struct ZabbenchLaunch: ServerLaunch {
    private let program: String
    private let settings: ServerSettings

    /// - Parameter program: zabbench, absolute.
    public init(program: String, settings: ServerSettings) {
        self.program = program
        self.settings = settings
    }

    public func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError) {
        try server.write(settings: settings, ports: ports)
    }

    public func command(for server: ServerFolder) -> (program: String, arguments: [String]) {
        (program, ["serve", server.configurationPath])
    }

    public var traits: ServerTraits { ServerTraits(hasPhaseJournal: true) }
}
