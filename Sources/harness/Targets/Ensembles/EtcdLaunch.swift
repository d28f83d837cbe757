import Client
import Foundation
import Workload

/// etcd's servers, each a process of its own. What is not etcd's default stands in `changes`.
public struct EtcdLaunch: ServerLaunch {
    /// Bytes of its backend beyond which etcd refuses writes, which no load is to measure.
    private static let usualQuota = 2 << 30
    private static let raisedQuota = 8 << 30
    /// What a revision takes in the backend beside its value, and how many there are in a second at most.
    private static let revisionBytes = 300
    private static let writesPerSecondMax = 50_000.0

    public let installation: EtcdInstallation
    private let size: Int
    private let hasLogFolders: Bool
    private let isQuotaRaised: Bool
    /// What the servers of one ensemble know each other by.
    private let token: String

    /// - Parameters:
    ///   - size: of the ensemble.
    ///   - hasLogFolders: whether each server has a folder of its own for its write-ahead log.
    ///   - seconds: how long the load lasts.
    ///   - payloadBytes: of one write.
    ///   - state: what is put before the load, besides its own keys.
    public init(
        installation: EtcdInstallation,
        size: Int,
        hasLogFolders: Bool,
        seconds: Double,
        payloadBytes: Int,
        state: PlannedState? = nil,
        token: String = "zabbench"
    ) {
        self.installation = installation
        self.size = size
        self.hasLogFolders = hasLogFolders
        self.token = token
        let written = seconds * Self.writesPerSecondMax * Double(payloadBytes + Self.revisionBytes)
        let before = state.map { Double($0.znodes) * Double($0.dataBytes + Self.revisionBytes) } ?? 0
        isQuotaRaised = written + before > Double(Self.usualQuota)
    }

    public var traits: ServerTraits { ServerTraits(dialling: .announced, hasWatches: false) }

    /// What is not etcd's default, and why, a line each.
    public var changes: [String] {
        var lines = [
            "--log-level=warn, --logger=zap, --log-outputs=stderr (defaults info, by release, default): its log is a file"
        ]
        if isQuotaRaised {
            lines.append(
                "--quota-backend-bytes=\(Self.raisedQuota) (default \(Self.usualQuota)): nothing is compacted, so the load "
                    + "alone could reach it"
            )
        }
        return lines
    }

    public func prepare(_ server: ServerFolder, ports: [ServerPorts]) throws(TargetError) {
        let command = command(for: server, ports: ports).joined(separator: "\n") + "\n"
        try server.write(
            configuration: command,
            hasLogFolder: hasLogFolders,
            others: [:]
        )
        // etcd wants its data for itself alone, and only its own user to read it.
        do {
            try FileManager.default.removeItem(atPath: server.dataPath + "/myid")
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: server.dataPath)
        } catch {
            throw TargetError("\(server.dataPath): cannot be prepared: \(error.localizedDescription)")
        }
    }

    /// The arguments that `prepare` has written, one a line.
    public func command(for server: ServerFolder) -> (program: String, arguments: [String]) {
        let text = FileManager.default.contents(atPath: server.configurationPath) ?? Data()
        let lines = String(decoding: text, as: UTF8.self).split(separator: "\n").map(String.init)
        return (installation.program, lines)
    }

    /// - Parameter ports: of servers 1, 2, ... in their order, as this server reaches them.
    func command(for server: ServerFolder, ports: [ServerPorts]) -> [String] {
        let own = ports[server.id - 1]
        let (client, peer) = ("http://127.0.0.1:\(own.client)", "http://127.0.0.1:\(own.peer)")
        // All members have the same list: it names where each is reached, which is the proxy's port where there is one.
        let members = ports.enumerated().map { index, ports in
            "server\(index + 1)=http://127.0.0.1:\(ports.announced ?? ports.peer)"
        }
        var arguments = [
            "--name=server\(server.id)", "--data-dir=\(server.dataPath)",
            "--listen-client-urls=\(client)", "--advertise-client-urls=\(client)",
            "--listen-peer-urls=\(peer)", "--initial-advertise-peer-urls=http://127.0.0.1:\(own.announced ?? own.peer)",
            "--initial-cluster=\(members.joined(separator: ","))", "--initial-cluster-state=new",
            "--initial-cluster-token=\(token)", "--logger=zap", "--log-outputs=stderr", "--log-level=warn",
        ]
        if hasLogFolders { arguments.append("--wal-dir=\(server.dataLogPath)/wal") }
        if isQuotaRaised { arguments.append("--quota-backend-bytes=\(Self.raisedQuota)") }
        return arguments
    }

    public func report(of endpoint: Endpoint) async -> MonitorReport? { await EtcdStatus.report(of: endpoint) }

    public func fullReport(of endpoint: Endpoint) async -> MonitorReport? {
        await EtcdStatus.fullReport(of: endpoint)
    }
}
