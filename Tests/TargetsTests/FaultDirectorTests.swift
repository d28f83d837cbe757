import CPlatform
import Synchronization
import Testing

@testable import Targets
@testable import Workload

/// What the director does to an ensemble, and what it learns by asking: no server keeps a journal here.
@Suite(.timeLimit(.minutes(1))) struct FaultDirectorTests {
    /// Makes one fault while writes are answered, and takes it apart.
    ///
    /// - Parameters:
    ///   - bearsEpochs: whether answers say who leads.
    ///   - isCaughtUp: whether all sessions have answers to what was planned before a time.
    private func make(
        _ kind: FaultKind,
        in ensemble: InventedEnsemble,
        bearsEpochs: Bool = true,
        isCaughtUp: @escaping @Sendable (UInt64) async -> Bool = { _ in true }
    ) async throws -> (fault: FaultObservation, anatomy: FaultAnatomy) {
        let control = LoadControl()
        control.attach(measuringFrom: 0, isCaughtUp: isCaughtUp) {}
        let moments = Mutex(WriteMoments())
        let load = Task {
            while !Task.isCancelled {
                if let epoch = ensemble.epoch {
                    let (now, borne) = (zb_monotonic_nanoseconds(), bearsEpochs ? epoch : 0)
                    moments.withLock { $0.note(now, epoch: borne) }
                    control.noteWrites(now, epoch: borne)
                }
                try await Task.sleep(for: .milliseconds(2))
            }
        }
        defer { load.cancel() }
        let notebook = FaultNotebook()
        let director = FaultDirector(
            ensemble: ensemble,
            plan: PlannedFaults(kinds: [kind], pauseSeconds: 0.1, watches: 0),
            seed: 1,
            control: control,
            watches: nil,
            record: { _, _, _ in },
            progress: { _, _, _ in }
        )
        try await director.run(notebook)
        let fault = try #require(notebook.observations.first)
        return (fault, FaultAnatomy(fault, moments: moments.withLock { $0 }))
    }

    @Test func aKilledLeaderIsFoundByTheReportsAlone() async throws {
        let ensemble = InventedEnsemble()
        let (fault, anatomy) = try await make(.leaderKilled, in: ensemble)
        #expect(ensemble.signals == ["kill 3", "start 3"])
        #expect(fault.leaderBefore == 3 && fault.leaderSeen == 2 && !fault.hasJournals)
        #expect(fault.events.isEmpty && ensemble.state.withLock { $0.journalQuestions } == 0)
        #expect(fault.watchesPlaced == nil && fault.watchesKept == nil)
        #expect(anatomy.why == nil && anatomy.phases == nil && anatomy.outage != nil)
        #expect(anatomy.leaderAfter == 2 && anatomy.epochBefore == 1 && anatomy.epochAfter == 2)
        #expect(anatomy.oldLeaderBack != nil && anatomy.oldLeaderBack == anatomy.serversBack)
    }

    /// Where answers do not say who leads, the report's moment stands for the new reign.
    @Test func answersWithoutEpochsAreJudgedByTime() async throws {
        let (fault, anatomy) = try await make(.leaderKilled, in: InventedEnsemble(), bearsEpochs: false)
        #expect(anatomy.why == nil && anatomy.epochBefore == 0 && anatomy.epochAfter == nil)
        let outage = try #require(anatomy.outage)
        #expect(outage.to > fault.at && outage.from < (fault.leaderSeenAt ?? 0))
    }

    /// As etcd's followers keep them, for seconds after there is a leader again and everybody serves.
    @Test func aFaultLastsUntilEverySessionIsDoneWithIt() async throws {
        let asked = Mutex<[UInt64]>([])
        let (fault, anatomy) = try await make(.leaderKilled, in: InventedEnsemble()) { time in
            asked.withLock { asked in
                asked.append(time)
                return asked.count == 3
            }
        }
        #expect(asked.withLock { $0 } == [fault.repairedAt, fault.repairedAt, fault.repairedAt])
        #expect(anatomy.isComplete && fault.endedAt > fault.repairedAt + 100_000_000)
    }

    /// Who was stopped says for a while that it leads, and is not back as long as two say so.
    @Test func aHungLeaderGoesOnAndIsNoLeaderByItsOwnWord() async throws {
        let ensemble = InventedEnsemble()
        let (fault, anatomy) = try await make(.leaderHung, in: ensemble)
        #expect(ensemble.signals == ["stop 3", "go on 3"])
        #expect(anatomy.why == nil && anatomy.leaderAfter == 2)
        #expect(ensemble.state.withLock { $0.deceived.isEmpty })
        // It was asked once each 50 ms, and twice at least it lied.
        #expect(try #require(anatomy.oldLeaderBack) >= 100_000_000)
        #expect(fault.repairedAt > fault.at)
    }

    @Test func followersAreLostToTheLastQuorum() async throws {
        let ensemble = InventedEnsemble(size: 5)
        let (fault, anatomy) = try await make(.followersLost, in: ensemble)
        #expect(ensemble.signals == ["kill 1", "kill 2", "start 1", "start 2"])
        #expect(fault.leaderSeen == nil && anatomy.why == nil && anatomy.epochAfter == nil)
        #expect(anatomy.oldLeaderBack == nil && anatomy.serversBack != nil)
    }

    @Test func allAreRestartedAtOnce() async throws {
        let ensemble = InventedEnsemble()
        let (fault, anatomy) = try await make(.ensembleRestarted, in: ensemble)
        #expect(ensemble.signals == ["kill 1", "kill 2", "kill 3", "start 1", "start 2", "start 3"])
        #expect(fault.hit == [1, 2, 3] && anatomy.why == nil && anatomy.leaderAfter != nil)
        #expect(try #require(anatomy.epochAfter) > anatomy.epochBefore)
    }

    @Test func whatPassesTheProxyByPreventsACut() async throws {
        let links = InventedLinks(passedBy: LinkWay(from: 3, to: 1))
        let error = await #expect(throws: TargetError.self) {
            _ = try await make(.leaderCut, in: InventedEnsemble(links: links))
        }
        #expect(error?.description.contains("server 3 is connected to server 1 past the harness's proxy") == true)
        #expect(links.words.isEmpty)
    }

    /// Nothing passed it by when it was made, and something did when it was over.
    @Test func whatPassesTheProxyByDuringACutMakesItIncomplete() async throws {
        let ensemble = InventedEnsemble(links: InventedLinks(passedBy: LinkWay(from: 3, to: 1), fromQuestion: 2))
        let (fault, anatomy) = try await make(.leaderCut, in: ensemble)
        #expect(fault.passedBy == LinkWay(from: 3, to: 1) && !anatomy.isComplete)
        #expect(anatomy.why == "server 3 was connected to server 1 past the harness's proxy, so it was no cut")
    }
}

/// By what servers say, when an ensemble is whole again.
@Suite struct EnsembleRecoveryTests {
    static func standing(_ id: Int, _ state: String?, _ applied: UInt64? = 5) -> ServerStanding {
        ServerStanding(
            id: id,
            report: state.map { MonitorReport(parsing: "zk_server_state\t\($0)\n") },
            applied: state == nil ? nil : applied
        )
    }

    @Test(arguments: [
        [Self.standing(1, "follower"), Self.standing(2, "follower"), Self.standing(3, "follower")],
        [Self.standing(1, "leader"), Self.standing(2, "follower"), Self.standing(3, "leader")],
        [Self.standing(1, "leader"), Self.standing(2, "follower"), Self.standing(3, nil)],
        [Self.standing(1, "leader"), Self.standing(2, "follower"), Self.standing(3, "looking")],
        [Self.standing(1, "leader"), Self.standing(2, "follower"), Self.standing(3, "follower", nil)],
    ])
    func whatIsMissingIsNotWhole(_ standings: [ServerStanding]) {
        var recovery = EnsembleRecovery()
        let found = [1, 2].map { recovery.isWhole(standings, at: $0) }
        #expect(found == [false, false])
    }

    /// A load goes on meanwhile, so they need not be at the same zxid at the same time.
    @Test func allMustHaveWhatTheMostHadThen() {
        var recovery = EnsembleRecovery()
        let rounds: [[UInt64]] = [[9, 8, 3], [20, 19, 8], [30, 29, 9]]
        let found = rounds.enumerated().map { round, applied in
            let standings = applied.enumerated().map { place, zxid in
                Self.standing(place + 1, place == 0 ? "leader" : "follower", zxid)
            }
            return recovery.isWhole(standings, at: UInt64(round + 1))
        }
        #expect(found == [false, false, true])
        #expect(recovery.servingSince == [1: 1, 2: 1, 3: 1])
    }

    @Test func whoFallsAgainWasNotBack() {
        var recovery = EnsembleRecovery()
        let leader = Self.standing(1, "leader")
        let others = [
            Self.standing(2, nil), Self.standing(2, "follower", 4), Self.standing(2, "looking"),
            Self.standing(2, "follower"),
        ]
        var found: [Bool] = []
        var since: [[Int: UInt64]] = []
        for (round, other) in others.enumerated() {
            found.append(recovery.isWhole([leader, other], at: UInt64(round + 1)))
            since.append(recovery.servingSince)
        }
        #expect(found == [false, false, false, true])
        #expect(since == [[1: 1], [1: 1, 2: 2], [1: 1], [1: 1, 2: 4]])
    }
}
