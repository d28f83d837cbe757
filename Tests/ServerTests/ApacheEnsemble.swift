import Client
import Foundation
import Targets
import TestSupport

/// Apache ZooKeeper's own servers in a temporary folder, where Debian's packages `zookeeper` and a Java runtime are
/// there.
final class ApacheEnsemble: Sendable {
    private static let jars = "/usr/share/java"
    private static let java = "/usr/bin/java"
    static let isInstalled =
        FileManager.default.isExecutableFile(atPath: java)
        && FileManager.default.isReadableFile(atPath: jars + "/zookeeper.jar")

    let endpoints: [Endpoint]
    private let held: [HeldPort]
    private let processes: [ChildProcess]
    private let janitor: JanitorLink

    var connect: String { endpoints.map(\.description).joined(separator: ",") }

    /// - Parameter whitelist: `4lw.commands.whitelist`; nil for ZooKeeper's own, which is srvr alone.
    private init(size: Int, whitelist: String?) throws {
        let folder = NSTemporaryDirectory() + "zabbench-apache-\(UUID().uuidString)"
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        self.janitor = janitor
        try janitor.send(.remove(folder: folder))
        held = try HeldPort.take(3 * size)
        let ports = held.map(\.port)
        endpoints = ports[..<size].map { Endpoint(host: "127.0.0.1", port: $0) }
        processes = try (1...size).map { id in
            let own = "\(folder)/server\(id)"
            try FileManager.default.createDirectory(atPath: own + "/data", withIntermediateDirectories: true)
            try Data("\(id)\n".utf8).write(to: URL(filePath: own + "/data/myid"))
            var lines = [
                "tickTime=500", "initLimit=20", "syncLimit=10", "dataDir=\(own)/data", "clientPort=\(ports[id - 1])",
                "clientPortAddress=127.0.0.1", "admin.enableServer=false", "maxClientCnxns=0",
            ]
            if let whitelist { lines.append("4lw.commands.whitelist=\(whitelist)") }
            if size > 1 {
                lines += (1...size).map { peer in
                    "server.\(peer)=127.0.0.1:\(ports[size + 2 * peer - 2]):\(ports[size + 2 * peer - 1])"
                }
            }
            try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: own + "/zoo.cfg"))
            try janitor.send(.starting(folder: own))
            let process = try ChildProcess(
                executable: Self.java,
                arguments: [
                    "-Xmx128m", "-Dzookeeper.jmx.log4j.disable=true", "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
                    "-cp", "\(Self.jars)/zookeeper.jar:\(Self.jars)/slf4j-simple.jar",
                    "org.apache.zookeeper.server.quorum.QuorumPeerMain", own + "/zoo.cfg",
                ],
                directory: own,
                outputPath: own + "/log"
            )
            try janitor.send(.started(pid: process.pid, startTicks: process.startTicks))
            return process
        }
    }

    private func stop() async {
        for process in processes {
            await process.stop(seconds: 5)
            try? janitor.send(.ended(pid: process.pid))
        }
        await janitor.finish()
    }

    /// Runs `body` with servers that serve, and stops them.
    static func with<Result: Sendable>(
        size: Int,
        whitelist: String? = nil,
        _ body: (ApacheEnsemble) async throws -> Result
    ) async throws -> Result {
        let ensemble = try ApacheEnsemble(size: size, whitelist: whitelist)
        do {
            try await ExternalEnsemble(endpoints: ensemble.endpoints, startSeconds: 90).start()
            let result = try await body(ensemble)
            await ensemble.stop()
            return result
        } catch {
            await ensemble.stop()
            throw error
        }
    }
}
