import Client
import Foundation
import NIOCore
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Zab

/// Servers in this process with tiny segments and many snapshots: one that was away for long can only be helped by a
/// snapshot, and has to stand on its own feet afterwards.
@Suite(.serialized) struct SnapshotTransferTests {
    let folder = TemporaryFolder()
    private let held: [HeldPort]

    init() throws { held = try HeldPort.take(9) }

    func configurations() throws -> [ServerConfiguration] {
        let ports = held.map(\.port)
        let servers = (0..<3).map { index in
            ServerAddress(
                id: ServerID(UInt8(index + 1)),
                host: "127.0.0.1",
                quorumPort: ports[3 * index],
                electionPort: ports[3 * index + 1]
            )
        }
        return try (0..<3).map { index in
            let data = try folder.make("\(index + 1)")
            var configuration = ServerConfiguration(
                myself: servers[index].id,
                dataDir: data,
                clientPort: ports[3 * index + 2]
            )
            configuration.clientHost = "127.0.0.1"
            configuration.servers = servers
            configuration.tickTime = 500
            configuration.segmentBytes = 64 << 10
            configuration.snapCount = 200
            return configuration
        }
    }

    static func figures(_ node: ServerNode) async throws -> MonitorReport {
        let endpoint = Endpoint(host: "127.0.0.1", port: node.clientPort)
        return MonitorReport(
            parsing: try await fourLetterWord("mntr", endpoint) + fourLetterWord("zfig", endpoint)
        )
    }

    /// Asks until all nodes have applied the same and returns their digests.
    static func digests(_ nodes: [ServerNode]) async throws -> Set<String> {
        while true {
            var zxids: Set<String> = []
            var digests: Set<String> = []
            for node in nodes {
                let report = try await figures(node)
                zxids.insert(report.isServing ? report["zab_digest_zxid"] ?? "" : "not serving \(node.clientPort)")
                digests.insert(report["zab_digest"] ?? "")
            }
            if zxids.count == 1 { return digests }
        }
    }

    static func write(_ range: Range<Int>, to nodes: [ServerNode]) async throws {
        let client = try await ZooKeeperClient.connect(endpoints: nodes.map { "127.0.0.1:\($0.clientPort)" })
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in range {
                group.addTask { _ = try await client.create("/n\(index)", data: [UInt8](repeating: 5, count: 1000)) }
            }
            try await group.waitForAll()
        }
        await client.close()
    }

    @Test(.timeLimit(.minutes(3)))
    func aServerThatWasAwayForLongGetsASnapshotAndKeepsIt() async throws {
        let all = try configurations()
        var nodes: [ServerNode] = []
        for configuration in all { nodes.append(try await ServerNode.start(configuration: configuration)) }
        try await Self.write(0..<10, to: nodes)
        // Server 1 does not lead: equal histories make the highest id leader.
        let away = nodes.removeFirst()
        await away.stop()
        for round in 0..<4 { try await Self.write((1000 * (round + 1))..<(1000 * (round + 1) + 500), to: nodes) }
        let leaderLog = try FileManager.default.contentsOfDirectory(atPath: all[2].dataDir).filter {
            $0.hasPrefix("log.")
        }
        #expect(!leaderLog.contains("log.0000000000000001"), "the beginning of the log is gone: \(leaderLog)")
        // Back: only a snapshot can help. Then a write on top, and a restart on what was received.
        var back = try await ServerNode.start(configuration: all[0])
        #expect(try await Self.digests(nodes + [back]).count == 1)
        try await Self.write(9000..<9010, to: nodes)
        #expect(try await Self.digests(nodes + [back]).count == 1)
        await back.stop()
        back = try await ServerNode.start(configuration: all[0])
        #expect(try await Self.digests(nodes + [back]).count == 1)
        #expect(try await Self.figures(back).number("zk_znode_count") == 4 + 10 + 2000 + 10)
        for node in nodes + [back] { await node.stop() }
    }
}
