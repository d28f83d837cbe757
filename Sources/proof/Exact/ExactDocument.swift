import Foundation
import Report
import Simulator

/// An exact result as one JSON document: everything that was counted, and what differs from the baseline.
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
    var exitCode: ExitStatus
    var compared: Int
    var differences: [Difference]
    var obstacles: [String]
    var notes: [String]
    var counts: [Count]

    public static func text(_ result: ExactResult) throws -> String {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(ExactDocument(result)), as: UTF8.self) + "\n"
    }

    private init(_ result: ExactResult) {
        func number(_ metric: ExactMetric, _ value: Int) -> Double { Double(metric.text(value)) ?? 0 }
        let comparison = try? result.comparison.get()
        engine = ExactMeasurement.engine
        compiler = result.measurement.compiler
        exitCode = result.exitCode
        compared = comparison?.compared ?? 0
        obstacles = result.obstacles
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
        for (load, found) in zip(result.measurement.loads, result.measurement.counts) {
            for metric in ExactMetric.allCases {
                guard let value = found[metric] else { continue }
                counts.append(
                    Count(workload: load.name, metric: metric.rawValue, unit: metric.unit, value: number(metric, value))
                )
            }
        }
    }
}
