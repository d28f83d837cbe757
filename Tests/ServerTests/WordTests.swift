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
}
