import Foundation
import Randomness
import Report
import Results
import Statistics
import TestSupport
import Testing

@testable import Comparisons

@Suite struct PowerStudyTests {
    /// Comparisons of twelve pairs with a spread of about two percent, B's processor time multiplied by `factor`.
    static func comparisons(_ count: Int, factor: Double) -> [PowerSamples.Made] {
        var random = SplitMix64(seed: 7)
        func noise() -> Double { 1 + 0.04 * (random.unit() - 0.5) }
        return (0..<count).map { _ in
            let pairs = (0..<12).map { _ in
                let neighbours = 1 + random.unit()
                return PowerSamples.Pair(
                    baseline: ["cpu_us_per_write": 10 * neighbours * noise(), "syncs_per_write": noise()],
                    candidate: ["cpu_us_per_write": 10 * factor * neighbours * noise(), "syncs_per_write": noise()]
                )
            }
            return PowerSamples.Made(pairs: pairs, run: 12)
        }
    }

    static func samples() -> PowerSamples {
        var samples = PowerSamples()
        samples.comparisons = [0: comparisons(6, factor: 1), 10: comparisons(4, factor: 1.1)]
        return samples
    }

    @Test func alarmsAndSlowdownsAreCounted() throws {
        let study = try PowerStudy(Self.samples(), draws: 6)
        #expect(study.pairs == 12 && study.drawnPairs == 12)
        func row(_ percent: Double, _ metric: String?) throws -> PowerStudy.Row {
            try #require(study.rows.first { $0.percent == percent && $0.metric?.name == metric })
        }
        let quiet = try row(0, "cpu_us_per_write")
        #expect(quiet.made.total == 6 && quiet.drawn.total == 6)
        #expect(quiet.made.counts[.regressed] == nil && quiet.made.counts[.improved] == nil)
        #expect(quiet.pairs == 72)
        #expect(abs((quiet.ratio ?? 0) - 1) < 0.01)
        let slowed = try row(10, "cpu_us_per_write")
        #expect(slowed.made.counts == [.regressed: 4])
        #expect(slowed.drawn.share(.regressed) == 1)
        #expect(abs((slowed.ratio ?? 0) - 1.1) < 0.02)
        #expect(slowed.interval.map { $0.contains(1.1) } ?? false)
        // The slowdown is nothing that syncs would show, and the whole comparison regresses by its one metric.
        #expect(try row(10, "syncs_per_write").made.counts[.regressed] == nil)
        #expect(try row(10, nil).made.counts == [.regressed: 4])
        #expect(try row(0, nil).made.counts[.regressed] == nil)
        // No run had it.
        let absent = try row(10, "response_p99_us")
        #expect(absent.made.total == 0 && absent.drawn.share(.regressed) == nil && absent.ratio == nil)
    }

    @Test func drawnComparisonsMayHaveAnotherSize() throws {
        let study = try PowerStudy(Self.samples(), pairs: 3, draws: 4)
        let row = try #require(study.rows.first { $0.percent == 10 && $0.metric?.name == "cpu_us_per_write" })
        // Three pairs can never regress, twelve do.
        #expect(study.drawnPairs == 3 && row.drawn.total == 4 && row.drawn.counts[.regressed] == nil)
        #expect(study.pairs == 12 && row.made.counts == [.regressed: 4])
    }

    @Test func theSameSeedDrawsTheSame() throws {
        #expect(try PowerStudy(Self.samples(), draws: 4) == PowerStudy(Self.samples(), draws: 4))
    }

    @Test func theTablesCanBeMadeAgainFromTheirPairs() throws {
        let folder = TemporaryFolder()
        let file = folder.path(of: "pairs.csv")
        try Self.samples().csv.write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try PowerSamples(path: file) == Self.samples())
        let tables = PowerText.markdown(try PowerStudy(Self.samples(), draws: 3))
        #expect(tables == PowerText.markdown(try PowerStudy(PowerSamples(path: file), draws: 3)))
        #expect(tables.contains("| 10 % | cpu_us_per_write | +"))
        #expect(tables.contains("4 of 4"))
        #expect(
            tables.contains(
                "0 alarms in 6 comparisons of a build with itself: at most 39 % of comparisons raise a false alarm (95 %"
            )
        )
    }

    @Test func theDocumentHoldsWhatTheTablesDo() throws {
        let study = try PowerStudy(Self.samples(), draws: 3)
        let text = try PowerDocument.text(study)
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let rows = try #require(document["rows"] as? [[String: Any]])
        #expect(rows.count == study.rows.count && document["pairs"] as? Int == 12)
        let slowed = try #require(
            rows.first { $0["metric"] as? String == "cpu_us_per_write" && $0["slowdown_percent"] as? Double == 10 }
        )
        #expect((slowed["made"] as? [String: Int])?["regressed"] == 4)
        let (low, high) = (slowed["ratio_low"] as? Double ?? 9, slowed["ratio_high"] as? Double ?? 0)
        #expect(low < 1.1 && 1.1 < high)
    }

    @Test func comparisonsAreReadFromTheirFolders() throws {
        let root = TemporaryFolder()
        for (percent, factor) in [("0", 1.0), ("5", 1.05), ("cost", 3)] {
            for (side, scale) in [("a", 1.0), ("b", factor)] {
                let canned = Canned.runs(3, factor: scale)
                _ = try canned.write(in: root, "\(percent)/one/\(side)")
            }
        }
        let samples = try PowerSamples(path: root.path)
        #expect(samples.comparisons.keys.sorted() == [0, 5])
        let made = try #require(samples.comparisons[5]?.first)
        #expect(made.run == 3 && made.pairs.count == 3)
        for pair in made.pairs {
            let ratio = pair.candidate["cpu_us_per_write"]! / pair.baseline["cpu_us_per_write"]!
            #expect(abs(ratio - 1.05) < 1e-4)
        }
    }

    /// Interrupted before its first run, or in the middle: its pairs count, and it is no comparison.
    @Test func whatWasCutShortDoesNotSpoilAStudy() throws {
        let root = TemporaryFolder()
        for (comparison, runs) in [("one", 4), ("two", 2), ("four", 4)] {
            for side in ["a", "b"] {
                var canned = Canned.runs(runs)
                if comparison == "four", side == "b" { canned.rows[1].invalidReasons = ["errors: 5"] }
                _ = try canned.write(in: root, "5/\(comparison)/\(side)")
            }
        }
        for side in ["a", "b"] { try root.make("5/three/\(side)/20261121T120000Z-quick") }
        let samples = try PowerSamples(path: root.path)
        // By name: four, one, two.
        #expect(samples.comparisons[5]?.map(\.run) == [4, 4, 2])
        #expect(samples.comparisons[5]?.map(\.pairs.count) == [3, 4, 2])
        #expect(samples.leftOut.count == 1 && samples.leftOut[0].contains("/5/three: "))
        let study = try PowerStudy(samples, draws: 0)
        let row = try #require(study.rows.first { $0.metric?.name == "cpu_us_per_write" })
        #expect(row.made.total == 2 && row.pairs == 9 && study.others == 1)
        #expect(PowerText.markdown(study).contains("1 comparison of another number of pairs is drawn from"))
    }

    @Test func studiesAreNotMixed() throws {
        for (change, problem) in [
            ({ $0.kernel = "6.2.0" }, "kernel: 6.1.0 against 6.2.0"),
            ({ $0.overrides = ["turns=100ms"] }, "workload overrides"),
            ({ $0.add(2, point: "serial") }, "it has several loads"),
        ] as [((inout Canned) -> Void, String)] {
            let root = TemporaryFolder()
            for comparison in ["one", "two"] {
                var canned = Canned.runs(2)
                if comparison == "two" { change(&canned) }
                for side in ["a", "b"] {
                    _ = try canned.write(in: root, "0/\(comparison)/\(side)")
                }
            }
            let error = try #require(throws: PowerError.self) { try PowerSamples(path: root.path) }
            #expect(error.description.contains(problem) && error.description.contains("move"))
        }
    }

    @Test(arguments: [
        ("", "there are no comparisons in it"),
        ("a,b\n", "no column slowdown_percent"),
        (
            "slowdown_percent,comparison,pairs_run,pair,side\n0,1,12,1,b\n",
            ": line 2: its side a does not stand before it"
        ),
        (
            "slowdown_percent,comparison,pairs_run,pair,side\n0,1,12,1,c\n",
            ": line 2: bad value c in column side"
        ),
        (
            "slowdown_percent,comparison,pairs_run,pair,side\ninf,1,12,1,a\n",
            ": line 2: bad number inf in column slowdown_percent"
        ),
        ("slowdown_percent,comparison,pairs_run,pair,side\n-1,1,12,1,a\n", ": line 2: it is no side of a pair"),
        ("slowdown_percent,comparison,pairs_run,pair,side\n", "there are no comparisons in it"),
    ])
    func whatIsNoStudyIsRefused(text: String, problem: String) throws {
        let folder = TemporaryFolder()
        let file = folder.path(of: "pairs.csv")
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        let error = try #require(throws: PowerError.self) { try PowerSamples(path: file) }
        #expect(error.description.contains(problem))
    }

    @Test func whatIsNotThereIsSaid() throws {
        let error = try #require(throws: PowerError.self) { try PowerSamples(path: "/no/such/study") }
        #expect(error.description.contains("there is nothing"))
    }
}
