import Report
import Results
import Statistics

/// One metric of one load under one set of circumstances, over time.
///
/// What `compare` would refuse to compare is another series: a new kernel, or runs of 2 s instead of 8, move numbers
/// more than most commits do, and would be marked as somebody's regression.
public struct HistorySeries: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        public let time: String
        public let commit: String
        public let value: Double
        public let min: Double
        public let max: Double
        /// Valid runs that the value is the median of.
        public let runs: Int
        /// Of the median; unknown of one run, and in lines of older versions.
        public let error: FigureError

        /// The interval, or the runs' range where there is none.
        var range: ClosedRange<Double> { error.interval ?? min...Swift.max(min, max) }
    }

    /// A stretch of commits between two change points: their median, and how well that is known.
    struct Level {
        let first: Int
        let median: Double
        let error: FigureError
    }

    public let label: String
    public let environmentDigest: String
    /// Of all that runs must have in common to be compared; nil of old lines, which do not say it.
    public let fingerprint: String?
    public let name: String
    public let unit: String
    /// Nil for a metric that this version does not know.
    public let direction: Direction?
    /// By time.
    public let points: [Point]
    public let changes: [ChangePoint]

    /// The series of a file, in the order of their first lines.
    ///
    /// - Parameters:
    ///   - level: the chance of a false change point, or several, in a whole file without a change. Each series gets an even
    ///     share of it (Bonferroni).
    ///   - metrics: names of those wanted; all if empty.
    ///   - seed: of the permutations.
    public static func all(
        of file: HistoryFile,
        level: Double = 0.01,
        metrics: [String] = [],
        seed: UInt64 = 1
    ) throws(SampleError) -> [HistorySeries] {
        struct Key: Hashable {
            var group: LoadKey
            var environment: String
            var fingerprint: String?
            var metric: String
            var unit: String
        }
        var order: [Key] = []
        var points: [Key: [(timestamp: Int64, point: Point)]] = [:]
        for entry in file.entries {
            let group = LoadKey(members: entry.load)
            for metric in entry.metrics where metrics.isEmpty || metrics.contains(metric.name) {
                let key = Key(
                    group: group,
                    environment: entry.environmentDigest,
                    fingerprint: entry.fingerprint,
                    metric: metric.name,
                    unit: metric.unit
                )
                if points[key] == nil { order.append(key) }
                let point = Point(
                    time: entry.time,
                    commit: entry.attributes.gitCommit,
                    value: metric.value,
                    min: metric.min,
                    max: metric.max,
                    runs: metric.runs,
                    error: FigureError(metric.value, metric.low.flatMap { low in metric.high.map { (low, $0) } })
                )
                points[key, default: []].append((entry.timestamp, point))
            }
        }
        let labels = LoadKey.labels(order.map(\.group))
        return try order.map { key throws(SampleError) in
            // A stable order for runs of one second: that of the lines.
            let sorted = (points[key] ?? []).enumerated().sorted {
                ($0.element.timestamp, $0.offset) < ($1.element.timestamp, $1.offset)
            }
            let points = sorted.map(\.element.point)
            let share = level / Double(order.count)
            return HistorySeries(
                label: labels[key.group] ?? key.group.label,
                environmentDigest: key.environment,
                fingerprint: key.fingerprint,
                name: key.metric,
                unit: key.unit,
                direction: ComparedMetric.all.first { $0.name == key.metric }?.direction,
                points: points,
                changes: try ChangePoints.find(points.map(\.value), level: share, seed: seed)
            )
        }
    }

    /// `<load>, environment 8d41d41353a95da9, setup 0f1e2d3c4b5a6978`.
    var title: String {
        "\(label), environment \(environmentDigest), "
            + (fingerprint.map { "setup \($0)" } ?? "setup not said (lines of an older version)")
    }

    /// One more than there are change points, by time. A point is the sample.
    var levels: [Level] {
        let edges = [0] + changes.map(\.index) + [points.count]
        return zip(edges, edges.dropFirst()).compactMap { first, end in
            Distribution(points[first..<end].map(\.value)).map {
                Level(first: first, median: $0.median, error: FigureError($0))
            }
        }
    }

    /// `10.1 ±0.4 % to 12.0 ±2 % (+19 %, p 0.0001)`.
    func step(_ number: Int) -> String {
        let (before, after) = (levels[number], levels[number + 1])
        let ratio = before.median == 0 ? nil : after.median / before.median
        return "\(Figures.value(before.median, before.error)) to \(Figures.value(after.median, after.error)) "
            + "(\(Figures.change(ratio)), p \(Figures.p(changes[number].p)))"
    }

    /// `worse`, `better`, or nothing for a metric of which nobody knows.
    func words(_ change: ChangePoint) -> String {
        guard let direction, change.after != change.before else { return "changed" }
        return (change.after > change.before) == (direction == .lowerIsBetter) ? "worse" : "better"
    }
}
