import Host
import Log
import Testing

@testable import Simulator

/// Whole ensembles with faults. A few seeds of each scenario here; `.ci/run` plays two thousand, `make simulate` as many
/// as there is time for.
@Suite struct SimulationTests {
    @Test(arguments: Scenario.all) func noSeedViolatesAnything(scenario: Scenario) {
        for seed in 1...(8 as UInt64) {
            let outcome = Setup(seed: seed, scenario: scenario).run()
            #expect(outcome.violation == nil, "\(Setup.arguments(seed: seed, scenario: scenario, reduction: .init()))")
            #expect(outcome.counters.commits > 0)
            #expect(scenario.name == "calm" ? outcome.counters.faultCount == 0 : true)
        }
    }

    /// Seeds that found something once: a bug of the engine, or a mistake of the simulator. What they were is in the
    /// commits that mended it.
    @Test(
        arguments: [
            ("sessions", 8), ("time", 64629), ("mixed", 956), ("time", 973), ("snapshots", 17), ("mixed", 470),
            ("mixed", 1868),
            ("crashes", 5),
            ("mixed", 1), ("swizzle", 139059), ("mixed", 154806),
        ]
            as [(String, UInt64)]
    )
    func whatFailedOnceDoesNotFailAgain(scenario: String, seed: UInt64) throws {
        let outcome = Setup(seed: seed, scenario: try #require(Scenario.named(scenario))).run()
        #expect(outcome.violation == nil)
    }

    @Test(arguments: Scenario.all) func theSameSeedGivesTheSameRun(scenario: Scenario) {
        let setup = Setup(seed: 11, scenario: scenario)
        var lines: [String] = []
        let first = setup.run { lines.append($0) }
        let second = setup.run()
        #expect(first.hash == second.hash)
        #expect(first.counters == second.counters)
        #expect(!lines.isEmpty)
        #expect(Setup(seed: 12, scenario: scenario).run().hash != first.hash)
    }

    /// Every kind of fault is drawn somewhere, and does something.
    @Test func everyKindOfFaultComes() {
        var planned: Set<Fault.Kind> = []
        for seed in 1...(500 as UInt64) {
            for (_, fault) in Setup(seed: seed, scenario: .mixed).faults { planned.insert(fault.kind) }
        }
        // These two have scenarios of their own.
        for kind in Fault.Kind.allCases where kind != .swizzle && kind != .blackout {
            #expect(planned.contains(kind), "no \(kind.rawValue) in 500 seeds")
        }
        #expect(Setup(seed: 1, scenario: .swizzle).faults.count > 0)
        #expect(Setup(seed: 1, scenario: .powercut).faults.contains { $0.fault.kind == .blackout })
        var counters = SimulationCounters()
        for seed in 1...(40 as UInt64) { counters.add(Setup(seed: seed, scenario: .mixed).run().counters) }
        #expect(counters.powerLosses > 10 && counters.kills > 5)
        #expect(counters.snapshots > 0)
        #expect(counters.diskFaults > 5 && counters.watchEvents > 50)
    }

    /// A campaign plays hundreds of thousands in one process.
    @Test func nothingIsLeftOfARun() {
        struct Left {
            weak var simulation: Simulation?
            weak var process: SimulatedProcess?
            weak var connection: PeerConnection<SimulatedPlatform>?
            weak var client: SimulatedClient?
        }
        func play() -> Left {
            let simulation = Simulation(Setup(seed: 3, scenario: .mixed))
            _ = simulation.run()
            let process = simulation.servers.lazy.compactMap(\.process).first
            let connection = process?.host.links.first
            #expect(process != nil && connection != nil)
            return Left(
                simulation: simulation,
                process: process,
                connection: connection,
                client: simulation.clients.first
            )
        }
        let left = play()
        #expect(left.simulation == nil && left.process == nil && left.connection == nil && left.client == nil)
    }

    @Test func aReductionLeavesOut() {
        let whole = Setup(seed: 5, scenario: .mixed)
        let small = Setup(seed: 5, scenario: .mixed, reduction: .init(faults: [1, 3], clients: 1, ticks: 9))
        #expect(whole.faults.count > 2)
        #expect(small.faults.allSatisfy { [1, 3].contains($0.number) })
        #expect(small.clients == 1 && small.duration == 9 * small.tick)
        let words = Setup.arguments(seed: 5, scenario: .mixed, reduction: .init(faults: [1, 3], clients: 1, ticks: 9))
        #expect(words == "--replay 5 --scenario mixed --faults 1,3 --clients 1 --ticks 9")
    }

    /// Every way to make groups comes in a third of the seeds, and shifts nothing else; where losses are counted, none.
    @Test func seedsDrawHowGroupsAreMade() throws {
        var policies: Set<String> = []
        var inFlight: Set<Int> = []
        var count = 0
        for seed in 1...(600 as UInt64) {
            let setup = Setup(seed: seed, scenario: .mixed)
            policies.insert(String(setup.commit.batching.label.prefix { $0 != "_" }))
            inFlight.insert(setup.commit.inFlight)
            if setup.commit != .natural { count += 1 }
            #expect(Setup(seed: seed, scenario: .powercut).commit == .natural)
        }
        #expect(policies == ["natural", "each", "delay", "count", "bytes", "adaptive", "overlapped"])
        #expect(inFlight == [1, 2, 3, 4, 16])
        #expect((150...250).contains(count))
        let seed = try #require(
            (1...20 as ClosedRange<UInt64>).first { Setup(seed: $0, scenario: .mixed).commit != .natural }
        )
        let (drawn, given) = (
            Setup(seed: seed, scenario: .mixed), Setup(seed: seed, scenario: .mixed, commit: .natural)
        )
        #expect(drawn.faults.map(\.fault) == given.faults.map(\.fault) && drawn.syncTime == given.syncTime)
        #expect(drawn.arguments() == "--replay \(seed) --scenario mixed")
        #expect(given.arguments() == "--replay \(seed) --scenario mixed --batching natural --in-flight 1")
        // What the strategy does not go with is not drawn.
        for seed in 1...(100 as UInt64) {
            let setup = Setup(seed: seed, scenario: .mixed, strategy: try SyncStrategy(label: "none_append"))
            #expect(setup.commit.inFlight == 1)
        }
    }

    @Test func aCampaignPlaysEverySeedOnce() {
        let campaign = Campaign(seeds: 1...20, scenario: nil, recheckEvery: 5)
        var begun: [UInt64] = []
        campaign.work { begun.append($0) }
        #expect(begun == Array(1...20))
        #expect(campaign.progress.seedsDone == 20 && campaign.progress.rechecked == 4)
        #expect(campaign.progress.failure == nil)
    }
}
