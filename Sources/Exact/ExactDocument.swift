import Foundation
import Simulator

/// `zabbench exact --json`: everything that was counted, and what differs from the baseline.
public struct ExactDocument: Encodable {
    struct Count: Encodable {
        var workload: String
        var metric: String
        var unit: String
        var value: Double
    }
    struct Difference: Encodable {
        var workload: String
        var metric: String
        var unit: String
        var kind: String
        var before: Double?
        var after: Double?
    }

    var engine: String
    var compiler: String?
    var exitCode: Int32
    var compared: Int
    var differences: [Difference]
    var obstacles: [String]
    var notes: [String]
    var counts: [Count]

    /// - Parameter comparison: nil if there is no baseline yet.
    public init(_ measurement: ExactMeasurement, _ comparison: ExactComparison?, exitCode: Int32) {
        func number(_ metric: ExactMetric, _ value: Int) -> Double { Double(metric.text(value)) ?? 0 }
        engine = ExactMeasurement.engine
        compiler = measurement.compiler
        self.exitCode = exitCode
        compared = comparison?.compared ?? 0
        obstacles = comparison?.obstacles ?? []
        notes = comparison?.notes ?? []
        differences = (comparison?.differences ?? []).map { difference in
            Difference(
                workload: difference.workload,
                metric: difference.metric.rawValue,
                unit: difference.metric.unit,
                kind: difference.kind.rawValue,
                before: difference.before.map { number(difference.metric, $0) },
                after: difference.after.map { number(difference.metric, $0) }
            )
        }
        counts = []
        for (load, found) in zip(measurement.loads, measurement.counts) {
            for metric in ExactMetric.allCases {
                guard let value = found[metric] else { continue }
                counts.append(
                    Count(workload: load.name, metric: metric.rawValue, unit: metric.unit, value: number(metric, value))
                )
            }
        }
    }

    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }
}
