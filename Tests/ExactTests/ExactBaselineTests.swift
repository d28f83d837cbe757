import Foundation
import Report
import Testing

@testable import Exact
@testable import Simulator

/// The baseline as a file, and what a difference from it is called.
@Suite struct ExactBaselineTests {
    static func measurement(
        _ loads: [ScriptedLoad] = [Loads.serial],
        compiler: String? = nil,
        _ change: (inout ExactCounts) -> Void = { _ in }
    ) throws -> ExactMeasurement {
        let counts = try loads.map { load in
            var counts = try Loads.counts(of: load)
            if compiler != nil { counts[.allocations] = 1000 }
            change(&counts)
            return counts
        }
        return ExactMeasurement(loads: loads, counts: counts, compiler: compiler)
    }

    private static func baseline(_ text: String) throws(ExactBaselineError) -> ExactBaseline {
        try ExactBaseline(data: Data(text.utf8), source: "b.json")
    }

    @Test func whatIsWrittenIsReadAndWrittenAgain() throws {
        let written = ExactBaseline(try Self.measurement([Loads.serial, Loads.busy], compiler: "6.3"))
        let read = try Self.baseline(written.text)
        #expect(read == written && read.text == written.text)
        let line = "{\"workload\": \"serial\", \"metric\": \"syncs\", \"unit\": \"count\", \"value\": 48}"
        #expect(written.text.split(separator: "\n").contains { $0.hasPrefix(line) })
    }

    @Test func nothingDiffersFromItself() throws {
        let measurement = try Self.measurement(compiler: "6.3")
        let comparison = ExactComparison(measurement, with: ExactBaseline(measurement))
        #expect(comparison.exitCode == .pass && comparison.differences.isEmpty && comparison.notes.isEmpty)
        #expect(comparison.compared == ExactMetric.allCases.count)
    }

    /// One more anywhere fails with its name, and one less does too.
    @Test(arguments: ExactMetric.allCases, [1, -1])
    func oneMoreOrLessIsNamed(metric: ExactMetric, by amount: Int) throws {
        let baseline = ExactBaseline(try Self.measurement(compiler: "6.3") { $0[metric] = 100 })
        let measurement = try Self.measurement(compiler: "6.3") { $0[metric] = 100 + amount }
        let comparison = ExactComparison(measurement, with: baseline)
        let kind = metric.isOfTheLoad ? ExactDifference.Kind.changed : amount > 0 ? .regressed : .better
        #expect(
            comparison.differences == [
                ExactDifference(workload: "serial", metric: metric, kind: kind, before: 100, after: 100 + amount)
            ]
        )
        #expect(comparison.exitCode == .regression)
        let words = "\(kind.rawValue): serial \(metric.rawValue) \(metric.text(100)) -> \(metric.text(100 + amount)) ("
        #expect(comparison.differences[0].description.hasPrefix(words))
    }

    @Test func aPlantedSyncIsNamed() throws {
        let baseline = ExactBaseline(try Self.measurement())
        let counts = ExactCounts(try LoadRun.playSyncingTwice(Loads.serial))
        let measurement = ExactMeasurement(loads: [Loads.serial], counts: [counts], compiler: nil)
        let comparison = ExactComparison(measurement, with: baseline)
        #expect(comparison.differences.map(\.description) == ["regressed: serial syncs 48 -> 96 (+48)"])
        #expect(comparison.exitCode == .regression)
    }

    @Test func allocationsCompareWithinOneCompilerOnly() throws {
        let release = ExactBaseline(try Self.measurement(compiler: "6.3"))
        let debug = ExactComparison(try Self.measurement(), with: release)
        #expect(debug.exitCode == .pass && debug.notes.count == 1)
        let later = ExactComparison(try Self.measurement(compiler: "6.4") { $0[.allocations] = 7 }, with: release)
        #expect(later.exitCode == .notComparable && later.differences.isEmpty)
        #expect(
            later.obstacles == ["allocations do not compare: the baseline's were compiled by Swift 6.3, these by 6.4"]
        )
        let without = ExactComparison(
            try Self.measurement(compiler: "6.3"),
            with: ExactBaseline(try Self.measurement())
        )
        #expect(without.exitCode == .notComparable && without.obstacles.count == 1)
    }

    @Test func anotherLoadOrEngineDoesNotCompare() throws {
        let measurement = try Self.measurement()
        var larger = Loads.serial
        larger.payloadBytes += 1
        let other = ExactComparison(measurement, with: ExactBaseline(try Self.measurement([larger])))
        #expect(other.exitCode == .notComparable && other.obstacles.count == 1)
        #expect(other.obstacles[0].hasPrefix("serial is another load than in the baseline: "))
        var foreign = ExactBaseline(measurement)
        foreign.engine = "log 0, peers 0"
        #expect(ExactComparison(measurement, with: foreign).exitCode == .notComparable)
        let fewer = ExactComparison(measurement, with: ExactBaseline(try Self.measurement([Loads.serial, Loads.busy])))
        #expect(
            fewer.exitCode == .notComparable
                && fewer.differences.allSatisfy { $0.kind == .gone && $0.workload == "busy" }
        )
        let more = ExactComparison(try Self.measurement([Loads.serial, Loads.busy]), with: ExactBaseline(measurement))
        #expect(
            more.exitCode == .notComparable && more.differences.allSatisfy { $0.kind == .new && $0.workload == "busy" }
        )
    }

    @Test(
        arguments: [
            ("", "not a baseline of exact counts"),
            ("[1]", "not a baseline of exact counts"),
            ("{\"format\": 2}", "a baseline of format 2, and this zabbench has 1"),
            ("{\"format\": 1, \"engine\": \"x\"}", "a damaged baseline"),
            (
                document("{\"workload\": \"a\", \"metric\": \"wishes\", \"unit\": \"count\", \"value\": 1}"),
                "not known: wishes"
            ),
            (
                document("{\"workload\": \"a\", \"metric\": \"syncs\", \"unit\": \"count\", \"value\": 1.5}"),
                "not known: syncs"
            ),
            (
                document(
                    "{\"workload\": \"a\", \"metric\": \"syncs\", \"unit\": \"count\", \"value\": 1}, "
                        + "{\"workload\": \"a\", \"metric\": \"syncs\", \"unit\": \"count\", \"value\": 1}"
                ), "has syncs twice"
            ),
        ] as [(String, String)]
    )
    func whatIsNoBaselineIsRefused(text: String, words: String) {
        #expect {
            try Self.baseline(text)
        } throws: {
            "\($0)".contains(words) && "\($0)".contains("--update") && "\($0)".hasPrefix("b.json: ")
        }
    }

    private static func document(_ counts: String) -> String {
        "{\"format\": 1, \"engine\": \"x\", \"loads\": {}, \"counts\": [\(counts)]}"
    }

    @Test func aMissingBaselineSaysWhatToDo() {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("none-\(UUID().uuidString)").path
        #expect(throws: ExactBaselineError(description: "\(path): there is no baseline; make one with --update")) {
            try ExactBaseline(path: path)
        }
    }
}
