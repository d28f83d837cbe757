import Client
import Foundation
import NIOCore
import Synchronization
import Wire
import Workload

/// Servers of ZooKeeper's protocol that a workload starts by a command of its own.
public final class RivalLaunch: ServerLaunch {
    public let rival: PlannedRival
    /// Absolute.
    private let program: String
    private let settings: ServerSettings
    private let size: Int
    /// By server, as it was prepared for them.
    private let ports = Mutex<[Int: [ServerPorts]]>([:])
    /// By server, the word that it answered first, and is asked from then on.
    private let words = Mutex<[Endpoint: Word]>([:])

    private enum Word: String {
        case mntr, srvr, ruok
    }

    /// - Parameters:
    ///   - settings: of which ticks, limits, snapshots and log folders count.
    ///   - size: of the ensemble.
    /// - Throws: `MissingSystem` where the program is not there.
    public init(_ rival: PlannedRival, settings: ServerSettings, size: Int) throws(MissingSystem) {
        self.rival = rival
        self.settings = settings
        self.size = size
        program = try Self.program(of: rival)
    }

    /// The command's program, absolute.
    ///
    /// - Throws: `MissingSystem` where it is not there, is a folder, or cannot be executed.
    public static func program(
        of rival: PlannedRival,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(MissingSystem) -> String {
        let name = rival.command.program
        guard !name.contains("/") else {
            let path = URL(fileURLWithPath: name).standardizedFileURL.path
            guard NamedFile.isProgram(path) else {
                let why = NamedFile.isFolder(path) ? "is a folder" : "cannot be executed"
                throw MissingSystem("\(rival.name) is not there: \(path) \(why)")
            }
            return path
        }
        let folders = (environment["PATH"] ?? "").split(separator: ":")
        let paths = folders.map { URL(fileURLWithPath: String($0)).standardizedFileURL.path + "/" + name }
        guard let found = paths.first(where: NamedFile.isProgram) else {
            throw MissingSystem("\(rival.name) is not there: no \(name) on the PATH")
        }
        return found
    }

    public func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError) {
        self.ports.withLock { $0[server.id] = ports }
        try server.write(
            configuration: ZooKeeperLaunch.configuration(of: server, ports: ports, settings),
            hasLogFolder: true
        )
    }

    /// Of a server that is prepared: it knows its ports.
    public func command(for server: ServerFolder) -> (program: String, arguments: [String]) {
        let ports = ports.withLock { $0[server.id] } ?? []
        let own = server.id <= ports.count ? ports[server.id - 1] : ServerPorts(client: 0, peer: 0, election: 0)
        let servers = ports.enumerated().map { "\($0 + 1)=127.0.0.1:\($1.peer):\($1.election)" }
        let arguments = rival.command.arguments { placeholder in
            switch placeholder {
            case .id: "\(server.id)"
            case .size: "\(size)"
            case .clientPort: "\(own.client)"
            case .peerPort: "\(own.peer)"
            case .electionPort: "\(own.election)"
            case .data: server.dataPath
            case .log: server.dataLogPath
            case .servers: servers.joined(separator: ",")
            case .config: server.configurationPath
            }
        }
        return (program, arguments)
    }

    // MARK: What its servers say

    /// By the word that tells most of those that the server knows. Who knows none but `ruok` is taken to serve once a session
    /// was made with it: a server without a quorum says `imok` as well.
    public func report(of endpoint: Endpoint) async -> MonitorReport? {
        let known = words.withLock { $0[endpoint] }
        if known != .ruok, let report = await role(of: endpoint) { return report }
        guard words.withLock({ $0[endpoint] ?? .ruok }) == .ruok,
            let text = try? await fourLetterWord(Word.ruok.rawValue, endpoint, timeout: .seconds(2)),
            text.hasPrefix("imok")
        else { return nil }
        if known == nil {
            guard await canBeVisited(endpoint) else { return nil }
            // It may have begun to listen between the words.
            if let report = await role(of: endpoint) { return report }
            guard words.withLock({ $0[endpoint] }) == nil else { return nil }
            words.withLock { $0[endpoint] = .ruok }
        }
        return MonitorReport(
            parsing: Telemetry.monitorLine(Telemetry.MonitorKey.state.rawValue, MonitorReport.roleless)
        )
    }

    /// Nil where it does not serve yet, and where it knows no word that would say so.
    private func role(of endpoint: Endpoint) async -> MonitorReport? {
        for word in words.withLock({ $0[endpoint] }).map({ [$0] }) ?? [.mntr, .srvr] {
            guard let text = try? await fourLetterWord(word.rawValue, endpoint, timeout: .seconds(2)) else {
                continue
            }
            switch ServerAnswer.read(text, to: word.rawValue, of: endpoint) {
            case .report(let report):
                words.withLock { $0[endpoint] = word }
                return report
            case .notYet:
                words.withLock { $0[endpoint] = word }
                return nil
            case .problem, nil: continue
            }
        }
        return nil
    }

    private func canBeVisited(_ endpoint: Endpoint) async -> Bool {
        let patience = ZooKeeperClient.Configuration(connectTimeout: .seconds(2))
        guard let client = try? await ZooKeeperClient.connect(to: [endpoint], configuration: patience) else {
            return false
        }
        await client.close()
        return true
    }
}
