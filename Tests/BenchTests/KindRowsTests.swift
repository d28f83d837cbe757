import Histogram
import Report
import Results
import Testing
import Workload

@testable import Bench

/// What a row says of reads and writes apart, transactions and observers, and what makes runs repeats.
@Suite struct KindRowsTests {
    private static func histogram(_ microseconds: Int, count: Int) -> Histogram<UInt64> {
        var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        for _ in 0..<count { histogram.record(UInt64(microseconds) * 1000) }
        return histogram
    }

    private static let counters: [String: [UInt64]] = [
        "cpu_us": [0, 0, 500_000, 1_000_000], "syncs": [0, 0, 100, 200], "allocations": [0, 0, 1000, 2000],
        "bytes_out": [0, 0, 4000, 8000], "cpu_loop_us": [0, 0, 2000, 4000], "cpu_log_us": [0, 0, 1000, 2000],
    ]

    private static func row(_ result: LoadResult) -> SummaryRow {
        var row = BenchRowsTests.row()
        row.context.leaderID = 1
        row.noteLoad(result)
        row.noteServerCosts(BenchRowsTests.history(servers: [1], counters: counters), servers: [1], result: result)
        return row
    }

    /// 3,000 reads and 1,000 writes in two seconds.
    private static func mixed() -> LoadResult {
        BenchRowsTests.result { result in
            result.plan.mix = OperationMix(set: 25, get: 75)
            result.writesCompleted = 1000
            result.readResponse = histogram(100, count: 3000)
            result.writeResponse = histogram(800, count: 1000)
        }
    }

    @Test func readsAndWritesAreToldApart() throws {
        let row = Self.row(Self.mixed())
        #expect(row.kinds.readsPerSecond == 1500 && row.kinds.znodeWritesPerSecond == 500)
        let (read, write) = (try #require(row.kinds.readResponse.p99Microseconds), row.kinds.writeResponse)
        #expect(abs(read - 100) < 1 && abs((write.p50Microseconds ?? 0) - 800) < 1)
        let alone = Self.row(BenchRowsTests.result())
        #expect(alone.kinds.readsPerSecond == nil && alone.kinds.readResponse == LatencyFigures())
        #expect(alone.kinds.writeResponse == LatencyFigures() && alone.kinds.znodeWritesPerSecond == 2000)
    }

    /// What reads cost, too, is no cost of a write; what only writes cause still is.
    @Test func readsCostNoWriteAnything() {
        let mixed = Self.row(Self.mixed())
        #expect(mixed.cost.cpuMicrosecondsPerWrite == nil && mixed.cost.allocationsPerWrite == nil)
        #expect(mixed.leader.bytesOutPerWrite == nil && mixed.leader.loopMicrosecondsPerWrite == nil)
        #expect(mixed.cost.syncsPerWrite == 0.2 && mixed.leader.logMicrosecondsPerWrite == 2)
        #expect(mixed.kinds.cpuMicrosecondsPerOperation == 250 && mixed.leader.bytesOutPerSecond == 4000)
        let alone = Self.row(BenchRowsTests.result())
        #expect(alone.cost.cpuMicrosecondsPerWrite == 250 && alone.kinds.cpuMicrosecondsPerOperation == 250)
        #expect(alone.cost.allocationsPerWrite == 0.5 && alone.leader.bytesOutPerWrite == 2)
    }

    @Test func aTransactionIsOneWriteOfSeveralZnodes() {
        let result = BenchRowsTests.result { $0.plan.multi = 4 }
        let row = Self.row(result)
        #expect(row.achievedPerSecond == 2000 && row.kinds.znodeWritesPerSecond == 8000)
        #expect(row.cost.cpuMicrosecondsPerWrite == 250)
    }

    private static func planned(_ change: (inout PlannedRun) -> Void = { _ in }) -> PlannedRun {
        var run = PlannedRun(
            index: 0,
            repeatNumber: 1,
            loadName: "a",
            ensemble: PlannedEnsemble(),
            load: LoadPlan(mix: OperationMix(set: 1, get: 1))
        )
        change(&run)
        return run
    }

    private static func key(_ run: PlannedRun) -> LoadKey {
        var row = BenchRowsTests.row()
        row.load = SummaryRow.Load(run)
        row.observers = run.ensemble.observers
        return LoadKey(row)
    }

    @Test func whatDiffersInKindIsNoRepeat() {
        let usual = Self.key(Self.planned())
        let others = [
            Self.key(Self.planned { $0.load.multi = 4 }), Self.key(Self.planned { $0.load.reads = .linearizable }),
            Self.key(Self.planned { $0.ensemble.observers = 2 }),
        ]
        #expect(Set([usual] + others).count == 4)
        #expect(Set(LoadKey.labels([usual] + others).values).count == 4)
        let names = SettingNames([usual] + others)
        #expect(Set(([usual] + others).map(names.setting)).count == 4)
        #expect(names.setting(others[2]) == "2 observers, a, multi 1, local reads")
        for other in others { #expect(LoadKey(members: other.members) == other) }
        // A row of a version that knew nothing of them is a repeat of the usual.
        var old = BenchRowsTests.row()
        old.load = SummaryRow.Load(Self.planned())
        (old.load.multi, old.load.reads, old.observers) = (nil, "", nil)
        #expect(LoadKey(old) == usual && usual.members["multi"] == nil && usual.members["observers"] == nil)
    }

    @Test func disksAndTimesCountEveryServerAndEveryZnode() {
        let least = DiskNeed(Self.planned { $0.load.mode = .open(ratePerSecond: 1000, arrivals: .fixed) })
        let most = DiskNeed(
            Self.planned {
                $0.load.mode = .open(ratePerSecond: 1000, arrivals: .fixed)
                $0.load.multi = 100
            }
        )
        #expect(most.logs > least.logs)
        let three = RunTimes.seconds(Self.planned())
        let five = RunTimes.seconds(Self.planned { $0.ensemble.observers = 2 })
        #expect(five - three > 0.39 && five - three < 0.41)
        let members = Self.planned { ($0.load.multi, $0.ensemble.observers) = (4, 2) }.kindMembers
        #expect(members == ["multi": "4", "reads": "local", "observers": "2"])
    }
}
