import Foundation
import NIOCore
import NIOPosix
import Targets
import Testing
import Workload

/// Leaders and whole ensembles killed under load: what was acknowledged is there afterwards, in order, everywhere.
///
/// `make test` kills three leaders and everything once. `make torture` sets the environment for minutes of it.
@Suite(.serialized) struct TortureTests {
    static let environment = ProcessInfo.processInfo.environment
    static let kills = environment["ZABBENCH_TORTURE_KILLS"].flatMap { Int($0) } ?? 3
    static let seconds = environment["ZABBENCH_TORTURE_SECONDS"].flatMap { Double($0) } ?? 0

    @Test func noAcknowledgedWriteIsLostOrReordered() async throws {
        try await TestEnsemble.with { ensemble, group in
            let (progress, reports) = AsyncStream.makeStream(of: ProgressSample.self)
            let plan = LoadPlan(
                clients: 8,
                outstanding: 16,
                keys: 2000,
                warmUpSeconds: 0,
                durationSeconds: 24 * 3600,
                sessionTimeoutMilliseconds: 8000,
                surviveConnectionLoss: true,
                drainSeconds: 20,
                runID: "torture"
            )
            let endpoints = ensemble.servers.endpoints
            let load = Task {
                defer { reports.finish() }
                return try await LoadGenerator.run(
                    plan: plan,
                    endpoints: endpoints,
                    leader: nil,
                    eventLoopGroup: group
                ) { reports.yield($0) }
            }
            var totals = (leaders: 0, ensembles: 0, snapshots: 0)
            do {
                totals = try await Self.killAgainAndAgain(ensemble, progress)
            } catch {
                load.cancel()
                _ = try? await load.value
                throw error
            }
            load.cancel()
            let result = try await load.value
            try await ensemble.servers.waitUntilServing(seconds: 60)
            let verification = await Verifier.verify(result.ledger, endpoints: endpoints, eventLoopGroup: group)
            print(
                "torture: \(totals.leaders) leaders and \(totals.ensembles) whole ensembles killed,",
                "\(verification.writesAcknowledged) writes acknowledged, \(verification.acknowledgedVerified) found,",
                "\(verification.reordered) reordered, \(verification.ambiguous) unanswered,",
                "digests \(verification.digestsAgree ? "equal" : "differ"), \(totals.snapshots) snapshots"
            )
            #expect(verification.writesAcknowledged > 1000)
            #expect(verification.isProven, "\(verification.complaint ?? "")")
            let digests = try #require(await ensemble.servers.commonDigest(seconds: 30))
            #expect(digests.agree, "the servers' own digests differ at zxid \(digests.zxid): \(digests.digests)")
        }
    }

    /// Kills a leader, waits for the next and for writes, starts the killed one again; every fourth time everything is
    /// killed at once. Returns how often.
    private static func killAgainAndAgain(
        _ ensemble: TestEnsemble,
        _ progress: AsyncStream<ProgressSample>
    ) async throws -> (leaders: Int, ensembles: Int, snapshots: Int) {
        var samples = progress.makeAsyncIterator()
        let clock = ContinuousClock()
        let begin = clock.now
        var totals = (leaders: 0, ensembles: 0, snapshots: 0)
        while totals.leaders < kills || clock.now - begin < .seconds(seconds) {
            try await waitForWrites(&samples)
            totals.snapshots += await ensemble.servers.reports().compactMap {
                $0.report?.number("zab_snapshots").map { Int($0) }
            }.reduce(0, +)
            if totals.leaders % 4 == 2 {
                for server in ensemble.servers.servers { try await kill(server.id, ensemble) }
                for server in ensemble.servers.servers { try await ensemble.servers.restart(server.id) }
                totals.ensembles += 1
                try await ensemble.servers.waitUntilServing(seconds: 60)
                try await waitForWrites(&samples)
            }
            let leader = try #require(await ensemble.servers.leader())
            try await kill(leader.id, ensemble)
            try await waitForWrites(&samples)
            try await ensemble.servers.restart(leader.id)
            totals.leaders += 1
            try await ensemble.servers.waitUntilServing(seconds: 60)
        }
        try await waitForWrites(&samples)
        return totals
    }

    private static func kill(_ id: Int, _ ensemble: TestEnsemble) async throws {
        try ensemble.servers.kill(id, signal: SIGKILL)
        try #require(await ensemble.servers.waitForExit(of: id, seconds: 30))
    }

    /// Waits for a second of the load in which writes were acknowledged and that began after this call.
    private static func waitForWrites(_ samples: inout AsyncStream<ProgressSample>.Iterator) async throws {
        var fresh = 0
        while let sample = await samples.next() {
            if let second = sample.second, second.completed > 0 { fresh += 1 }
            if fresh == 2 { return }
        }
        Issue.record("the load ended by itself")
        throw CancellationError()
    }
}
