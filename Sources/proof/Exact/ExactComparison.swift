import Report
import Simulator

/// One count that is not what the baseline says.
public struct ExactDifference: Hashable, Sendable {
    public enum Kind: String, CaseIterable, Hashable, Sendable {
        /// Costs more than before.
        case regressed
        /// Costs less; fails too, since the baseline is to say what is true.
        case better
        /// Neither: the load itself is another.
        case changed
        /// The baseline has nothing of it.
        case new
        /// Only the baseline has it.
        case gone
    }

    public var workload: String
    public var metric: ExactMetric
    public var kind: Kind
    /// As `ExactCounts` has them; nil if there is none.
    public var before: Int?
    public var after: Int?

    public var beforeText: String { before.map(metric.text) ?? "none" }
    public var afterText: String { after.map(metric.text) ?? "none" }

    /// `+256`, with its unit; nil if one of the two is missing.
    public var changeText: String? {
        guard let before, let after else { return nil }
        let text = (after > before ? "+" : "") + metric.text(after - before)
        return metric.unit == "count" ? text : "\(text) \(metric.unit)"
    }

    /// `allocations 5120 -> 5376 (+256)`
    var words: String {
        "\(metric.rawValue) \(beforeText) -> \(afterText)" + (changeText.map { " (\($0))" } ?? "")
    }

    /// `regressed: serial_3 allocations 5120 -> 5376 (+256)`
    public var description: String { "\(kind.rawValue): \(workload) \(words)" }
}

/// What was counted, held against the baseline.
public struct ExactComparison: Sendable {
    /// By workload and metric, as the tables have them.
    public private(set) var differences: [ExactDifference] = []
    /// What does not compare, a line each: the baseline is of something else.
    public private(set) var obstacles: [String] = []
    /// What was not compared, and need not be.
    public private(set) var notes: [String] = []
    /// Counts that were held against each other, by workload.
    private var comparedByWorkload: [String: Int] = [:]

    public init(_ measurement: ExactMeasurement, with baseline: ExactBaseline) {
        let current = ExactBaseline(measurement)
        guard baseline.engine == current.engine else {
            obstacles.append(
                "the baseline is of another engine format (\(baseline.engine)) than this build (\(current.engine))"
            )
            return
        }
        let allocationsCompare = compareCompilers(current, baseline)
        let names = measurement.loads.map(\.name)
        let gone = baseline.loads.keys.filter { current.loads[$0] == nil }.sorted()
        for name in names + gone {
            if let before = baseline.loads[name], let after = current.loads[name], before != after {
                obstacles.append("\(name) is another load than in the baseline: (\(before)), now (\(after))")
                continue
            }
            for metric in ExactMetric.allCases where metric != .allocations || allocationsCompare {
                let key = ExactBaseline.Key(workload: name, metric: metric)
                compare(name, metric, baseline.values[key], current.values[key])
            }
        }
    }

    /// Whether allocations can be compared.
    private mutating func compareCompilers(_ current: ExactBaseline, _ baseline: ExactBaseline) -> Bool {
        switch (baseline.compiler, current.compiler) {
        case (_, nil):
            notes.append("allocations are not compared: they are counted in release builds with jemalloc only")
            return false
        case (nil, .some):
            obstacles.append("the baseline has no allocations: it was made by a debug build or without jemalloc")
            return false
        case (let before?, let after?):
            if before == after { return true }
            obstacles.append(
                "allocations do not compare: the baseline's were compiled by Swift \(before), these by \(after)"
            )
            return false
        }
    }

    private mutating func compare(_ name: String, _ metric: ExactMetric, _ before: Int?, _ after: Int?) {
        let kind: ExactDifference.Kind
        switch (before, after) {
        case (nil, nil): return
        case (nil, .some): kind = .new
        case (.some, nil): kind = .gone
        case (let before?, let after?):
            comparedByWorkload[name, default: 0] += 1
            if before == after { return }
            kind = metric.isOfTheLoad ? .changed : after > before ? .regressed : .better
        }
        differences.append(
            ExactDifference(workload: name, metric: metric, kind: kind, before: before, after: after)
        )
    }

    /// Counts that were held against each other.
    public var compared: Int { comparedByWorkload.values.reduce(0, +) }

    /// The same of one workload.
    public func compared(of workload: String) -> Int { comparedByWorkload[workload] ?? 0 }

    /// Counts that both sides have and that differ.
    public var changes: [ExactDifference] { differences.filter { $0.before != nil && $0.after != nil } }

    /// 0 all equal, 2 a count differs, 5 the baseline is of something else.
    public var exitCode: ExitStatus {
        if !changes.isEmpty { return .regression }
        return obstacles.isEmpty && differences.isEmpty ? .pass : .notComparable
    }
}
