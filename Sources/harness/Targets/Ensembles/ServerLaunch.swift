import Client
import NIOCore
import Wire

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
    /// What a server says of itself: its state and how far it is, at least; nil if it does not answer, or does not serve.
    func report(of endpoint: Endpoint) async -> MonitorReport?
    /// With all that it counts, where that costs it more.
    func fullReport(of endpoint: Endpoint) async -> MonitorReport?
}

extension ServerLaunch {
    public func report(of endpoint: Endpoint) async -> MonitorReport? { await MonitorReport.asked(endpoint) }
    public func fullReport(of endpoint: Endpoint) async -> MonitorReport? { await report(of: endpoint) }
}

extension MonitorReport {
    /// By four-letter words, which ZooKeeper's servers and ours have.
    static func asked(_ endpoint: Endpoint) async -> MonitorReport? {
        let word = Telemetry.Word.monitor.rawValue
        guard let text = try? await fourLetterWord(word, endpoint, timeout: .seconds(2)) else { return nil }
        return await MonitorReport(parsing: text).completed(at: endpoint, timeout: .seconds(2))
    }
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
