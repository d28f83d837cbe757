import Client
import Foundation
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Wire
import Zab

/// Answers of ZooKeeper 3.8.0 to each word, recorded from a leader, a follower and an observer (`words/ROLE/WORD.txt`),
/// beside ours in the same situation: two sessions, three ephemerals, data watches, a connection that has said nothing.
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
        _ = try await one.getData("/words/e2320a", watch: true)
        _ = try await two.exists("/words/none", watch: true)
        let idle = try #require(RawConnection(endpoint.port))
        try await body()
        _ = idle
        await one.close()
        await two.close()
    }

    /// The server that plays this part, when one does.
    private static func endpoint(in role: String, _ ensemble: NodeEnsemble) async throws -> Endpoint {
        while true {
            for (id, node) in ensemble.nodes {
                if try await ensemble.mode(id) == role { return Endpoint(host: "127.0.0.1", port: node.clientPort) }
            }
        }
    }

    @Test(arguments: ["leader", "follower", "observer"])
    func everyWordHasZooKeepersShape(role: String) async throws {
        let ensemble = try NodeEnsemble(
            [1, 2, 3, 4],
            lines: "4lw.commands.whitelist=*\n",
            roles: [4: ":observer"]
        )
        try await ensemble.start()
        do {
            let endpoint = try await Self.endpoint(in: role, ensemble)
            try await Self.withSituation(at: endpoint) {
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
                let keys = { (text: String) in
                    Set(text.split(separator: "\n").map { $0.prefix { $0 != "\t" && $0 != "=" } })
                }
                let environment = keys(try await fourLetterWord("envi", endpoint))
                #expect(environment == keys(try Self.golden(role, "envi")))
                let monitor = keys(try await fourLetterWord("mntr", endpoint)).filter { $0.hasPrefix("zk_") }
                let foreign = monitor.subtracting(keys(try Self.golden(role, "mntr")))
                #expect(foreign == ["zk_last_applied_zxid"], "of our own: \(foreign)")
            }
            await ensemble.stop()
        } catch {
            await ensemble.stop()
            throw error
        }
    }
}
