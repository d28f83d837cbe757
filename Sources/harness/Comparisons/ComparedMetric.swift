import Results
import Statistics

/// A figure of a run that two builds are compared by: a column of summary.csv.
public struct ComparedMetric: Sendable, Equatable {
    /// The column's name, with the unit in it.
    public let name: String
    /// In words, as other tools want it: `us`, `1/s`.
    public let unit: String
    public let direction: Direction
    /// A change that nobody minds.
    public let margin: Margin
    /// Of a run; nil where it has none.
    let figure: @Sendable (SummaryRow) -> Double?

    init(
        name: String,
        unit: String,
        direction: Direction,
        margin: Margin,
        figure: @escaping @Sendable (SummaryRow) -> Double?
    ) {
        self.name = name
        self.unit = unit
        self.direction = direction
        self.margin = margin
        self.figure = figure
    }

    public static func == (one: ComparedMetric, other: ComparedMetric) -> Bool {
        one.name == other.name && one.unit == other.unit && one.direction == other.direction
            && one.margin == other.margin
    }

    /// The same with another margin.
    public func with(margin: Margin) -> ComparedMetric {
        ComparedMetric(name: name, unit: unit, direction: direction, margin: margin, figure: figure)
    }

    /// What is compared unless somebody chooses. Service times are not among them: in a closed loop they are the response
    /// times, in an open one a part of them, and each further metric takes from what the others may show.
    ///
    /// The margins are judgement, not measurement: counts hardly depend on the machine, processor time a little, wall time
    /// much, its tail most.
    public static let all: [ComparedMetric] = [
        metric("achieved_per_s", "1/s", .higherIsBetter, 0.05) { $0.achievedPerSecond },
        metric("response_p50_us", "us", .lowerIsBetter, 0.05) { $0.response.p50Microseconds },
        metric("response_p99_us", "us", .lowerIsBetter, 0.10) { $0.response.p99Microseconds },
        metric("cpu_us_per_write", "us", .lowerIsBetter, 0.03) { $0.cost.cpuMicrosecondsPerWrite },
        metric("syncs_per_write", "syncs", .lowerIsBetter, 0.02) { $0.cost.syncsPerWrite },
        metric("allocations_per_write", "allocations", .lowerIsBetter, 0.02) { $0.cost.allocationsPerWrite },
        metric("log_bytes_per_write", "bytes", .lowerIsBetter, 0.02) { $0.cost.logBytesPerWrite },
    ]

    private static func metric(
        _ name: String,
        _ unit: String,
        _ direction: Direction,
        _ share: Double,
        _ figure: @escaping @Sendable (SummaryRow) -> Double?
    ) -> ComparedMetric {
        // Not negative, so never nil.
        ComparedMetric(name: name, unit: unit, direction: direction, margin: Margin(share: share)!, figure: figure)
    }

    /// - Parameters:
    ///   - names: of those to compare, in any order; all if empty.
    ///   - margins: a share for each of some metrics.
    /// - Throws: `ChoiceError` for a name that is none.
    public static func chosen(_ names: [String], margins: [String: Margin] = [:]) throws(ChoiceError)
        -> [ComparedMetric]
    {
        for name in names + margins.keys.sorted() where !all.contains(where: { $0.name == name }) {
            throw ChoiceError(name: name)
        }
        return all.filter { names.isEmpty || names.contains($0.name) }.map { metric in
            metric.with(margin: margins[metric.name] ?? metric.margin)
        }
    }

    public struct ChoiceError: Error, CustomStringConvertible, Equatable {
        public let name: String
        public var description: String {
            "\(name) is no metric of a comparison: choose from \(ComparedMetric.all.map(\.name).joined(separator: ", "))"
        }
    }
}
