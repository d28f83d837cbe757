import Foundation
import Report
import Statistics

/// A comparison as one JSON document.
public enum ComparisonDocument {
    /// - Parameter exitCode: what the process will return.
    public static func text(_ comparison: Comparison, exitCode: ExitStatus) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(Document(comparison, exitCode)), as: UTF8.self) + "\n"
    }

    private struct Document: Encodable {
        let schemaVersion = 1
        let exitCode: ExitStatus
        let verdict: String
        let design: String
        let level: Double
        let confidence: Double
        let tests: Int
        let testsOfAllLoads: Int
        /// Adjusted: what the weakest test of a load, and of all loads, could come to at best.
        let smallestP: Double?
        let smallestPOfAllLoads: Double?
        /// Runs of each load on each side, or pairs, that could prove something; absent if these can.
        let runsNeeded: Int?
        /// Whether unlike fingerprints were compared on demand.
        let forced: Bool
        let differences: [Unlike]
        let baseline: Side
        let candidate: Side
        let violatedRuns: [String]
        let loadsWithoutResult: [String]
        let warnings: [String]
        let metrics: [Metric]

        init(_ comparison: Comparison, _ exitCode: ExitStatus) {
            self.exitCode = exitCode
            verdict = comparison.verdict.rawValue
            design = comparison.design.rawValue
            level = comparison.level
            confidence = comparison.confidence
            tests = comparison.tests
            testsOfAllLoads = comparison.pooledTests
            smallestP = comparison.reach?.smallestP
            smallestPOfAllLoads = comparison.reach?.pooledSmallestP
            runsNeeded = comparison.reach?.needed
            forced = !comparison.differences.isEmpty
            differences = comparison.differences.map {
                Unlike(name: $0.name, baseline: $0.baseline, candidate: $0.candidate)
            }
            baseline = Side(comparison.baseline)
            candidate = Side(comparison.candidate)
            violatedRuns = comparison.violated
            loadsWithoutResult = comparison.failed
            warnings = comparison.warnings
            metrics = comparison.groups.flatMap { group in group.metrics.map { Metric($0, group) } }
        }
    }

    private struct Unlike: Encodable { let name, baseline, candidate: String }

    private struct Side: Encodable {
        let name: String
        let commit: String
        let runs: Int
        let runsInvalid: Int

        init(_ side: Comparison.Side) {
            name = side.name
            commit = side.commit
            runs = side.runs
            runsInvalid = side.invalid
        }
    }

    private struct Figure: Encodable {
        let runs: Int
        let median, min, max: Double

        init(_ figure: Distribution) {
            runs = figure.count
            median = figure.median
            min = figure.min
            max = figure.max
        }
    }

    private struct Metric: Encodable {
        let group: String
        let load: [String: String]
        let name: String
        let unit: String
        let direction: String
        let margin: Double
        /// How many loads are judged together; absent of a load by itself.
        let loads: Int?
        let baseline: Figure?
        let candidate: Figure?
        let ratio: Double?
        let ratioLow: Double?
        let ratioHigh: Double?
        let p: Double?
        let pAdjusted: Double?
        let smallestEffect95: Double?
        let verdict: String
        let reason: String
        let proved: String?

        init(_ metric: Comparison.Metric, _ group: Comparison.Group) {
            self.group = group.label
            load = group.members
            name = metric.metric.name
            unit = metric.metric.unit
            direction = metric.metric.direction.rawValue
            margin = metric.metric.margin.share
            loads = metric.pool?.loads
            baseline = metric.baseline.map(Figure.init)
            candidate = metric.candidate.map(Figure.init)
            ratio = metric.ratio
            ratioLow = metric.interval?.low
            ratioHigh = metric.interval?.high
            p = metric.p
            pAdjusted = metric.adjustedP
            smallestEffect95 = metric.smallestEffect
            verdict = metric.verdict.rawValue
            proved = metric.proved?.rawValue
            reason =
                switch metric.reason {
                case .judged(let reason): reason.rawValue
                case .constant: "constant"
                case .zero: "zero"
                case .missing: "missing"
                }
        }
    }
}
