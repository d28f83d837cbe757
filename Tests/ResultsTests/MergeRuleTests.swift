import Histogram
import TestSupport
import Testing

@testable import Results

/// Rows of several generators as one row.
@Suite struct MergeRuleTests {
    @Test func everyColumnHasARule() {
        let names = MergeRule.columns.flatMap(\.names)
        #expect(Set(names).count == names.count, "a column has two rules")
        let columns = Set(SummaryRow.columns.map(\.name))
        #expect(columns.subtracting(names).sorted() == [], "columns without a rule")
        #expect(Set(names).subtracting(columns).sorted() == [], "rules without a column")
    }

    /// What makes two runs repeats of each other is equal in all parts, or else it is counted by generator.
    @Test func whatIsAskedOfALoadIsKeptOrAdded() {
        for column in LoadKey.columns {
            let rule = MergeRule.ofColumn[column.name]
            #expect(rule == .same || rule == .sum, "\(column.name)")
        }
    }

    private static func merged(_ parts: [SummaryRow], reasons: [String] = []) -> SummaryRow {
        var tag = Samples.tag(1)
        tag.runID = "merged-1"
        let run = SummaryRow.MergedRun(tag: tag, orderIndex: 1, latencies: .none, invalidReasons: reasons)
        return SummaryRow(merging: parts, run)
    }

    private static func cell(_ name: String, _ row: SummaryRow) -> String {
        SummaryRow.columns.first { $0.name == name }.map { $0.cell(of: row).plain } ?? "no such column"
    }

    /// Each rule on one row with something in every column, and another.
    @Test func rulesDoWhatTheySay() {
        let one = Filled.run
        var other = one
        other.context.operationsCompleted = 100_000
        other.context.generatorMicrosecondsPerOperation = 4.5
        other.context.generatorBusyShare = 0.5
        other.response.maxMicroseconds = 12_345.678
        other.proof.writesAcknowledged = 2000
        other.proof.acknowledgedVerified = 2000
        other.proof.digestsAgree = false
        other.context.isGeneratorLimited = false
        other.context.seed = 7
        other.context.cores = 4
        (other.foreign.share, other.foreign.steal) = (0.01, 0.02)
        let row = Self.merged([one, other])
        for (name, text) in [
            ("run_id", "merged-1"), ("repeat", "2"), ("clients", "32"), ("outstanding", "64"), ("keys", "20000"),
            ("rate_per_s", "10000"), ("achieved_per_s", "104682"), ("errors", "6"), ("operations_completed", "500000"),
            ("writes_acknowledged", "3000"), ("acknowledged_verified", "3000"), ("response_max_us", "12345.678"),
            ("generator_busy_share", "0.75"), ("generator_limited", "true"), ("digests_agree", "false"),
            ("digest", "00ff"), ("seed", ""), ("cores", ""), ("cpu_us_per_write", ""), ("outages", ""),
            ("response_p99_us", ""), ("foreign_cpu_share", "0.125"), ("steal_share", "0.01"), ("valid", "true"),
            ("generator_bound_per_s", "1800000"), ("x_floor", ""), ("limiter", ""), ("order_index", "1"),
            // (1.5 x 400,000 + 4.5 x 100,000) / 500,000
            ("generator_us_per_operation", "2.1"), ("reads_per_recipe", "4.5"),
        ] {
            #expect(Self.cell(name, row) == text, "\(name)")
        }
        let invalid = Self.merged([one, other], reasons: ["overloaded: 1/s (b)"])
        #expect(!invalid.isValid && Self.cell("invalid_reason", invalid) == "overloaded: 1/s (b)")
    }

    /// What one part does not know, nobody can add to.
    @Test func theUnknownIsNotTakenForZero() {
        let one = Filled.run
        var other = one
        other.proof.ambiguous = nil
        other.proof.digestsAgree = nil
        other.generatorBoundPerSecond = nil
        other.context.generatorMicrosecondsPerOperation = nil
        let row = Self.merged([one, other])
        for name in ["ambiguous", "digests_agree", "generator_bound_per_s", "generator_us_per_operation"] {
            #expect(Self.cell(name, row) == "", "\(name)")
        }
    }

    /// The merged row is read as it was written, empty cells and all.
    @Test func itComesBackFromItsFile() throws {
        let row = Self.merged([Filled.run, Filled.run])
        let read = try ResultsFile<SummaryRow>(parsing: SummaryRow.header + row.line).rows
        #expect(read.map(\.line) == [row.line])
        #expect(read.first?.context.cores == 2 && read.first?.context.outages == nil)
    }

    private static func window(_ milliseconds: Int64, _ seconds: Double) -> SummaryRow {
        var row = SummaryRow()
        row.startedAt = Timestamp(unixNanoseconds: 1_000_000_000_000 + milliseconds * 1_000_000)
        row.durationSeconds = seconds
        return row
    }

    @Test(
        arguments: [
            (0, 10.0, 0, 10.0, 1.0, 10.0), (0, 10, 1000, 10, 0.9, 11), (1000, 10, 0, 10, 0.9, 11),
            (0, 10, 500, 5, 0.5, 10), (0, 10, 11_000, 10, 0, 21), (0, 0, 0, 0, 0, 0),
        ] as [(Int64, Double, Int64, Double, Double, Double)]
    )
    func windowsOverlapByTheWallClock(
        first: Int64,
        firstSeconds: Double,
        other: Int64,
        otherSeconds: Double,
        shared: Double,
        seconds: Double
    ) {
        let windows = MergedWindows([Self.window(first, firstSeconds), Self.window(other, otherSeconds)])
        #expect(abs(windows.sharedPart - shared) < 1e-9 && abs(windows.seconds - seconds) < 1e-9)
        #expect(windows.skewSeconds.min() == 0)
        #expect(windows.skewSeconds.max() == Double(abs(other - first)) / 1000)
    }
}
