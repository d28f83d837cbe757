import Client
import Foundation
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Wire
import Zab

/// Answers of ZooKeeper 3.8.0 to each word and each command of its admin server, recorded from a leader, a follower, an
/// observer, a server alone, and a lone member of three (`words/ROLE`, by scripts/record-words.py), beside ours in the same
/// situation: two sessions, three ephemerals, data watches, one that has fired, a connection that has said nothing.
///
/// Both are masked by one rule: numbers, hexadecimal ones too, become `N`, dates `DATE`, and paths of directories `DIR`.
/// What stands in no order in ZooKeeper's answers is compared in one.
@Suite(.serialized) struct WordGoldenTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().path + "/words"

    static func golden(_ role: String, _ word: String) throws -> String {
        try String(contentsOfFile: "\(folder)/\(role)/\(word).txt", encoding: .utf8)
    }

    /// Lines without their values.
    static func shape(_ text: String) throws -> [String] {
        try text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            var line = String(line)
            for (pattern, mask) in [
                (#"max: .*"#, "max: L"), (#"expire at .*"#, "expire at DATE:"), (#"Dir=/.*"#, "Dir=DIR"),
                (#"version: .*"#, "version: V"),
                (#"0x[0-9a-f]+"#, "N"), (#"[0-9]+"#, "N"), (#"/words/eN[abc]"#, "/words/E"),
            ] { line = line.replacing(try Regex(pattern), with: mask) }
            return line
        }
    }

    /// In the situation of the recordings, at one server of an ensemble.
    static func withSituation(
        at endpoint: Endpoint,
        _ body: () async throws -> Void
    ) async throws {
        let one = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
        let two = try await ZooKeeperClient.connect(endpoints: [endpoint.description])
        for path in ["/words", "/words/data"] { _ = try? await one.create(path) }
        for (client, names) in [(one, "ab"), (two, "c")] {
            for name in names { _ = try await client.create("/words/e2320\(name)", mode: .ephemeral) }
        }
        _ = try await one.getData("/words/data", watch: true)
        _ = try await one.setData("/words/data", data: Array("again".utf8))
        _ = try await one.getData("/words/data", watch: true)
        _ = try await one.getData("/words/e2320a", watch: true)
        _ = try await two.exists("/words/none", watch: true)
        let idle = try #require(RawConnection(endpoint.port))
        try await body()
        _ = idle
        await one.close()
        await two.close()
    }

    /// The server that plays this part, when all serve: who still joins is counted by the leader meanwhile.
    private static func endpoint(in role: String, _ ensemble: NodeEnsemble) async throws -> Endpoint {
        let parts: Set<String> = ["leader", "follower", "observer", "standalone"]
        for id in ensemble.nodes.keys {
            while !parts.contains(try await ensemble.mode(id)) { await Task.yield() }
        }
        while true {
            for (id, node) in ensemble.nodes {
                if try await ensemble.mode(id) == role { return Endpoint(host: "127.0.0.1", port: node.clientPort) }
            }
        }
    }

    static let admin = "admin.enableServer=true\nadmin.serverPort=0\nadmin.serverAddress=127.0.0.1\n"

    /// A server that plays this part, in its situation.
    static func withServer(
        in role: String,
        _ body: (Endpoint, _ adminPort: Int) async throws -> Void
    ) async throws {
        let ids = role == "standalone" ? [1] : role == "notserving" ? [1, 2, 3] : [1, 2, 3, 4]
        let lines = "4lw.commands.whitelist=*\n" + admin
        let ensemble = try NodeEnsemble(ids, lines: lines, roles: ids.count == 4 ? [4: ":observer"] : [:])
        try await ensemble.start(role == "notserving" ? [1] : nil)
        do {
            if role == "notserving" {
                let node = try #require(ensemble.nodes[1])
                try await body(Endpoint(host: "127.0.0.1", port: node.clientPort), node.adminPort)
            } else {
                let endpoint = try await endpoint(in: role, ensemble)
                let node = try #require(ensemble.nodes.values.first { $0.clientPort == endpoint.port })
                try await withSituation(at: endpoint) { try await body(endpoint, node.adminPort) }
            }
            await ensemble.stop()
        } catch {
            await ensemble.stop()
            throw error
        }
    }

    static let roles = ["leader", "follower", "observer", "standalone"]

    @Test(arguments: roles) func everyWordHasZooKeepersShape(role: String) async throws {
        try await Self.withServer(in: role) { endpoint, _ in
            // Before crst, behind which nothing has been asked.
            for word in ["stat", "cons", "dump"] {
                let ours = Set(try Self.shape(try await fourLetterWord(word, endpoint)))
                let theirs = Set(try Self.shape(try Self.golden(role, word)))
                #expect(
                    ours.subtracting(theirs).allSatisfy { $0.contains("N/N/N") },
                    "\(word) of a \(role): \(ours.subtracting(theirs))"
                )
            }
            for word in [
                "srvr", "conf", "wchs", "wchc", "wchp", "dirs", "gtmk", "hash", "isro", "ruok", "crst", "srst",
            ] {
                let ours = try Self.shape(try await fourLetterWord(word, endpoint)).sorted()
                let theirs = try Self.shape(try Self.golden(role, word)).sorted()
                #expect(ours == theirs, "\(word) of a \(role)")
            }
            let environment = Self.values(try await fourLetterWord("envi", endpoint)).keys
            #expect(Set(environment) == Set(Self.values(try Self.golden(role, "envi")).keys))
        }
    }

    @Test func whoDoesNotServeSaysSoInZooKeepersWords() async throws {
        try await Self.withServer(in: "notserving") { endpoint, _ in
            for word in FourLetterWordNames.ofZooKeeper where word != "mntr" && word != "envi" && word != "stmk" {
                let ours = try await fourLetterWord(word, endpoint)
                #expect(ours == (try Self.golden("notserving", word)), "\(word)")
            }
            // ZooKeeper has nothing to say here; ours tells the harness where it stands.
            #expect(try await fourLetterWord("mntr", endpoint).hasPrefix("zk_version\t"))
        }
    }

    /// Keys and what follows them, of `mntr` and `envi`.
    static func values(_ text: String) -> [String: String] {
        var values: [String: String] = [:]
        for line in text.split(separator: "\n") {
            let key = line.prefix { $0 != "\t" && $0 != "=" }
            values[String(key)] = String(line.dropFirst(key.count + 1))
        }
        return values
    }

    /// What `srst` sets back in ZooKeeper it sets back here: all that is counted or timed. What is measured stays.
    @Test(arguments: roles) func srstSetsBackWhatZooKeepersDoes(role: String) async throws {
        try await Self.withServer(in: role) { endpoint, _ in
            let before = Self.values(try await fourLetterWord("mntr", endpoint))
            _ = try await fourLetterWord("srst", endpoint)
            let after = Self.values(try await fourLetterWord("mntr", endpoint))
            let theirsBefore = Self.values(try Self.golden(role, "mntr"))
            let theirsAfter = Self.values(try Self.golden(role, "mntr-after-srst"))
            var setBack = 0
            for (key, value) in after {
                guard let theirs = theirsAfter[key], let was = theirsBefore[key] else { continue }
                if ["0", "0.0", "-1"].contains(theirs) {
                    #expect(value == theirs, "\(key) of a \(role), before srst \(before[key] ?? "")")
                    // What is timed may have been 0 ms; what is counted is not.
                    if before[key] != value, !key.contains("time"), !key.contains("latency") { setBack += 1 }
                } else if was == theirs, !key.contains("descriptor"), !key.contains("connections") {
                    #expect(value == before[key], "\(key) of a \(role)")
                }
            }
            #expect(setBack >= 13, "only \(setBack) keys had a value")
            #expect(after["zk_packets_received"] == theirsAfter["zk_packets_received"])
            #expect(after["zk_packets_sent"] == theirsAfter["zk_packets_sent"])
        }
    }

    /// Every key of ZooKeeper's is here, or docs/reference/words.md says why it is not; and none is here that is not there.
    @Test(arguments: roles) func everyMetricIsHereOrLeftOutWithAReason(role: String) async throws {
        let document = URL(filePath: Self.folder).appending(path: "../../../docs/reference/words.md").path
        let text = try String(contentsOfFile: document, encoding: .utf8)
        let table = text.components(separatedBy: "\nLeft out:\n").last ?? ""
        let patterns = table.split(separator: "\n").filter { $0.hasPrefix("| `") }.flatMap { row in
            (row.split(separator: "|").first ?? "").split(separator: "`").filter { !$0.contains(" ") }
        }
        let leftOut = try patterns.map {
            try Regex(String($0).replacing("*", with: ".*").replacing("N_", with: "[0-9]+_"))
        }
        #expect(leftOut.count > 20)
        func names(_ keys: some Sequence<String>) -> Set<String> {
            Set(keys.map { $0.replacing(#/^zk_((avg|min|max|cnt|sum|p50|p95|p99|p999)_)?/#, with: "") })
        }
        try await Self.withServer(in: role) { endpoint, _ in
            let ours = Self.values(try await fourLetterWord("mntr", endpoint)).keys
            let theirs = Self.values(try Self.golden(role, "mntr")).keys
            // An acknowledgement's latency ZooKeeper tells of every thousandth transaction only.
            let foreign = Set(ours).subtracting(theirs).filter { !$0.hasSuffix("ack_latency") }
            #expect(foreign.isEmpty, "of our own: \(foreign)")
            for name in names(theirs).subtracting(names(ours)) {
                #expect(leftOut.contains { name.wholeMatch(of: $0) != nil }, "\(name) of a \(role)")
            }
            // Some are left out of learners' answers only.
            guard role != "leader", role != "standalone" else { return }
            for name in names(ours) { #expect(!leftOut.contains { name.wholeMatch(of: $0) != nil }, "\(name)") }
        }
    }
}

/// The words that ZooKeeper has.
enum FourLetterWordNames {
    static let ofZooKeeper = [
        "ruok", "srvr", "stat", "mntr", "isro", "conf", "cons", "crst", "dump", "envi", "srst", "wchs", "wchc", "wchp",
        "dirs", "gtmk", "stmk", "hash",
    ]
}
