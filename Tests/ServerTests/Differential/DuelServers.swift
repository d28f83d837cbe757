import Client
import Differential
import Foundation
import Targets
import TestSupport

/// Servers of one side of a duel with the same zoo.cfg on both: Apache ZooKeeper's, or ours.
final class DuelServers: Sendable {
    let endpoints: [Endpoint]
    private let held: [HeldPort]
    private let processes: [ChildProcess]
    private let janitor: JanitorLink

    /// What happens by itself, on both sides.
    enum Pace {
        /// Nothing: no session expires that is heard now and then, no container is swept.
        case still
        /// Sessions expire after 3 seconds, and sweeps are as frequent as may be.
        case quick

        fileprivate var lines: [String] {
            switch self {
            case .still: ["tickTime=2000", "minSessionTimeout=20000"]
            case .quick: ["tickTime=500", "minSessionTimeout=3000"]
            }
        }

        /// ZooKeeper has it as a Java property only.
        fileprivate var sweep: String { "znode.container.checkIntervalMs=\(self == .still ? 36_000_000 : 300)" }
    }

    /// What both sides are told: everything that a client can ask for is allowed.
    private static let lines = [
        "initLimit=20", "syncLimit=10", "maxClientCnxns=0", "snapCount=1000000",
        "maxSessionTimeout=60000", "admin.enableServer=false",
        "extendedTypesEnabled=true", "enforceQuota=true", "clientPortAddress=127.0.0.1",
        // The password is "secret".
        "DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=",
    ]

    private init(_ side: Side, size: Int, _ pace: Pace) throws {
        // Nothing is proven about disks here, so they need not be waited for.
        let memory = "/dev/shm"
        let root = FileManager.default.isWritableFile(atPath: memory) ? memory + "/" : NSTemporaryDirectory()
        let folder = root + "zabbench-duel-\(UUID().uuidString)"
        let program = try ProcessInfo.processInfo.environment["ZABBENCH_PROGRAM"] ?? ZabbenchProgram.path()
        let janitor = try JanitorLink(executable: program)
        self.janitor = janitor
        try janitor.send(.remove(folder: folder))
        held = try HeldPort.take(3 * size)
        let ports = held.map(\.port)
        endpoints = ports[..<size].map { Endpoint(host: "127.0.0.1", port: $0) }
        processes = try (1...size).map { id in
            let own = "\(folder)/server\(id)"
            try FileManager.default.createDirectory(atPath: own + "/data", withIntermediateDirectories: true)
            try Data("\(id)\n".utf8).write(to: URL(filePath: own + "/data/myid"))
            var lines = Self.lines + pace.lines + ["dataDir=\(own)/data", "clientPort=\(ports[id - 1])"]
            lines.append(side == .apache ? "forceSync=no" : pace.sweep)
            if size > 1 {
                lines += (1...size).map { peer in
                    "server.\(peer)=127.0.0.1:\(ports[size + 2 * peer - 2]):\(ports[size + 2 * peer - 1])"
                }
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: own + "/zoo.cfg"))
            try janitor.send(.starting(folder: own))
            let command = side == .apache ? Self.java(own + "/zoo.cfg", pace) : [program, "serve", own + "/zoo.cfg"]
            let process = try ChildProcess(
                executable: command[0],
                arguments: Array(command.dropFirst()),
                directory: own,
                outputPath: own + "/log"
            )
            try janitor.send(.started(pid: process.pid, startTicks: process.startTicks))
            return process
        }
    }

    private static func java(_ configuration: String, _ pace: Pace) -> [String] {
        [
            "/usr/bin/java", "-Xmx256m", "-Dzookeeper.jmx.log4j.disable=true",
            "-D\(pace.sweep)",
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=off", "-cp",
            "/usr/share/java/zookeeper.jar:/usr/share/java/slf4j-simple.jar",
            "org.apache.zookeeper.server.quorum.QuorumPeerMain", configuration,
        ]
    }

    private func stop() async {
        for process in processes {
            await process.stop(seconds: 5)
            try? janitor.send(.ended(pid: process.pid))
        }
        await janitor.finish()
    }

    /// Runs `body` with the ports of the servers, a follower's first, and stops them.
    static func with<Result: Sendable>(
        _ side: Side,
        size: Int,
        pace: Pace = .still,
        _ body: ([Int]) async throws -> Result
    ) async throws -> Result {
        let servers = try DuelServers(side, size: size, pace)
        do {
            let ensemble = ExternalEnsemble(endpoints: servers.endpoints, startSeconds: 90)
            try await ensemble.start()
            let leader = size > 1 ? await ensemble.leader()?.endpoint : nil
            let followers = servers.endpoints.filter { $0 != leader }
            let result = try await body((followers + [leader].compactMap { $0 }).map(\.port))
            await servers.stop()
            return result
        } catch {
            await servers.stop()
            throw error
        }
    }
}
