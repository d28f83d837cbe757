import Differential
import Foundation
import Testing

/// The same seeded requests to Apache ZooKeeper and to our servers: every answer, event and closed connection is compared,
/// and in the end the trees. `make differential` plays many more than `make test`.
@Suite(.serialized) struct DifferentialTests {
    private static let environment = ProcessInfo.processInfo.environment
    private static let operations = environment["ZABBENCH_DIFFERENTIAL_OPERATIONS"].flatMap { Int($0) } ?? 3000
    private static let seed = environment["ZABBENCH_DIFFERENTIAL_SEED"].flatMap { UInt64($0) } ?? 1
    private static let needed: Comment = "apt-get install zookeeper to run it"

    enum Ground: String, CaseIterable {
        /// One server.
        case standalone
        /// Of three, with all clients on one that follows.
        case follower
        /// Of three, with clients that move between them.
        case spread
    }

    private static func play(_ ground: Ground) async throws -> DuelResult {
        var settings = DuelSettings(seed: seed, operations: operations, servers: ground == .spread ? 3 : 1)
        settings.isShrinking = true
        settings.isEnsemble = ground != .standalone
        let size = ground == .standalone ? 1 : 3
        return try await DuelServers.with(.apache, size: size) { apache in
            try await DuelServers.with(.ours, size: size) { ours in
                let duel = settings
                return await withCheckedContinuation { continuation in
                    // It waits for answers, which no task may do.
                    Thread.detachNewThread {
                        continuation.resume(returning: Duel(duel, ports: Pair(apache: apache, ours: ours)).play())
                    }
                }
            }
        }
    }

    /// In `make differential` only are clients spread: beside other work ZooKeeper's servers are behind each other for so
    /// long that what they answer differs from one run to the next.
    private static let grounds: [Ground] =
        environment["ZABBENCH_DIFFERENTIAL_OPERATIONS"] == nil ? [.standalone, .follower] : Ground.allCases

    @Test(.enabled(if: ApacheEnsemble.isInstalled, needed), arguments: grounds)
    func nothingDiffers(on ground: Ground) async throws {
        let result = try await Self.play(ground)
        print("differential: \(ground.rawValue), \(result.summary)")
        for difference in result.differences { Issue.record("\(difference)") }
        #expect(result.operations >= Self.operations)
        #expect(result.total == 0, "\(result.counts)")
        #expect(result.events > Self.operations / 100)
    }

    /// What is explained in code is explained to readers.
    @Test func everyExplanationStandsInDivergence() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../")
        let text = try String(contentsOf: root.appending(path: "docs/divergence.md"), encoding: .utf8)
            .replacing("\n  ", with: " ")
        for rule in Explanation.allCases {
            #expect(text.contains("**\(rule.rawValue)"), "docs/divergence.md lacks: \(rule.rawValue)")
        }
    }
}
