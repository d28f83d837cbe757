import Measure
import Statistics
import Testing

@testable import Comparisons

/// Interleaved runs go through the same door.
@Suite struct PairedJudgeTests {
    static func samples(_ count: Int, factor: Double) -> ComparisonJudge.Samples {
        // A drift that both runs of a pair share, and a little noise that they do not.
        let drift = (0..<count).map { 1 + 0.1 * Double($0) }
        return ComparisonJudge.Samples(
            label: "load",
            members: [:],
            baseline: drift.map { ["cpu_us_per_write": 10 * $0] },
            candidate: drift.enumerated().map { ["cpu_us_per_write": 10 * factor * $1 * (1 + 0.001 * Double($0 % 3))] }
        )
    }

    @Test func aDriftThatPairsShareHidesNothing() throws {
        let result = try ComparisonJudge(design: .pairs).judge([Self.samples(10, factor: 1.05)])
        let metric = result.groups[0].metrics[0]
        #expect(result.tests == 1)
        #expect(metric.verdict == .regressed)
        // 2 of the 1,024 signs.
        #expect(metric.p == 2.0 / 1024)
        #expect(abs((metric.ratio ?? 0) - 1.051) < 0.001)
        let sees = try #require(metric.smallestEffect)
        #expect(sees == 0.03, "the margin, since the pairs see less than it")
        // The same runs, were they not pairs, show nothing.
        let stored = try ComparisonJudge(design: .stored).judge([Self.samples(10, factor: 1.05)])
        #expect(stored.groups[0].metrics[0].verdict == .inconclusive)
    }

    @Test func aPairWithoutOneSideIsLeftOut() throws {
        var samples = Self.samples(10, factor: 1)
        samples.candidate[4] = [:]
        let result = try ComparisonJudge(design: .pairs).judge([samples])
        let metric = result.groups[0].metrics[0]
        #expect(metric.baseline?.count == 9 && metric.candidate?.count == 9)
        #expect(metric.runs(.pairs) == "9")
        #expect(metric.verdict == .equivalent)
    }

    @Test func nothingMeasuredIsNoMetric() throws {
        let empty = ComparisonJudge.Samples(label: "load", members: [:], baseline: [[:]], candidate: [[:]])
        let result = try ComparisonJudge(design: .stored).judge([empty])
        #expect(result.groups[0].metrics.isEmpty && result.tests == 0)
    }
}
