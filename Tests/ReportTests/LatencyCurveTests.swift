import TestSupport
import Testing

@testable import Report

@Suite struct LatencyCurveTests {
    /// A million operations of 1 to 1000 µs, evenly.
    private static func run(_ factor: Double) -> [(quantile: Double, microseconds: Double)] {
        (1...1000).map { (Double($0) / 1000, Double($0) * factor) }
    }

    @Test func aCurveIsTheMedianOfItsRunsAtEachQuantile() throws {
        let curve = LatencyCurve(runs: [1, 2, 3].map(Self.run))
        let half = try #require(curve.points.first { abs($0.quantile - 0.9) < 1e-9 })
        #expect(abs(half.microseconds - 1800) <= 2)
        let interval = try #require(half.interval)
        #expect(interval.contains(half.microseconds) && interval.lowerBound < 900)
        // Nothing is drawn beyond the last operation but one.
        #expect(curve.points.allSatisfy { $0.quantile <= 0.999 } && curve.points.count > 20)
    }

    @Test func oneRunHasNoBandAndNoneNoCurve() {
        #expect(LatencyCurve(runs: [Self.run(1)]).points.allSatisfy { $0.interval == nil })
        #expect(LatencyCurve(runs: []).points.isEmpty && LatencyCurve(runs: [[]]).points.isEmpty)
    }

    @Test func withoutBucketsThePercentilesOfTheTableAreDrawn() {
        let point = LoadPointSummary.grouped([Samples.row(repeatNumber: 1, achieved: 1)])[0]
        let curve = LatencyCurve(point)
        #expect(curve.points.map(\.quantile) == [0.5, 0.9, 0.99, 0.999])
        #expect(curve.points.map(\.microseconds) == [500, 700, 900, 1800])
    }
}
