import Log
import Report
import Results
import Testing

@testable import Bench
@testable import Workload

/// A row claims of its strategy what the simulator tried, and nothing else.
@Suite struct DurabilityCellTests {
    private static let verdicts = [
        PlannedLog().candidate: verdict(.natural),
        PlannedLog(commit: tried).candidate: verdict(tried),
    ]

    private static var tried: CommitOptions { try! CommitOptions(.count(32), inFlight: 2, for: .recycledFdatasync) }

    private static func verdict(_ commit: CommitOptions) -> DurabilityVerdict {
        DurabilityVerdict(
            strategy: SyncStrategy.recycledFdatasync.label,
            batching: commit.batching.label,
            inFlight: commit.inFlight,
            firstSeed: 1,
            lastSeed: 24,
            processCrash: trial,
            powerLoss: trial
        )
    }

    private static var trial: DurabilityVerdict.Trial {
        DurabilityVerdict.Trial(
            runs: 24,
            crashes: 122,
            acknowledged: 14_795,
            lost: 0,
            mostLostInOneRun: 0,
            failedRuns: 0,
            runsWithoutEnd: 0,
            exampleSeed: nil,
            exampleCommand: nil,
            exampleText: nil
        )
    }

    private func cell(_ commit: CommitOptions) -> SummaryRow.Durability {
        SummaryRow.Durability(of: PlannedLog(commit: commit), verdicts: Self.verdicts)
    }

    @Test func whatWasTriedIsSaid() {
        #expect(cell(.natural).isProven)
        #expect(cell(.natural).acknowledgedLost == 0)
        #expect(cell(Self.tried).isProven)
    }

    @Test(arguments: [
        (BatchPolicy.natural, 2), (.overlapped, 2), (.each, 1), (.count(32), 4), (.adaptive, 1),
    ])
    func whatWasNotTriedIsEmpty(_ batching: BatchPolicy, _ inFlight: Int) throws {
        let cell = cell(try CommitOptions(batching, inFlight: inFlight, for: .recycledFdatasync))
        #expect(cell == SummaryRow.Durability())
    }

    @Test func aStrategyWithoutAVerdictIsEmpty() {
        let log = PlannedLog(strategy: .recycledFdatasync)
        #expect(SummaryRow.Durability(of: log, verdicts: [:]) == SummaryRow.Durability())
    }
}
