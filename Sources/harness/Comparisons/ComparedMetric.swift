import Results
import Statistics

/// A figure of a run that two builds are compared by: a column of summary.csv.
public struct ComparedMetric: Sendable, Equatable {
    /// The column's name, with the unit in it.
    public let name: String
    /// In words, as other tools want it: `us`, `1/s`.
    public let unit: String
    public let quantity: Quantity
    public let direction: Direction
    /// A change that nobody minds.
    public let margin: Margin
    /// Of a run; nil where it has none.
    let figure: @Sendable (SummaryRow) -> Double?

    /// What is measured, which decides how a change is called.
    public enum Quantity: Sendable, Equatable {
        /// How fast somebody is served: a rate or a latency.
        case speed
        case processorTime
        case count
    }

    init(
        name: String,
        unit: String,
        quantity: Quantity,
        direction: Direction,
        margin: Margin,
        figure: @escaping @Sendable (SummaryRow) -> Double?
    ) {
        self.name = name
        self.unit = unit
        self.quantity = quantity
        self.direction = direction
        self.margin = margin
        self.figure = figure
    }

    public static func == (one: ComparedMetric, other: ComparedMetric) -> Bool {
        one.name == other.name && one.unit == other.unit && one.quantity == other.quantity
            && one.direction == other.direction
            && one.margin == other.margin
    }

    /// The same with another margin.
    public func with(margin: Margin) -> ComparedMetric {
        ComparedMetric(
            name: name,
            unit: unit,
            quantity: quantity,
            direction: direction,
            margin: margin,
            figure: figure
        )
    }

    /// What is compared unless somebody chooses. Service times are not among them: in a closed loop they are the response
    /// times, in an open one a part of them, and each further metric takes from what the others may show.
    ///
    /// The margins are judgement, not measurement: counts hardly depend on the machine, processor time a little, wall time
    /// much, its tail most.
    public static let all: [ComparedMetric] = [
        metric("achieved_per_s", "1/s", .speed, .higherIsBetter, 0.05) { $0.achievedPerSecond },
        metric("response_p50_us", "us", .speed, .lowerIsBetter, 0.05) { $0.response.p50Microseconds },
        metric("response_p99_us", "us", .speed, .lowerIsBetter, 0.10) { $0.response.p99Microseconds },
        metric("cpu_us_per_write", "us", .processorTime, .lowerIsBetter, 0.03) { $0.cost.cpuMicrosecondsPerWrite },
        metric("syncs_per_write", "syncs", .count, .lowerIsBetter, 0.02) { $0.cost.syncsPerWrite },
        metric("allocations_per_write", "allocations", .count, .lowerIsBetter, 0.02) { $0.cost.allocationsPerWrite },
        metric("log_bytes_per_write", "bytes", .count, .lowerIsBetter, 0.02) { $0.cost.logBytesPerWrite },
    ]

    private static func metric(
        _ name: String,
        _ unit: String,
        _ quantity: Quantity,
        _ direction: Direction,
        _ share: Double,
        _ figure: @escaping @Sendable (SummaryRow) -> Double?
    ) -> ComparedMetric {
        // Not negative, so never nil.
        ComparedMetric(
            name: name,
            unit: unit,
            quantity: quantity,
            direction: direction,
            margin: Margin(share: share)!,
            figure: figure
        )
    }

    /// - Parameters:
    ///   - names: of those to compare, in any order; all if empty.
    ///   - margin: of all metrics, instead of their own.
    ///   - margins: of some metrics, instead of that.
    /// - Throws: `ChoiceError` for a name that is none.
    public static func chosen(
        _ names: [String],
        margin: Margin? = nil,
        margins: [String: Margin] = [:]
    ) throws(ChoiceError) -> [ComparedMetric] {
        for name in names + margins.keys.sorted() where !all.contains(where: { $0.name == name }) {
            throw ChoiceError(name: name)
        }
        return all.filter { names.isEmpty || names.contains($0.name) }.map { metric in
            metric.with(margin: margins[metric.name] ?? margin ?? metric.margin)
        }
    }

    public struct ChoiceError: Error, CustomStringConvertible, Equatable {
        public let name: String
        public var description: String {
            "\(name) is no metric of a comparison: choose from \(ComparedMetric.all.map(\.name).joined(separator: ", "))"
        }
    }
}
