import Client
import Foundation
import NIOPosix
import Server
import TestSupport
import Testing
import Zab

/// The words as other people's programs read them.
@Suite struct WordTests {
    /// A server alone in this process, on a port that the kernel chose.
    static func withServer<Result>(
        words: Set<String>? = nil,
        _ body: (ServerNode, Endpoint) async throws -> Result
    ) async throws -> Result {
        let folder = TemporaryFolder()
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: try folder.make("1"), clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        configuration.tickTime = 500
        configuration.segmentBytes = 64 << 10
        configuration.allowedWords = words
        let node = try await ServerNode.start(configuration: configuration)
        do {
            let endpoint = Endpoint(host: "127.0.0.1", port: node.clientPort)
            while try await fourLetterWord("isro", endpoint) != "rw" {}
            let result = try await body(node, endpoint)
            await node.stop()
            return result
        } catch {
            await node.stop()
            throw error
        }
    }

    /// What two Go clients (samuel/go-zookeeper, and go-zookeeper/zk after it) take `srvr` apart with.
    static let summary =
        #"^Zookeeper version: ([A-Za-z0-9.\-]+), built on (\d\d/\d\d/\d{4} \d\d:\d\d [A-Za-z0-9:+\-]+)\n"#
        + #"(?:Clients:\n(?: .*\n)*\n)?Latency min/avg/max: (\d+)/(\d+)/(\d+)\nReceived: (\d+)\nSent: (\d+)\n"#
        + #"Connections: (\d+)\nOutstanding: (\d+)\nZxid: (0x[a-f0-9]+)\nMode: (\w+)\nNode count: (\d+)\n$"#

    /// What a pattern finds, the whole first; nil if it finds nothing.
    static func groups(_ pattern: String, in text: some StringProtocol) throws -> [String]? {
        try Regex(pattern).firstMatch(in: String(text))?.output.map { String($0.substring ?? "") }
    }

    @Test func srvrAndStatAreTakenApart() async throws {
        try await Self.withServer { _, endpoint in
            let client = try await ZooKeeperClient.connect(
                to: [endpoint],
                configuration: ZooKeeperClient.Configuration()
            )
            for name in ["/a", "/b", "/c"] { try await client.create(name) }
            for word in ["srvr", "stat"] {
                let text = try await fourLetterWord(word, endpoint)
                let found = try #require(try Self.groups(Self.summary, in: text), "\(text)")
                #expect(found[1] == "3.8.0-zabbench" && found[11] == "standalone" && found[12] == "7")
                #expect(found[8] == "2", "the client, and the one who asks")
                // Three creates and a session, and the words so far. Each has its answer, but for this one.
                let (received, sent) = (try #require(Int(found[6])), try #require(Int(found[7])))
                #expect(received >= 5 && sent == received - 1, "\(text)")
            }
            let stat = try await fourLetterWord("stat", endpoint)
            let clients = stat.split(separator: "\n").filter { $0.hasPrefix(" /") }
            #expect(clients.count == 2)
            let line = #"^ /127\.0\.0\.1:\d+\[1\]\(queued=0,recved=(\d+),sent=(\d+)\)$"#
            let counts = try clients.map { try Self.groups(line, in: $0)?.dropFirst().joined(separator: " ") }
            #expect(Set(counts) == ["4 4", "1 0"])
            await client.close()
        }
    }

    @Test func theWhitelistIsHonouredAndSrvrIsAlwaysThere() async throws {
        try await Self.withServer(words: ["srvr", "isro"]) { _, endpoint in
            let summary = try await fourLetterWord("srvr", endpoint)
            #expect(summary.hasPrefix("Zookeeper version: "))
            for word in ["mntr", "ruok", "stat", "zphs"] {
                #expect(
                    try await fourLetterWord(word, endpoint)
                        == "\(word) is not executed because it is not in the whitelist.\n"
                )
            }
            #expect(try await fourLetterWord("abcd", endpoint) == "")
        }
    }

    /// ZooKeeper's digests stand at zxids 0x80, 0x100 and so on, too (asked of 3.8.0 after 602 transactions). A server of
    /// ours that stands alone has an epoch, 1 here.
    @Test func hashHasADigestOfEvery128thTransaction() async throws {
        try await Self.withServer { _, endpoint in
            let client = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
            #expect(try await fourLetterWord("hash", endpoint) == "")
            try await client.create("/a")
            for _ in 0..<300 { _ = try await client.setData("/a", data: [1]) }
            let lines = try await fourLetterWord("hash", endpoint).split(separator: "\n")
            #expect(lines.count == 2)
            for (line, zxid) in zip(lines, ["100000080", "100000100"]) {
                #expect(try Self.groups("^\(zxid): -?[0-9]+$", in: line) != nil, "\(line)")
            }
            await client.close()
        }
    }

    @Test func watchersAreCountedByEvent() async throws {
        try await Self.withServer { _, endpoint in
            let one = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
            let two = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
            for client in [one, two] { _ = try await client.exists("/words/data", watch: true) }
            try await one.create("/words")
            try await one.create("/words/data")
            _ = try await two.getData("/words/data", watch: true)
            _ = try await two.setData("/words/data", data: [1])
            _ = try await one.setData("/words/data", data: [2])
            let figures = WordGoldenTests.values(try await fourLetterWord("mntr", endpoint))
            #expect(figures["zk_cnt_node_created_watch_count"] == "1")
            #expect(figures["zk_max_node_created_watch_count"] == "2")
            #expect(figures["zk_sum_node_changed_watch_count"] == "1")
            #expect(figures["zk_cnt_node_deleted_watch_count"] == "0")
            // Of the one event of ZooKeeper's recordings, which has this path, it counts 39.
            #expect(figures["zk_watch_bytes"] == "117")
            #expect(figures["zk_cnt_propagation_latency"] == "6", "two sessions, two nodes, two changes")
            await one.close()
            await two.close()
        }
    }

    /// A server that was stopped tells what it found, and when it wrote its newest snapshot.
    @Test func theNextStartIsTimed() async throws {
        let folder = TemporaryFolder()
        let text =
            "tickTime=500\ndataDir=\(folder.path)/1\nclientPort=0\nclientPortAddress=127.0.0.1\nsnapCount=50\n"
            + "zabbench.segmentBytes=65536\n4lw.commands.whitelist=*\n" + WordGoldenTests.admin
        try folder.write(text.utf8, "zoo.cfg")
        let configuration = try ServerConfiguration(contentsOf: folder.path(of: "zoo.cfg"))
        for round in 1...2 {
            let node = try await ServerNode.start(configuration: configuration)
            let endpoint = Endpoint(host: "127.0.0.1", port: node.clientPort)
            while try await fourLetterWord("isro", endpoint) != "rw" {}
            let client = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
            let before = WordGoldenTests.values(try await fourLetterWord("mntr", endpoint))
            #expect(before["zk_cnt_dbinittime"] == "1")
            #expect(before["zk_cnt_startup_snap_load_time"] == (round == 1 ? "0" : "1"))
            #expect((before["zk_cnt_startup_txns_loaded"] == "1") == (before["zk_sum_startup_txns_loaded"] != "0"))
            for index in 0..<60 { try await client.create("/\(round)-\(index)") }
            while WordGoldenTests.values(try await fourLetterWord("mntr", endpoint))["zk_cnt_snapshottime"] == "0" {}
            let said = try AdminServerTests.get(node.adminPort, "/commands/last_snapshot").body
            let snapshot = try AdminServerTests.object(AdminServerTests.chunks(said))
            #expect(Int(snapshot["zxid"] as? String ?? "", radix: 16).map { $0 >= 50 } == true, "\(said)")
            #expect((snapshot["timestamp"] as? Int).map { $0 > 1_700_000_000 } == true, "\(said)")
            let initial = try AdminServerTests.get(node.adminPort, "/commands/initial_configuration").body
            #expect(initial.contains("snapCount=50\\n"), "\(initial)")
            await client.close()
            await node.stop()
        }
    }
}
