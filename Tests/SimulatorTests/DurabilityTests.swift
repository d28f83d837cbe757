import Foundation
import Log
import Randomness
import Testing
import Wire
import Zab

@testable import Simulator

/// What the simulator counts of acknowledged writes that a strategy lost.
@Suite struct DurabilityTests {
    private func played(_ labels: [String], seeds: ClosedRange<UInt64>) throws -> [StrategyTrial.Result] {
        let trial = StrategyTrial(try labels.map { .init(try SyncStrategy(label: $0)) }, seeds: seeds)
        trial.work()
        #expect(trial.runsDone == trial.runCount && trial.runCount == 2 * labels.count * seeds.count)
        return trial.results
    }

    @Test func withoutASyncAProcessMayDieAndPowerMayNotGo() throws {
        let result = try played(["none_append"], seeds: 1...2)[0]
        let killed = result.figures(of: .killall)
        #expect(killed.survives && killed.lost == 0)
        #expect(killed.kills > 10 && killed.powerLosses == 0 && killed.acknowledged > 100)
        let cut = result.figures(of: .powercut)
        #expect(!cut.survives && cut.lost > 0 && cut.failedRuns > 0)
        #expect(cut.mostLostInOneRun <= cut.lost && cut.lost <= cut.acknowledged)
        #expect(cut.powerLosses > 10)
    }

    /// One of each way of opening the file, so of each way of syncing.
    @Test(
        arguments: [
            "fdatasync_recycled", "fsync_append", "o_dsync_prewritten", "rwf_dsync_fallocate", "o_direct_dsync_append",
            "io_uring_recycled",
        ]
    )
    func whoWaitsForTheSyncLosesNothing(label: String) throws {
        for scenario in Scenario.trials {
            let setup = Setup(
                seed: 2,
                scenario: scenario,
                strategy: try SyncStrategy(label: label),
                reduction: .init(ticks: 8)
            )
            let outcome = setup.run()
            #expect(outcome.violation == nil)
            let losses = try #require(outcome.losses)
            #expect(losses.isSettled && losses.lost == 0 && losses.excluded == 0)
            #expect(losses.acknowledged > 50 && outcome.counters.kills + outcome.counters.powerLosses >= 3)
        }
    }

    @Test(arguments: [
        ("fdatasync_recycled", BatchPolicy.natural, 3), ("o_direct_dsync_recycled", .count(2), 4),
        ("io_uring_prewritten", .overlapped, 2), ("fsync_append", .delay(microseconds: 500), 1),
    ])
    func norWithAnyGroups(label: String, policy: BatchPolicy, inFlight: Int) throws {
        let strategy = try SyncStrategy(label: label)
        let commit = try CommitOptions(policy, inFlight: inFlight, for: strategy)
        let trial = StrategyTrial([.init(strategy, commit)], seeds: 2...3)
        trial.work()
        let result = try #require(trial.results.first)
        #expect(result.candidate.commit == commit)
        #expect(result.figures.allSatisfy { $0.survives && $0.acknowledged > 100 })
    }

    /// What a trial of several groups in flight says how to play again is played with them.
    @Test func aFailureIsPlayedAgainWithItsGroups() throws {
        var report = LossReport()
        report.acknowledged = 10
        var figures = StrategyTrial.Figures()
        let commit = try CommitOptions(.count(7), inFlight: 3, for: .recycledFdatasync)
        let setup = Setup(seed: 3, scenario: .powercut, commit: commit)
        let progress = Violation(kind: .progress, text: "nobody leads")
        figures.add(
            Outcome(setup: setup, hash: 0, violation: progress, counters: SimulationCounters(), losses: report)
        )
        #expect(
            figures.firstFailure?.arguments == "--replay 3 --scenario powercut --batching count_7 --in-flight 3"
        )
    }

    /// The other scenarios check every property; they play any strategy, too.
    @Test(arguments: ["o_dsync_append", "o_direct_dsync_recycled", "io_uring_prewritten", "fsync_fallocate"])
    func noSeedViolatesAnything(label: String) throws {
        let outcome = Setup(seed: 1, scenario: .crashes, strategy: try SyncStrategy(label: label)).run()
        #expect(outcome.violation == nil)
        #expect(outcome.losses == nil && outcome.counters.commits > 0)
    }

    @Test func whereEveryPropertyIsCheckedALossyStrategyEndsTheRun() throws {
        let outcome = Setup(seed: 1, scenario: .crashes, strategy: try SyncStrategy(label: "none_append")).run()
        #expect(outcome.violation?.kind == .durability)
    }

    @Test func theFiguresAreThoseOfTheirRuns() throws {
        let first = try played(["periodic_20ms_append"], seeds: 4...4)
        #expect(try played(["periodic_20ms_append"], seeds: 4...4) == first)
        for result in first {
            for (scenario, figures) in zip(Scenario.trials, result.figures) {
                let outcome = Setup(seed: 4, scenario: scenario, strategy: result.candidate.strategy).run()
                #expect(outcome.losses?.lost == figures.lost && outcome.losses?.acknowledged == figures.acknowledged)
                #expect(figures.firstFailure?.seed == (outcome.violation == nil ? nil : 4))
            }
        }
    }

    // MARK: known numbers

    /// Everything that was written is lost on all disks at one moment: so what was acknowledged before it is gone, and
    /// what was acknowledged after it is there. The trace, which knows nothing of the counting, says which is which.
    @Test func whatWasAcknowledgedBeforeTheLossIsCounted() throws {
        // What the disks lose is drawn from the seed.
        for seed in 1...(60 as UInt64) {
            var lines: [String] = []
            let simulation = Simulation(try setupOfOneBlackout(seed)) { lines.append($0) }
            let outcome = simulation.run()
            guard lines.filter({ $0.contains("the disk keeps: lost") }).count == 3 else { continue }
            // Whether a multi has succeeded its code does not say.
            let lost = try #require(simulation.losses).lostWrites.filter {
                if case .multi = $0.operation { false } else { true }
            }
            #expect(lost.map { "\($0.client + 1) \($0.xid) \($0.zxid)" } == acknowledgedBeforePowerLoss(lines))
            #expect(lost.count > 20)
            #expect((outcome.losses?.lost ?? 0) >= lost.count)
            #expect((outcome.losses?.acknowledged ?? 0) > (outcome.losses?.lost ?? 0))
            #expect(outcome.violation?.kind == .durability)
            return
        }
        Issue.record("no seed in which all three disks lose everything")
    }

    /// Nothing is synced before the one blackout, by no segment's end and no snapshot.
    private func setupOfOneBlackout(_ seed: UInt64) throws -> Setup {
        var setup = Setup(seed: seed, scenario: .powercut, strategy: try SyncStrategy(label: "none_append"))
        setup.voters = 3
        setup.observers = 0
        setup.segmentSize = 1 << 20
        setup.snapCount = 1_000_000
        setup.duration = 8 * setup.tick
        // A choice that makes all disks lose alike.
        let choice = (0...63 as ClosedRange<UInt64>).first {
            var random = SplitMix64(seed: $0, stream: 1)
            return random.below(2) == 0
        }
        let blackout = Fault(
            kind: .blackout,
            at: 5 * setup.tick,
            duration: setup.tick,
            choice: try #require(choice)
        )
        setup.faults = [(0, blackout)]
        return setup
    }

    /// Client, xid and zxid of each write that succeeded, read from the trace.
    private func acknowledgedBeforePowerLoss(_ lines: [String]) -> [String] {
        var asked: [String: String] = [:]
        var done: [String] = []
        for line in lines {
            if line.contains("power lost") { break }
            guard let place = line.range(of: "client ") else { continue }
            let words = line[place.upperBound...].split(separator: " ").map(String.init)
            let client = String(words[0].dropLast())
            if words.count > 6, words[1] == "answer" {
                let xid = String(words[3].dropLast())
                if words[4] == "0", let operation = asked["\(client) \(xid)"],
                    ["setData", "create", "delete", "closeSession"].contains(operation)
                {
                    done.append("\(client) \(xid) \(words[6])")
                }
            } else if words.count > 2, Int(words[1]) != nil {
                asked["\(client) \(words[1])"] = words[2]
            }
        }
        return done
    }

    @Test func aWriteIsKnownByItsSessionXidAndZxid() throws {
        var counter = LossCounter()
        for number in 1...4 as ClosedRange<UInt64> {
            try acknowledge(.delete(path: "/a"), xid: Int32(number), zxid: number, in: &counter)
        }
        try acknowledge(.getData(path: "/a"), xid: 9, zxid: 4, in: &counter)
        // The first is there; the second is another session's; at the third's place is another xid; the fourth is gone.
        counter.settle(with: [payload(7, 1, 1), payload(8, 2, 2), payload(7, 5, 3)])
        #expect(counter.report.acknowledged == 4 && counter.report.lost == 3 && counter.report.isSettled)
        #expect(counter.lostWrites.map(\.xid) == [2, 3, 4])
        #expect(counter.report.examples.count == 3)
        #expect(counter.report.violation?.kind == .durability)
    }

    /// A multi that failed is answered with code 0, and its results say it.
    @Test func aMultiThatFailedIsNotAcknowledged() throws {
        var counter = LossCounter()
        let body = ByteWriter()
        for _ in 0..<2 {
            body.append(Int32(-1))
            body.append(false)
            body.append(Int32(-101))
            body.append(Int32(-101))
        }
        body.append(Int32(-1))
        body.append(true)
        body.append(Int32(-1))
        let multi = ClientOperation.multi([.delete(path: "/a"), .delete(path: "/b")])
        try acknowledge(multi, xid: 1, zxid: 1, body: body, in: &counter)
        #expect(counter.report.acknowledged == 0)
        let success = ByteWriter()
        success.append(Int32(OpCode.delete.rawValue))
        try acknowledge(multi, xid: 2, zxid: 2, body: success, in: &counter)
        #expect(counter.report.acknowledged == 1)
    }

    private func acknowledge(
        _ operation: ClientOperation,
        xid: Int32,
        zxid: UInt64,
        body: ByteWriter = ByteWriter(),
        in counter: inout LossCounter
    ) throws {
        let before = counter.report.acknowledged
        let write = AcknowledgedWrite(
            operation: operation,
            client: 0,
            session: 7,
            xid: xid,
            zxid: Zxid(rawValue: zxid),
            at: 0
        )
        let isWrite = try counter.answered(write, body: body.bytes)
        #expect(isWrite == (counter.report.acknowledged > before))
    }

    private func payload(_ session: Int64, _ xid: Int32, _ zxid: UInt64) -> [UInt8] {
        let writer = ByteWriter()
        TransactionHeader(sessionID: session, cxid: xid, zxid: Zxid(rawValue: zxid), time: 0, type: 2)
            .encode(into: writer)
        return Array(writer.bytes)
    }

    /// A run that never agrees on a history, or that keeps its writes and ruins a server, is none that survives.
    @Test func aRunWithoutLossMayFail() {
        var report = LossReport()
        report.acknowledged = 10
        report.isSettled = true
        #expect(report.violation == nil)
        report.excluded = 1
        report.firstExclusion = Violation(kind: .integrity, text: "server 1 refuses its own data")
        #expect(report.violation?.text == "server 1 refuses its own data")
        var figures = StrategyTrial.Figures()
        #expect(!figures.survives)
        let setup = Setup(seed: 3, scenario: .powercut)
        var counters = SimulationCounters()
        counters.powerLosses = 3
        let progress = Violation(kind: .progress, text: "nobody leads")
        report = LossReport()
        report.acknowledged = 10
        figures.add(Outcome(setup: setup, hash: 0, violation: progress, counters: counters, losses: report))
        #expect(figures.failedRuns == 1 && figures.runsWithoutEnd == 1 && !figures.survives)
        #expect(figures.firstFailure?.arguments == "--replay 3 --scenario powercut")
    }
}
