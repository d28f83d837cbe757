import Glibc
import Log
import Simulator
import Testing
import Zab

/// What each strategy promises, on a disk that forgets.
@Suite struct StrategyTests {
    static let all = SyncStrategy.all()
    static let durable = all.filter(\.method.waitsForDurability)
    static let lossy = all.filter { !$0.method.waitsForDurability }

    /// Every third moment, beginning elsewhere for each strategy: those that share an allocation or a method do the same
    /// at most of them, so together they miss none.
    private func moments(_ count: Int, _ strategy: SyncStrategy, by step: Int = 3) -> StrideThrough<Int> {
        stride(from: 1 + Self.all.firstIndex(of: strategy)! % step, through: count, by: step)
    }

    private func mutationCount(_ strategy: SyncStrategy) throws -> Int {
        let disk = SimulatedDisk()
        try LogScript(disk, strategy).run()
        return disk.mutationCount
    }

    private func run(
        _ strategy: SyncStrategy,
        crashingAfter mutation: Int,
        isProcessCrash: Bool = false
    ) -> (SimulatedDisk, [History]) {
        let disk = SimulatedDisk()
        disk.crash(after: mutation)
        let script = LogScript(disk, strategy, isProcessCrash: isProcessCrash)
        do { try script.run() } catch {}
        return (disk, script.candidates)
    }

    /// `CrashTests` has every loss after every operation of the default strategy.
    @Test(arguments: durable) func whatWasSyncedOutlivesEveryLossOfPower(strategy: SyncStrategy) throws {
        for mutation in moments(try mutationCount(strategy), strategy) {
            let (disk, candidates) = run(strategy, crashingAfter: mutation)
            let seed = UInt64(mutation)
            let others: [SimulatedDisk.Loss] = [.torn, .tornPages, .scatteredPages(seed: seed), .namesOnly]
            for loss in [.lost, .scattered(seed: seed), .reordered(seed: seed), others[mutation % others.count]] {
                LogScript<SimulatedDisk>.check(
                    disk.afterCrash(loss),
                    candidates,
                    "\(strategy.label): crash after operation \(mutation), \(loss)",
                    strategy: strategy
                )
            }
        }
    }

    @Test(arguments: all) func whatWasAcknowledgedOutlivesItsProcess(strategy: SyncStrategy) throws {
        for mutation in moments(try mutationCount(strategy), strategy) {
            let (disk, candidates) = run(strategy, crashingAfter: mutation, isProcessCrash: true)
            LogScript<SimulatedDisk>.check(
                disk.afterCrash(.kept),
                candidates,
                "\(strategy.label): killed after operation \(mutation)",
                strategy: strategy
            )
        }
    }

    /// What a lossy strategy loses is the end: what is left is a history that was, and no damage.
    @Test(arguments: lossy) func whatALossyStrategyLeavesIsAPrefix(strategy: SyncStrategy) throws {
        var lost = 0
        for mutation in moments(try mutationCount(strategy), strategy) {
            let (disk, candidates) = run(strategy, crashingAfter: mutation)
            let seed = UInt64(mutation)
            for loss in [.lost, .scattered(seed: seed), .reordered(seed: seed)] as [SimulatedDisk.Loss] {
                LogScript<SimulatedDisk>.check(
                    disk.afterCrash(loss),
                    candidates,
                    "\(strategy.label): crash after operation \(mutation), \(loss)",
                    strategy: strategy
                )
            }
            let left = try? TransactionLog.open("/data", on: disk.afterCrash(.lost)).items().count
            lost += candidates[0].items.count - (left ?? 0)
        }
        #expect(lost > 0)
    }

    /// Any call fails: a typed error, nothing more is done, and nothing acknowledged is lost.
    @Test(arguments: durable) func everyCallCanFail(strategy: SyncStrategy) throws {
        let whole = SimulatedDisk()
        try LogScript(whole, strategy).run()
        for call in moments(whole.callCount, strategy, by: 5) {
            let disk = SimulatedDisk()
            disk.fail(call: call, with: EIO)
            let script = LogScript(disk, strategy)
            #expect(throws: LogError.self, "\(strategy.label): call \(call)") { try script.run() }
            let seed = UInt64(call)
            for loss in [SimulatedDisk.Loss.lost, .kept, .scattered(seed: seed)] {
                LogScript<SimulatedDisk>.check(
                    disk.afterCrash(loss),
                    script.candidates,
                    "\(strategy.label): call \(call) failed, \(loss)",
                    strategy: strategy,
                    goesOn: false
                )
            }
        }
    }

    /// A server may be started with another strategy than the one before.
    @Test(arguments: all) func everyStrategyGoesOnWithTheLogOfAnother(strategy: SyncStrategy) throws {
        let index = Self.all.firstIndex(of: strategy)!
        for former in [5, 11, 18, 27].map({ Self.all[(index + $0) % Self.all.count] }) {
            let disk = SimulatedDisk()
            let script = LogScript(disk, former)
            try script.run()
            LogScript<SimulatedDisk>.check(
                disk.afterCrash(.kept),
                script.candidates,
                "\(former.label), then \(strategy.label)",
                strategy: strategy
            )
        }
    }

    @Test(arguments: all) func labelsAreReadBack(strategy: SyncStrategy) throws {
        #expect(try SyncStrategy(label: strategy.label) == strategy)
    }

    @Test func whatMakesNoSenseIsRefusedWithTheReason() throws {
        #expect(try SyncStrategy(label: "periodic_7ms_append").method == .periodic(milliseconds: 7))
        for (label, reason) in [
            ("none_prewritten", "there are no syncs"), ("sync_file_range_append", "file's size"),
            ("sync_file_range_fallocate", "unwritten"), ("fsync", "allocation of append, fallocate"),
            ("fsync_sideways", "allocation of append, fallocate"),
            ("hope_recycled", "a method of none, periodic_100ms"),
            ("periodic_0ms_append", "periodic_<N>ms"),
        ] {
            let error = #expect(throws: StrategyError.self) { try SyncStrategy(label: label) }
            #expect(error?.description.contains(reason) == true, "\(label): \(error?.description ?? "")")
        }
        for (strategy, batching, inFlight, reason) in [
            ("none_append", "natural", 2, "no group waits"), ("fdatasync_append", "overlapped", nil, "extend a file"),
            ("fdatasync_recycled", "overlapped", 1, "nothing overlaps"), ("none_recycled", "adaptive", nil, "no sync"),
            ("fdatasync_recycled", "natural", 17, "from 1 to 16"),
        ] as [(String, String, Int?, String)] {
            let error = #expect(throws: StrategyError.self) {
                try CommitOptions(
                    BatchPolicy(label: batching),
                    inFlight: inFlight,
                    for: SyncStrategy(label: strategy)
                )
            }
            #expect(error?.description.contains(reason) == true, "\(strategy) \(batching): \(error?.description ?? "")")
        }
        for label in ["each", "natural", "delay_500us", "count_64", "bytes_65536", "adaptive", "overlapped"] {
            #expect(try BatchPolicy(label: label).label == label)
        }
        for label in ["", "delay", "delay_us", "delay_-1us", "count_0", "bytes_5", "naturally"] {
            #expect(throws: StrategyError.self) { try BatchPolicy(label: label) }
        }
        #expect(try CommitOptions(.overlapped, for: .recycledFdatasync).inFlight == 2)
    }
}
