import Foundation
import Randomness
import Report
import Results
import Statistics
import TestSupport
import Testing

@testable import Comparisons

/// The committed runs of results/reference/ensemble-size, five of each of twelve loads, against themselves and made
/// slower.
@Suite struct ReferenceComparisonTests {
    let root = TemporaryFolder()

    static var reference: String {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        return root.deletingLastPathComponent().path + "/results/reference/ensemble-size"
    }

    /// A copy in which a column is multiplied where the row is wanted.
    func copy(_ column: String, by factor: Double, where isWanted: (CSVTable, [String]) -> Bool = { _, _ in true })
        throws -> String
    {
        let summary = try String(contentsOfFile: Self.reference + "/summary.csv", encoding: .utf8)
        var table = CSVTable(parsing: summary)
        let place = try #require(table.column(column))
        for index in table.rows.indices where isWanted(table, table.rows[index]) {
            table.rows[index][place] = "\(try #require(Double(table.rows[index][place])) * factor)"
        }
        let text = ([table.header] + table.rows).map { $0.joined(separator: ",") + "\n" }.joined()
        try root.make("slower")
        try root.write(text.utf8, "slower/summary.csv")
        try root.write(
            Data(contentsOf: URL(fileURLWithPath: Self.reference + "/manifest.json")),
            "slower/manifest.json"
        )
        return root.path(of: "slower")
    }

    func compare(_ candidate: String, _ options: StoredComparison.Options = .init()) throws -> Comparison {
        try StoredComparison.run(baseline: Self.reference, candidate: candidate, options: options)
    }

    /// It passed with exit code 0: no load has runs enough to be judged by itself among all the others.
    @Test func halfAsMuchAgainOfProcessorTimeRegresses() throws {
        let comparison = try compare(copy("cpu_us_per_write", by: 1.5))
        #expect(
            comparison.exitCode(strict: false) == .regression
                && comparison.exitCode(strict: false, lenient: true) == .regression
        )
        #expect(comparison.headline.hasPrefix("regressed ("))
        let together = try #require(comparison.groups.first)
        #expect(together.label == "all 12 loads together")
        let cpu = try #require(together.metrics.first { $0.metric.name == "cpu_us_per_write" })
        #expect(cpu.verdict == .regressed && cpu.pool?.loads == 12)
        #expect(abs((cpu.ratio ?? 0) - 1.5) < 1e-9)
        #expect(cpu.runs(.stored) == "60+60")
        let interval = try #require(cpu.interval)
        #expect(interval.low > 1.3 && interval.high < 1.7)
        #expect(together.metrics.filter { $0.verdict == .regressed }.count == 1)
        // What cannot be told of a load is not denied.
        let alone = comparison.groups.dropFirst().flatMap(\.metrics).filter { $0.metric.name == "cpu_us_per_write" }
        #expect(alone.count == 12)
        for metric in alone {
            #expect(metric.word == "cannot tell")
            #expect(metric.why == "costs more by its own interval; too few runs to prove anything")
        }
    }

    /// What the pooled test does not see, nobody could have: that is no reason to pass.
    @Test func halfAsMuchAgainInOneLoadDoesNotPass() throws {
        let candidate = try copy("cpu_us_per_write", by: 1.5) { table, row in
            table.text(row, "point") == "serial" && table.text(row, "ensemble_size") == "3"
        }
        let comparison = try compare(candidate)
        #expect(comparison.count(.regressed) == 0)
        #expect(
            comparison.exitCode(strict: false) == .inconclusive
                && comparison.exitCode(strict: false, lenient: true) == .pass
        )
        #expect(comparison.headline.contains("cannot tell"))
        let table = ComparisonTable.text(comparison)
        #expect(
            table.hasPrefix("Smallest p possible: 1 of a single load (5 runs on each side, "),
            "\(table.prefix(300))"
        )
        #expect(
            table.replacing("\n", with: " ").contains(
                "make 9 runs of each load on both sides, or choose fewer --metrics"
            )
        )
    }

    @Test func whatTheIntervalExcludesIsNeverCalledNoDifference() throws {
        let comparison = try compare(copy("cpu_us_per_write", by: 1.5))
        #expect(comparison.all.contains { $0.metric.interval?.contains(1) == false })
        for (_, metric) in comparison.all {
            guard let interval = metric.interval, !interval.contains(1) else { continue }
            #expect(!metric.why.contains("no difference"), "\(metric.why)")
        }
    }

    /// Both sides drawn from the same five runs of each load, and a margin of nothing: what regresses or improves is a
    /// false alarm. The runs are drawn whole, so that metrics depend on each other as they do.
    @Test func falseAlarmsOfRealRunsStayAtTheLevel() throws {
        let runs = try StoredRuns(path: Self.reference)
        let none = try #require(Margin(share: 0))
        let metrics = try ComparedMetric.chosen([], margin: none)
        let judge = ComparisonJudge(design: .stored, metrics: metrics, level: 0.1)
        var random = SplitMix64(seed: 5)
        let draws = 12
        var alarms = 0
        for _ in 0..<draws {
            let samples = runs.groups.map { group in
                let pool = runs.runs.filter { $0.group == group }.map(\.values)
                func side() -> [[String: Double]] { (0..<5).map { _ in pool[random.below(pool.count)] } }
                return ComparisonJudge.Samples(
                    label: group.label,
                    members: [:],
                    baseline: side(),
                    candidate: side()
                )
            }
            let verdicts = try judge.judge(samples).groups.flatMap(\.metrics).map(\.verdict)
            if verdicts.contains(.regressed) || verdicts.contains(.improved) { alarms += 1 }
        }
        // 3.4 standard deviations above a tenth.
        #expect(Double(alarms) <= 1.2 + 3.4 * (12 * 0.1 * 0.9).squareRoot(), "\(alarms)")
    }

    /// Runs of one load at a time may all have met one neighbour, which no test can know: so the repeats, made one
    /// after the other, are held against each other as they were made, with the margins as they are.
    @Test func noRepeatsAreCalledSlowerThanTheOthers() throws {
        let runs = try StoredRuns(path: Self.reference)
        let judge = ComparisonJudge(design: .stored)
        var alarms: [Int] = []
        for chosen in (0..<32).filter({ $0.nonzeroBitCount == 2 }) {
            let samples = runs.groups.map { group in
                let pool = runs.runs.filter { $0.group == group }.map(\.values)
                func side(_ bit: Int) -> [[String: Double]] {
                    pool.indices.filter { chosen >> $0 & 1 == bit }.map { pool[$0] }
                }
                return ComparisonJudge.Samples(label: group.label, members: [:], baseline: side(0), candidate: side(1))
            }
            let verdicts = try judge.judge(samples).groups.flatMap(\.metrics).map(\.verdict)
            if verdicts.contains(.regressed) { alarms.append(chosen) }
        }
        #expect(alarms.isEmpty, "\(alarms)")
    }
}
