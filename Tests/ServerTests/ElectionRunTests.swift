import Client
import NIOCore
import NIOPosix
import Report
import Results
import Targets
import Testing
import Workload

@testable import Bench

/// One fault in a real ensemble under load, from the signal to the row.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ElectionRunTests {
    @Test func aKilledLeaderGivesAWholeRow() async throws {
        try await TestEnsemble.with { ensemble, group in
            let servers = ensemble.servers
            let leader = try #require(await servers.leader())
            let (fault, result) = try await Self.killLeader(of: servers, group)

            #expect(fault.hit == [leader.id] && fault.leaderBefore == leader.id)
            #expect(fault.watchesPlaced == 10 && fault.watchesKept == 10)
            try Self.checkPhases(FaultAnatomy(fault, moments: result.writeMoments), formerLeader: leader.id)
            try Self.checkRow(of: fault, result)
            let verification = await Verifier.verify(
                result.ledger,
                endpoints: servers.endpoints,
                eventLoopGroup: group
            )
            #expect(verification.isProven, "\(verification.complaint ?? "")")
        }
    }

    private static let plan = {
        var plan = LoadPlan(
            mode: .open(ratePerSecond: 500, arrivals: .poisson),
            clients: 6,
            outstanding: 16,
            keys: 100,
            warmUpSeconds: 0,
            durationSeconds: 3600,
            runID: "election"
        )
        plan.surviveConnectionLoss = true
        return plan
    }()
    private static let faults = PlannedFaults(
        kinds: [.leaderKilled],
        pauseSeconds: 0.1,
        watches: 10,
        state: PlannedState(znodes: 50, dataBytes: 10)
    )

    /// Kills the leader once, under load and with watches set, and waits until all is well again.
    private static func killLeader(
        of servers: ProcessEnsemble,
        _ group: any EventLoopGroup
    ) async throws -> (FaultObservation, LoadResult) {
        try await StatePreload.create(
            faults.state,
            runID: plan.runID,
            endpoints: servers.endpoints,
            eventLoopGroup: group
        )
        let watches = WatchKeeper(
            count: faults.watches,
            runID: plan.runID,
            endpoints: servers.endpoints,
            sessionTimeout: .seconds(10),
            eventLoopGroup: group
        )
        try await watches.open()
        let control = LoadControl()
        let notebook = FaultNotebook()
        let director = FaultDirector(
            ensemble: servers,
            plan: faults,
            seed: 1,
            control: control,
            watches: watches,
            record: { _, _, _ in },
            progress: { _, _, _ in }
        )
        async let directed: Void = {
            defer { control.stop() }
            try await director.run(notebook)
        }()
        let result = try await LoadGenerator.run(
            plan: plan,
            endpoints: servers.endpoints,
            leader: nil,
            eventLoopGroup: group,
            control: control,
            progress: { _ in }
        )
        try await directed
        await watches.close()
        #expect(notebook.observations.count == 1)
        return (try #require(notebook.observations.first), result)
    }

    private static func checkPhases(_ anatomy: FaultAnatomy, formerLeader: Int) throws {
        // Only another silence of this busy machine may keep it from being whole, and then the phases still stand.
        let phases = try #require(anatomy.phases, "\(anatomy.why ?? "")")
        if let why = anatomy.why { #expect(why.contains("longer than the phases"), "\(why)") }
        #expect(phases.detection >= 0 && phases.vote >= 0 && phases.synchronization >= 0 && phases.firstCommit >= 0)
        #expect(anatomy.rounds >= 1)
        #expect(anatomy.leaderAfter != formerLeader)
        #expect(try #require(anatomy.epochAfter) > anatomy.epochBefore)
        #expect(anatomy.oldLeaderBack != nil)
        #expect(anatomy.backBy != nil)
    }

    private static func checkRow(of fault: FaultObservation, _ result: LoadResult) throws {
        var planned = PlannedRun(
            index: 0,
            repeatNumber: 1,
            loadName: "light",
            ensemble: PlannedEnsemble(),
            load: plan
        )
        planned.faults = faults
        let tag = RunTag(
            runID: "r-1",
            repeatNumber: 1,
            system: "zabbench",
            ensembleSize: 3,
            fsyncStrategy: "fdatasync_recycled"
        )
        let row = try #require(ElectionRows.rows([fault], result: result, planned: planned, tag: tag).first)
        #expect(try #require(row.clients.outage) > 0)
        #expect(try #require(row.clients.writesOwed) >= 0)
        // Two of the six sessions were connected to it.
        #expect(row.clients.sessionsMoved >= 2)
        #expect(row.clients.sessionsExpired == 0)
    }

    /// A partition needs the harness between the servers; without it nothing is hurt.
    @Test func aCutWithoutAProxyIsRefused() async throws {
        try await TestEnsemble.with { ensemble, group in
            let servers = ensemble.servers
            let watches = WatchKeeper(
                count: 0,
                runID: "cut",
                endpoints: servers.endpoints,
                sessionTimeout: .seconds(10),
                eventLoopGroup: group
            )
            let control = LoadControl()
            let director = FaultDirector(
                ensemble: servers,
                plan: PlannedFaults(kinds: [.leaderCut], pauseSeconds: 0.1, watches: 0),
                seed: 1,
                control: control,
                watches: watches,
                record: { _, _, _ in },
                progress: { _, _, _ in }
            )
            let notebook = FaultNotebook()
            async let refusal: String = {
                defer { control.stop() }
                do {
                    try await director.run(notebook)
                    return ""
                } catch {
                    return "\(error)"
                }
            }()
            _ = try await LoadGenerator.run(
                plan: LoadPlan(clients: 2, keys: 10, warmUpSeconds: 0, durationSeconds: 3600, runID: "cut"),
                endpoints: servers.endpoints,
                leader: nil,
                eventLoopGroup: group,
                control: control,
                progress: { _ in }
            )
            #expect(await refusal.contains("leader_cut needs the harness's proxy between the servers"))
            #expect(notebook.observations.isEmpty)
        }
    }
}
