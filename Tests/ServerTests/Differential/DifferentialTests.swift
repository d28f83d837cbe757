import Differential
import Foundation
import Testing

/// The same seeded requests to Apache ZooKeeper and to our servers: every answer, event and closed connection is compared,
/// and in the end the trees. `make differential` plays many more than `make test`.
@Suite(.serialized) struct DifferentialTests {
    private static let environment = ProcessInfo.processInfo.environment
    /// In `make differential`; nil in `make test`.
    private static let operations = environment["ZABBENCH_DIFFERENTIAL_OPERATIONS"].flatMap { Int($0) }
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

    private static func play(
        _ settings: DuelSettings,
        size: Int,
        pace: DuelServers.Pace = .still,
        _ play: @escaping @Sendable (Duel) -> DuelResult
    ) async throws -> DuelResult {
        try await DuelServers.with(.apache, size: size, pace: pace) { apache in
            try await DuelServers.with(.ours, size: size, pace: pace) { ours in
                await withCheckedContinuation { continuation in
                    // It waits for answers, which no task may do.
                    Thread.detachNewThread {
                        continuation.resume(
                            returning: play(Duel(settings, ports: Pair(apache: apache, ours: ours)))
                        )
                    }
                }
            }
        }
    }

    private static let grounds: [Ground] = {
        guard let names = environment["ZABBENCH_DIFFERENTIAL_GROUND"], !names.isEmpty else { return Ground.allCases }
        return names.split(separator: " ").compactMap { Ground(rawValue: String($0)) }
    }()

    @Test(.enabled(if: ApacheEnsemble.isInstalled, needed), arguments: grounds)
    func nothingDiffers(on ground: Ground) async throws {
        let operations = Self.operations ?? (ground == .spread ? 1000 : 3000)
        var settings = DuelSettings(seed: Self.seed, operations: operations, servers: ground == .spread ? 3 : 1)
        settings.isShrinking = true
        settings.isEnsemble = ground != .standalone
        let result = try await Self.play(settings, size: ground == .standalone ? 1 : 3) { $0.play() }
        print("differential: \(ground.rawValue), seed \(Self.seed), \(result.summary)")
        for difference in result.differences { Issue.record("\(difference)") }
        #expect(result.operations >= operations)
        #expect(result.total == 0, "\(result.counts)")
        #expect(result.events > operations / 100)
    }

    /// Sessions expire, nodes are swept, clients move: in `make test` on three servers only.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, needed), arguments: operations == nil ? [3] : [1, 3])
    func timeDoesTheSame(servers: Int) async throws {
        var settings = DuelSettings(seed: Self.seed, operations: 0, servers: servers)
        settings.isEnsemble = servers > 1
        let result = try await Self.play(settings, size: servers, pace: .quick) { $0.playTime() }
        print("differential: time on \(servers), seed \(Self.seed), \(result.summary)")
        for difference in result.differences { Issue.record("\(difference)") }
        #expect(result.total == 0, "\(result.counts)")
        #expect(result.events > 20)
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
