import Foundation
import Log
import NIOCore
import NIOPosix
import Randomness
import Targets
import Testing
import Workload
import Zab

/// Servers on real files lose power under load: killed with kill -9, and then what they had not synced is taken back, sector
/// by sector (`PowerLoss`). What was acknowledged must be there afterwards, in order, on a quorum.
///
/// `make test` cuts the power twice, and once where writes are lost for certain. `make torture` sets the environment for
/// minutes of it, with several strategies.
@Suite(.serialized) struct PowerCutTortureTests {
    static let environment = ProcessInfo.processInfo.environment
    static let cuts = environment["ZABBENCH_TORTURE_CUTS"].flatMap { Int($0) } ?? 2
    static let seconds = environment["ZABBENCH_TORTURE_CUT_SECONDS"].flatMap { Double($0) } ?? 0
    static let controlCuts = environment["ZABBENCH_TORTURE_CONTROL_CUTS"].flatMap { Int($0) } ?? 1
    static let seed = environment["ZABBENCH_TORTURE_SEED"].flatMap { UInt64($0) } ?? 1

    /// How the log reaches the disk, and its share of the time. The default has more than half; the others are one for each
    /// other way of a sync: an O_DSYNC write with several groups under way, O_DIRECT, io_uring, files that grow.
    static let strategies: [(strategy: String, batching: String, share: Double)] = [
        ("fdatasync_recycled", "natural", 0.6),
        ("o_dsync_recycled", "overlapped", 0.1),
        ("o_direct_dsync_recycled", "natural", 0.1),
        ("io_uring_recycled", "natural", 0.1),
        ("fdatasync_append", "natural", 0.1),
    ]

    static func settings(
        _ strategy: String,
        _ batching: String = "natural",
        segmentBytes: Int?,
        snapCount: Int = 20_000
    ) -> ServerSettings {
        ServerSettings(
            tickTimeMilliseconds: 500,
            initLimit: 20,
            syncLimit: 6,
            snapCount: snapCount,
            logStrategy: strategy,
            logBatching: batching,
            // On a disk that is fast, or only says that it has synced, hardly any cut would come within a sync.
            injectedSyncMicroseconds: 1000,
            hasUnsyncedJournal: true,
            segmentBytes: segmentBytes
        )
    }

    @Test func noAcknowledgedWriteIsLostWithThePower() async throws {
        var total = PowerCutTally()
        let isLong = Self.seconds > 0
        for (index, choice) in (isLong ? Self.strategies : [Self.strategies[0]]).enumerated() {
            if let reason = try PosixDisk().objection(
                to: SyncStrategy(label: choice.strategy),
                in: NSTemporaryDirectory()
            ) {
                print("power: \(choice.strategy) is not offered here: \(reason)")
                continue
            }
            // Short segments, so that the power goes while they are begun, filled and used again.
            let settings = Self.settings(choice.strategy, choice.batching, segmentBytes: 1 << 20)
            let seed = Self.seed &+ UInt64(index)
            let tally = try await TestEnsemble.with(settings: settings) { ensemble, group in
                let cuts = PowerCuts(ensemble, group, seed: seed)
                let least = isLong ? 1 : Self.cuts
                return try await cuts.run(least: least, seconds: Self.seconds * choice.share)
            }
            print("power: \(choice.strategy), \(choice.batching): \(tally)")
            total += tally
        }
        print("power: in all \(total)")
        #expect(total.cuts >= Self.cuts)
        #expect(total.acknowledged > 1000)
        #expect(total.lost == 0)
        #expect(!isLong || total.toll.sectorsTakenBack > 100, "no cut came while something was not synced")
    }

    /// The same with a log that is never synced, so that the test above is known to be able to fail.
    @Test func withoutSyncsAcknowledgedWritesAreLost() async throws {
        var total = PowerCutTally()
        for cut in 0..<Self.controlCuts {
            // Full segments and snapshots are synced even so; there are none yet when the power goes.
            let settings = Self.settings("none_recycled", segmentBytes: nil, snapCount: 10_000_000)
            total += try await TestEnsemble.with(settings: settings) { ensemble, group in
                try await PowerCuts(ensemble, group, seed: Self.seed &+ UInt64(cut)).runControl()
            }
        }
        print("power: none_recycled, the control: \(total)")
        #expect(total.cuts == Self.controlCuts)
        #expect(total.lost > 0, "a log that is not synced lost nothing")
    }
}

/// What losses of power took from the disks, and what from the clients.
struct PowerCutTally: Sendable, CustomStringConvertible {
    var cuts = 0
    var servers = 0
    var toll = PowerLoss.Toll()
    var acknowledged = 0
    var lost = 0

    static func += (total: inout PowerCutTally, other: PowerCutTally) {
        total.cuts += other.cuts
        total.servers += other.servers
        total.toll += other.toll
        total.acknowledged += other.acknowledged
        total.lost += other.lost
    }

    var description: String {
        "\(cuts) cuts of the power of \(servers) servers, \(toll.sectorsTakenBack) of \(toll.sectorsUnsynced) unsynced "
            + "sectors and \(toll.namesTakenBack) of \(toll.namesUnsynced) unsynced names taken back, "
            + "\(acknowledged) writes acknowledged, \(lost) lost"
    }
}

/// Cuts the power of one ensemble again and again. A load of its own for each cut, since a ledger is held against the
/// servers when its load is over.
final class PowerCuts {
    /// Who loses power.
    enum Scope: CaseIterable {
        case everybody, leader
        /// All are killed and keep what they wrote; they come back, and lose power as soon as they serve: what they have
        /// recovered must be durable by then.
        case everybodyRecovered
        case follower
        /// All lose power, come back, and lose it again while they start and recover.
        case everybodyRecovering
    }

    private let ensemble: TestEnsemble
    private let group: MultiThreadedEventLoopGroup
    private var random: SplitMix64
    private var tally = PowerCutTally()
    private var ledgers: [AcknowledgedWrites] = []

    init(_ ensemble: TestEnsemble, _ group: MultiThreadedEventLoopGroup, seed: UInt64) {
        self.ensemble = ensemble
        self.group = group
        random = SplitMix64(seed: seed)
    }

    private var servers: ProcessEnsemble { ensemble.servers }
    private var allIDs: [Int] { servers.servers.map(\.id) }

    func run(least: Int, seconds: Double) async throws -> PowerCutTally {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(seconds)
        while tally.cuts < least || clock.now < end {
            let scope = Scope.allCases[tally.cuts % Scope.allCases.count]
            try await underLoad(drainSeconds: 20) { control in
                try await cut(scope, anyLoss())
                try await servers.waitUntilServing(seconds: 60)
                try await waitForAWrite(control)
            }
            let verification = try await verify(ledgers.last!)
            tally.acknowledged += verification.writesAcknowledged
        }
        // What was found once is still there.
        for ledger in ledgers { _ = try await verify(ledger) }
        let digests = try #require(await servers.commonDigest(seconds: 30))
        #expect(digests.agree, "the servers' own digests differ at zxid \(digests.zxid): \(digests.digests)")
        return tally
    }

    /// One cut for everybody, which loses all that was not synced.
    func runControl() async throws -> PowerCutTally {
        try await underLoad(drainSeconds: 0.1) { control in
            try await kill(allIDs)
            // Its sessions have seen what no server knows any more.
            control.stop()
        }
        try takePower(from: allIDs, .lost)
        for id in allIDs { try await servers.restart(id) }
        try await servers.waitUntilServing(seconds: 60)
        let verification = await Verifier.verify(ledgers[0], endpoints: servers.endpoints, eventLoopGroup: group)
        #expect(verification.servers.allSatisfy { $0.failure == nil }, "\(verification.servers)")
        tally.acknowledged += verification.writesAcknowledged
        tally.lost += verification.lost
        return tally
    }

    private func verify(_ ledger: AcknowledgedWrites) async throws -> Verification {
        let verification = await Verifier.verify(ledger, endpoints: servers.endpoints, eventLoopGroup: group)
        tally.lost += verification.lost
        #expect(verification.isProven, "after \(tally): \(verification.complaint ?? "")")
        return verification
    }

    // MARK: Cuts

    private func cut(_ scope: Scope, _ loss: PowerLoss) async throws {
        let leader = try #require(await servers.leader()).id
        switch scope {
        case .everybody: try await cutPower(of: allIDs, loss)
        case .leader: try await cutPower(of: [leader], loss)
        case .follower:
            let followers = allIDs.filter { $0 != leader }
            try await cutPower(of: [followers[random.below(followers.count)]], loss)
        case .everybodyRecovered:
            try await kill(allIDs)
            for id in allIDs { try await servers.restart(id) }
            try await servers.waitUntilServing(seconds: 60)
            try await cutPower(of: allIDs, loss)
        case .everybodyRecovering:
            try await cutPower(of: allIDs, loss)
            // The moment is drawn, in questions to servers that are not there yet.
            for _ in 0..<random.below(60) { _ = await servers.reports() }
            try await cutPower(of: allIDs, anyLoss())
        }
    }

    private func cutPower(of ids: [Int], _ loss: PowerLoss) async throws {
        try await kill(ids)
        try takePower(from: ids, loss)
        for id in ids { try await servers.restart(id) }
    }

    private func kill(_ ids: [Int]) async throws {
        for id in ids { try servers.kill(id, signal: SIGKILL) }
        for id in ids { try #require(await servers.waitForExit(of: id, seconds: 30)) }
    }

    private func takePower(from ids: [Int], _ loss: PowerLoss) throws {
        tally.cuts += 1
        for id in ids {
            tally.servers += 1
            let journal = ServerFolder(id: id, in: servers.folder).unsyncedJournalPath
            tally.toll += try loss.strike(journal, using: &random)
        }
    }

    /// Most of what is not synced is contents, so the models that tear them come more often.
    private func anyLoss() -> PowerLoss {
        let losses = PowerLoss.allCases + [.scattered, .scattered, .scatteredPages, .torn]
        return losses[random.below(losses.count)]
    }

    // MARK: Load

    /// Runs `body` when writes have been acknowledged for a second, ends the load, and keeps its ledger.
    private func underLoad(drainSeconds: Double, _ body: (LoadControl) async throws -> Void) async throws {
        let plan = LoadPlan(
            clients: 8,
            outstanding: 64,
            keys: 1000,
            warmUpSeconds: 0,
            durationSeconds: 24 * 3600,
            sessionTimeoutMilliseconds: 8000,
            surviveConnectionLoss: true,
            drainSeconds: drainSeconds,
            runID: "power-\(ledgers.count)"
        )
        let (progress, reports) = AsyncStream.makeStream(of: ProgressSample.self)
        let control = LoadControl()
        let load = Task { [endpoints = servers.endpoints, group] in
            defer { reports.finish() }
            return try await LoadGenerator.run(
                plan: plan,
                endpoints: endpoints,
                leader: nil,
                eventLoopGroup: group,
                control: control
            ) { reports.yield($0) }
        }
        do {
            try #require(await progress.first { ($0.second?.completed ?? 0) > 0 } != nil, "the load ended by itself")
            try await body(control)
        } catch {
            load.cancel()
            _ = try? await load.value
            throw error
        }
        control.stop()
        ledgers.append(try await load.value.ledger)
    }

    /// Waits for an answer to a write that arrives after this call.
    private func waitForAWrite(_ control: LoadControl) async throws {
        let before = control.lastWrite
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while control.lastWrite == before {
            try #require(clock.now < deadline, "no write was acknowledged for a minute")
            // The load cannot tell us, so we look again; each time a question to the servers passes.
            _ = await servers.reports()
        }
    }
}
