import Client
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Workload

/// The verifier against servers that lie. What it does not catch here, it would let pass as a proven number.
@Suite(.timeLimit(.minutes(1))) struct VerifierTests {
    private static func plan(_ change: (inout LoadPlan) -> Void = { _ in }) -> LoadPlan {
        var plan = LoadPlan(
            clients: 2,
            outstanding: 4,
            payloadBytes: 64,
            keys: 20,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            seed: 7,
            drainSeconds: 30,
            runID: "t"
        )
        change(&plan)
        return plan
    }

    /// Loads the ensemble, does `afterwards`, and verifies.
    private func outcome(
        _ ensemble: FakeEnsemble,
        _ group: any EventLoopGroup,
        _ plan: LoadPlan,
        afterwards: (LoadResult) async throws -> Void = { _ in }
    ) async throws -> (LoadResult, Verification) {
        let result = try await ensemble.load(plan)
        try await afterwards(result)
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        await ensemble.stop()
        return (result, verification)
    }

    private let group = MultiThreadedEventLoopGroup.singleton

    @Test func honestServersAreProven() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (result, verification) = try await outcome(ensemble, group, Self.plan())
        #expect(verification.isProven)
        #expect(verification.complaint == nil)
        #expect(verification.writesAcknowledged >= result.completed)
        #expect(result.completed > 100)
        #expect(result.interrupted)
        #expect(verification.acknowledgedVerified == verification.writesAcknowledged)
        #expect(
            verification.servers.map(\.acknowledgedFound) == Array(repeating: verification.writesAcknowledged, count: 3)
        )
        #expect(result.errors == [] && result.unfinished == 0 && verification.ambiguous == 0)
    }

    @Test func anHonestMixIsProven() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let mix = OperationMix(set: 30, get: 20, create: 30, delete: 15, exists: 5)
        let (result, verification) = try await outcome(ensemble, group, Self.plan { $0.mix = mix })
        #expect(verification.isProven, "\(verification)")
        #expect(result.errors == [])
        #expect(result.ledger.sessions.reduce(0) { $0 + $1.created.count } > 50)
        #expect(result.writesCompleted < result.completed && result.writesCompleted > 0)
        await LoadGenerator.removeKeys(of: result.ledger, endpoints: [], eventLoopGroup: group)
    }

    @Test func keysAreRemoved() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let mix = OperationMix(set: 1, create: 2, delete: 1)
        let result = try await ensemble.load(Self.plan { $0.mix = mix })
        #expect(try await ensemble.paths(0).count > 23)
        await LoadGenerator.removeKeys(of: result.ledger, endpoints: ensemble.endpoints, eventLoopGroup: group)
        #expect(try await ensemble.paths(0) == ["/"])
        await ensemble.stop()
    }

    /// The last acknowledged write of a key is nowhere: the znode is one version behind.
    @Test func aLostLastWriteIsCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(ensemble, group, Self.plan()) { _ in
            for server in 0..<3 {
                try await ensemble.tamper(server) { tree in
                    let path = "/zabbench-t/k00000003"
                    tree[path]!.version -= 1
                    var header = Payload.Header(tree[path]!.data)
                    header.write -= 1
                    tree[path]!.data = header.bytes + tree[path]!.data.dropFirst(Payload.headerSize)
                }
            }
        }
        #expect(verification.lost == 1)
        #expect(!verification.isProven)
        #expect(verification.examples.first?.path == "/zabbench-t/k00000003")
        #expect(verification.complaint!.contains("1 acknowledged writes were not found on a quorum"))
    }

    /// A server acknowledges writes and carries them out nowhere.
    @Test func aWriteAcknowledgedAndNeverDoneIsCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number % 50 == 0 { fate.appliedOn = [] }
            return fate
        }
        let (result, verification) = try await outcome(ensemble, group, Self.plan())
        #expect(result.errors == [])
        // Later writes of the key do not rise by one, and the last ones are missing for good.
        #expect(verification.reordered > 0)
        #expect(!verification.isProven)
    }

    @Test func aWriteOnAMinorityOnlyIsCaught() async throws {
        let last = Mutex(0)
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            // The clients of server 0 see it; no other server has it.
            if write.op == .setData, write.path.hasSuffix("k00000002") {
                fate.appliedOn = [0]
                last.withLock { $0 += 1 }
            }
            return fate
        }
        // All sessions on server 0, so that nothing looks odd to them.
        let endpoints = ensemble.endpoints
        let result = try await ensemble.load(Self.plan { $0.connectTo = .leader }, leader: endpoints[0])
        let verification = await Verifier.verify(
            result.ledger,
            endpoints: endpoints,
            eventLoopGroup: group
        )
        #expect(last.withLock { $0 } > 0)
        #expect(verification.reordered == 0)
        #expect(verification.lost == last.withLock { $0 })
        #expect(!verification.digestsAgree)
        await ensemble.stop()
    }

    /// With a vote they would be a quorum together with one of the three.
    @Test func aWriteOnObserversIsOnNoQuorum() async throws {
        let ensemble = try await FakeEnsemble.start(servers: 5, group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.path.hasSuffix("k00000002") { fate.appliedOn = [0, 3, 4] }
            return fate
        }
        let endpoints = ensemble.endpoints
        let result = try await ensemble.load(Self.plan { $0.connectTo = .leader }, leader: endpoints[0])
        func verify(_ observers: [Endpoint]) async -> Verification {
            await Verifier.verify(
                result.ledger,
                endpoints: endpoints,
                observers: observers,
                eventLoopGroup: group
            )
        }
        let five = await verify([])
        let three = await verify(Array(endpoints[3...]))
        #expect(five.lost == 0 && five.quorum == 3 && five.servers.allSatisfy(\.isVoter))
        #expect(three.lost > 0 && three.quorum == 2)
        #expect(three.servers.map(\.isVoter) == [true, true, true, false, false])
        await ensemble.stop()
    }

    @Test func anObserverThatDiffersIsFoundAndOneThatIsGoneIsNoVoter() async throws {
        let ensemble = try await FakeEnsemble.start(servers: 4, group: group)
        let endpoints = ensemble.endpoints
        let result = try await ensemble.load(Self.plan())
        // Where all answer nobody waits. Who is gone is waited for all the time, which has to be enough for who is not.
        func verify(patience: TimeAmount = .seconds(10)) async -> Verification {
            await Verifier.verify(
                result.ledger,
                endpoints: endpoints,
                observers: [endpoints[3]],
                eventLoopGroup: group,
                patience: patience
            )
        }
        #expect(await verify(patience: .seconds(30)).isProven)
        try await ensemble.tamper(3) { $0["/zabbench-t/k00000001"]!.version += 1 }
        let differing = await verify(patience: .seconds(30))
        #expect(differing.lost == 0 && !differing.digestsAgree && !differing.isProven)
        // Its state does not matter for the quorum, and it does not help to have one either.
        await ensemble.stop(3)
        #expect(await verify().isProven)
        await ensemble.stop(0)
        await ensemble.stop(1)
        let few = await verify()
        #expect(!few.isProven && few.votersRead == 1)
        #expect(few.complaint?.hasPrefix("only 1 of 3 servers could be read, 2 needed") == true)
        await ensemble.stop()
    }

    @Test func aWriteMissingOnAMinorityIsNotLostButDisagrees() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(ensemble, group, Self.plan()) { _ in
            try await ensemble.tamper(2) { $0["/zabbench-t/k00000001"]!.version -= 1 }
        }
        #expect(verification.lost == 0)
        #expect(!verification.digestsAgree)
        #expect(verification.servers[2].acknowledgedFound == verification.writesAcknowledged - 1)
        #expect(!verification.isProven)
    }

    @Test func writesInTheWrongOrderAreCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number % 40 == 0 { fate.isLate = true }
            return fate
        }
        let (_, verification) = try await outcome(ensemble, group, Self.plan { $0.keys = 2 })
        #expect(verification.reordered > 0)
        #expect(!verification.isProven)
    }

    @Test(arguments: [(Int32(1), Int64(0)), (-1, 0), (0, -5)])
    func answersThatDoNotRiseAreCaught(version: Int32, mzxid: Int64) async throws {
        let ensemble = try await FakeEnsemble.start(group: group) { write, everywhere in
            var fate = everywhere
            if write.op == .setData, write.number == 100 {
                fate.versionShift = version
                fate.mzxidShift = mzxid
            }
            return fate
        }
        let (_, verification) = try await outcome(ensemble, group, Self.plan())
        #expect(verification.reordered > 0)
    }

    @Test func foreignDataIsCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(ensemble, group, Self.plan()) { _ in
            for server in 0..<3 {
                // One byte of the filler.
                try await ensemble.tamper(server) { $0["/zabbench-t/k00000004"]!.data[40] ^= 1 }
            }
        }
        #expect(verification.unexpected == 1)
        #expect(verification.digestsAgree)
        #expect(!verification.isProven)
    }

    @Test func aWriteTooManyIsCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(ensemble, group, Self.plan()) { _ in
            for server in 0..<3 { try await ensemble.tamper(server) { $0["/zabbench-t/k00000004"]!.version += 1 } }
        }
        #expect(verification.lost == 0)
        #expect(verification.unexpected == 1)
    }

    @Test func aDeletedZnodeThatIsBackAndACreatedOneThatIsGoneAreCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(
            ensemble,
            group,
            Self.plan { $0.mix = OperationMix(set: 0, create: 2, delete: 1) }
        ) { result in
            let created = result.ledger.sessions[0].created
            let deleted = (0..<created.count).first { created.deleted($0) == .acknowledged }!
            let living = (0..<created.count).first {
                created.created($0) == .acknowledged && created.deleted($0) == .none
            }!
            let living1 = RunPaths.created(living, session: 0, of: result.plan)
            let deleted1 = RunPaths.created(deleted, session: 0, of: result.plan)
            for server in 0..<3 {
                try await ensemble.tamper(server) { tree in
                    var back = tree[living1]!
                    var header = Payload.Header(back.data)
                    header.sequence = UInt64(deleted)
                    back.data = header.bytes + back.data.dropFirst(Payload.headerSize)
                    tree[deleted1] = back
                    tree[living1] = nil
                }
            }
        }
        #expect(verification.lost == 2)
        #expect(verification.digestsAgree)
    }

    @Test func aZnodeThatNobodyCreatedIsCaught() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let (_, verification) = try await outcome(
            ensemble,
            group,
            Self.plan { $0.mix = OperationMix(set: 1, create: 1) }
        ) { _ in
            for server in 0..<3 {
                try await ensemble.tamper(server) { $0["/zabbench-t/s00000001"]!.children += 1 }
            }
        }
        #expect(verification.unexpected == 1)
    }

    @Test func aServerThatIsDownIsNoProofAgainstAndTwoAre() async throws {
        let ensemble = try await FakeEnsemble.start(group: group)
        let result = try await ensemble.load(Self.plan())
        await ensemble.stop(2)
        let one = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        #expect(one.isProven)
        #expect(one.servers[2].failure != nil)
        await ensemble.stop(1)
        let two = await Verifier.verify(
            result.ledger,
            endpoints: ensemble.endpoints,
            eventLoopGroup: group
        )
        #expect(!two.isProven)
        #expect(two.acknowledgedVerified == 0)
        #expect(two.complaint!.contains("only 1 of 3 servers"))
        await ensemble.stop()
    }
}

extension Payload.Header {
    fileprivate init(_ bytes: [UInt8]) { self = bytes.withUnsafeBytes { Payload.Header($0)! } }

    fileprivate var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Payload.headerSize)
        bytes.withUnsafeMutableBytes {
            Payload.store(session: session, key: key, sequence: sequence, write: write, at: $0.baseAddress!)
        }
        return bytes
    }
}
