import Glibc
import Results
import Statistics

/// The latency of a setting by quantile, over its repeats.
public struct LatencyCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        /// From 0 to below 1.
        public var quantile: Double
        /// The median of the repeats.
        public var microseconds: Double
        /// 95 %, of that median; nil for one repeat.
        public var interval: ClosedRange<Double>?
    }

    public var points: [Point]

    /// Marks in each nine: finer than a screen shows, and a fraction of an HdrHistogram's buckets.
    private static let steps = 32.0

    /// - Parameter runs: of each repeat all of its buckets: the share of operations that were not slower, and their latency.
    ///   The curve ends where the shortest repeat has no operation beyond.
    public init(runs: [[(quantile: Double, microseconds: Double)]]) {
        let curves = runs.filter { !$0.isEmpty }
        let ends = curves.map { curve in curve.last { $0.quantile < 1 }?.quantile ?? 0 }
        guard let end = ends.min() else {
            points = []
            return
        }
        let nines = -log10(1 - end)
        points = (0...Int(nines * Self.steps)).compactMap { step in
            let quantile = 1 - pow(10, -Double(step) / Self.steps)
            let values = curves.compactMap { curve in curve.first { $0.quantile >= quantile }?.microseconds }
            return Distribution(values).map { Self.point(quantile, $0) }
        }
    }

    /// Of a setting's valid runs, from every bucket where `recorded` has all of them, and from the percentiles of
    /// summary.csv otherwise: a curve of some runs would pass for one of all.
    ///
    /// - Parameter recorded: of each run's number in the folder all of its buckets.
    public init(_ point: LoadPointSummary, recorded: [Int: [(quantile: Double, microseconds: Double)]]) {
        let runs = point.valid.compactMap { row in row.tag.number.flatMap { recorded[$0] } }
        if runs.isEmpty || runs.count < point.valid.count {
            self.init(point)
        } else {
            self.init(runs: runs)
        }
    }

    /// From the percentiles of summary.csv alone.
    public init(_ point: LoadPointSummary) {
        let marks: [(Double, (SummaryRow) -> Double?)] = [
            (0.5, { $0.response.p50Microseconds }), (0.9, { $0.response.p90Microseconds }),
            (0.99, { $0.response.p99Microseconds }), (0.999, { $0.response.p999Microseconds }),
        ]
        points = marks.compactMap { quantile, figure in
            point.distribution(figure).map { Self.point(quantile, $0) }
        }
    }

    private static func point(_ quantile: Double, _ found: Distribution) -> Point {
        Point(
            quantile: quantile,
            microseconds: found.median,
            interval: found.limits
        )
    }
}

extension Distribution {
    /// The interval of the median, as charts have it.
    var limits: ClosedRange<Double>? { interval.map { $0.low...$0.high } }
}
