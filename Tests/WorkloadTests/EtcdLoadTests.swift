import Client
import Histogram
import NIOCore
import NIOPosix
import Synchronization
import Testing

@testable import Workload

/// The load on etcd and its proof, against members in memory that lie. What is not caught here would pass as proven.
@Suite(.timeLimit(.minutes(1))) struct EtcdLoadTests {
    private let group = MultiThreadedEventLoopGroup.singleton

    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 3,
            outstanding: 4,
            payloadBytes: 64,
            keys: 30,
            warmUpSeconds: 0,
            durationSeconds: 0.2,
            seed: 7,
            drainSeconds: 30,
            runID: "e"
        )
        change(&plan)
        return plan
    }

    private func load(_ etcd: FakeEtcd, _ plan: LoadPlan = Self.plan()) async throws -> LoadResult {
        try await LoadGenerator.run(
            plan: plan,
            endpoints: etcd.endpoints,
            leader: etcd.endpoints[0],
            eventLoopGroup: group,
            client: .etcd(etcd)
        ) { _ in }
    }

    private func verified(_ result: LoadResult, _ etcd: FakeEtcd) async -> Verification {
        await Verifier.verify(
            result.ledger,
            endpoints: etcd.endpoints,
            eventLoopGroup: group,
            client: .etcd(etcd),
            patience: .seconds(5)
        )
    }

    @Test func anHonestMixIsProven() async throws {
        let etcd = FakeEtcd()
        let mix = OperationMix(set: 30, get: 20, create: 30, delete: 15, exists: 5)
        let result = try await load(etcd, Self.plan { $0.mix = mix })
        #expect(result.completed > 100 && result.errors == [] && result.unfinished == 0)
        #expect(result.writesCompleted < result.completed && result.writesCompleted > 0)
        let verification = await verified(result, etcd)
        #expect(verification.isProven, "\(verification)")
        #expect(verification.acknowledgedVerified == verification.writesAcknowledged)
        #expect(verification.writesAcknowledged >= result.writesCompleted && verification.quorum == 2)

        await LoadGenerator.removeKeys(
            of: result.ledger,
            endpoints: etcd.endpoints,
            eventLoopGroup: group,
            client: .etcd(etcd)
        )
        #expect(etcd.state.withLock { $0.keys.isEmpty })
    }

    @Test func anOpenLoopSendsWhatIsPlanned() async throws {
        let etcd = FakeEtcd()
        let plan = Self.plan { plan in
            plan.mode = .open(ratePerSecond: 2000, arrivals: .fixed)
            plan.durationSeconds = 0.5
        }
        let result = try await load(etcd, plan)
        // Some of them are answered after the end.
        #expect(result.planned == 1000 && result.response.totalCount == 1000 && result.service.totalCount == 1000)
        #expect(result.errors == [] && result.unfinished == 0)
        #expect(await verified(result, etcd).isProven)
    }

    @Test func aLostPutIsFound() async throws {
        let etcd = FakeEtcd { $0 == 50 ? .lost : .done }
        let result = try await load(etcd)
        let verification = await verified(result, etcd)
        #expect(verification.lost == 1 && !verification.isProven, "\(verification)")
    }

    @Test func aRevisionThatGoesBackIsReordered() async throws {
        let etcd = FakeEtcd { $0 == 50 ? .late : .done }
        let result = try await load(etcd)
        let verification = await verified(result, etcd)
        #expect(verification.reordered == 1 && verification.complaint?.contains("out of order") == true)
    }

    /// A quorum has everything, and one member has not: the servers differ.
    @Test func aMemberThatStaysBehindIsFound() async throws {
        let etcd = FakeEtcd()
        let result = try await load(etcd)
        let key = EtcdNames(result.ledger.plan).key(3)
        let before = try #require(etcd.state.withLock { $0.keys[key] })
        etcd.change { $0[key]?.version -= 1 }
        etcd.freeze(2)
        etcd.change { $0[key] = before }
        let verification = await verified(result, etcd)
        #expect(!verification.digestsAgree && verification.lost == 0 && !verification.isProven)
    }

    @Test func whatWasNeverWrittenIsFound() async throws {
        let etcd = FakeEtcd()
        let result = try await load(etcd)
        etcd.change { keys in
            let key = Array("\(result.ledger.plan.rootPath)/stranger".utf8)
            keys[key] = EtcdEntry(key: key, value: [1], version: 1, modRevision: 9)
        }
        let verification = await verified(result, etcd)
        #expect(verification.unexpected == 1 && !verification.isProven)
    }

    /// Puts without an answer may be there or not; everything else goes on at another member.
    @Test func brokenConnectionsLoseNothing() async throws {
        let etcd = FakeEtcd { $0 % 97 == 0 ? .unanswered : .done }
        let result = try await load(etcd, Self.plan { $0.surviveConnectionLoss = true })
        #expect(!result.outages.isEmpty && result.outages.allSatisfy { $0.ambiguous > 0 })
        let verification = await verified(result, etcd)
        #expect(verification.isProven && verification.ambiguous > 0, "\(verification)")
    }

    @Test func aBrokenConnectionEndsALoadThatDoesNotSurviveIt() async throws {
        let etcd = FakeEtcd { $0 == 50 ? .unanswered : .done }
        await #expect(throws: LoadError.self) { _ = try await load(etcd) }
    }

    @Test func aMemberThatIsDownIsNoQuorum() async throws {
        let etcd = FakeEtcd()
        let result = try await load(etcd)
        etcd.state.withLock { $0.isUp = [true, false, false] }
        let verification = await verified(result, etcd)
        #expect(!verification.isProven && verification.complaint?.contains("only 1 of 3 servers") == true)
        etcd.state.withLock { $0.isUp = [true, true, false] }
        #expect(await verified(result, etcd).isProven)
    }

    @Test func keysOfAnotherRunAreNotTouched() async throws {
        let etcd = FakeEtcd()
        _ = try await load(etcd)
        let before = etcd.state.withLock { $0.keys }
        await #expect { _ = try await load(etcd) } throws: { "\($0)".contains("/zabbench-e/ is there already") }
        #expect(etcd.state.withLock { $0.keys } == before)
    }
}

/// What a member may hold of a key, by the ledger alone: histories that are invented.
@Suite struct ConcurrentJudgementTests {
    /// Three puts acknowledged, of which the second has the latest revision, 12; one more was never answered.
    private static let record = {
        var record = AcknowledgedWrites.KeyRecord()
        (record.sent, record.acknowledged, record.ambiguousSince) = (4, 3, 1)
        (record.lastWrite, record.lastSequence, record.lastMzxid) = (2, 20, 12)
        return record
    }()

    private static func judge(
        version: Int64,
        revision: Int64,
        write: UInt32,
        sequence: UInt64 = 20,
        isLost: Bool = false
    ) -> ConcurrentJudgement {
        ConcurrentJudgement(
            record,
            version: version,
            revision: revision,
            write: write,
            sequence: sequence,
            isLost: isLost
        )
    }

    @Test func whatIsPossibleIsFine() {
        let fine = ConcurrentJudgement(
            AcknowledgedWrites.KeyRecord(),
            version: 1,
            revision: 2,
            write: 0,
            sequence: 0,
            isLost: false
        )
        #expect(fine.missing == 0 && !fine.isUnexpected)
        #expect(Self.judge(version: 4, revision: 12, write: 2) == fine)
        // The unanswered one was carried out before the last acknowledged one, or after it.
        #expect(Self.judge(version: 5, revision: 12, write: 2) == fine)
        #expect(Self.judge(version: 5, revision: 13, write: 4, sequence: 40, isLost: true) == fine)
    }

    @Test func whatIsMissingIsCounted() {
        #expect(Self.judge(version: 3, revision: 12, write: 2).missing == 1)
        #expect(Self.judge(version: 1, revision: 2, write: 0, sequence: 0).missing == 3)
        // As many puts as were acknowledged, and the latest of them is not the last.
        #expect(Self.judge(version: 4, revision: 11, write: 3).missing == 1)
    }

    @Test func whatNobodyWroteLikeThatIsUnexpected() {
        #expect(Self.judge(version: 6, revision: 12, write: 2).isUnexpected)
        #expect(Self.judge(version: 4, revision: 12, write: 3).isUnexpected)
        #expect(Self.judge(version: 4, revision: 12, write: 2, sequence: 21).isUnexpected)
        // An acknowledged write with a revision that it was not acknowledged with.
        #expect(Self.judge(version: 4, revision: 14, write: 3).isUnexpected)
        #expect(Self.judge(version: 2, revision: 14, write: 0, sequence: 0).isUnexpected)
    }
}
