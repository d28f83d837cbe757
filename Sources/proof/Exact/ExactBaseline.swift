import Foundation
import Measure
import Simulator

/// Why a baseline cannot be compared with; one line that says what to do.
public struct ExactBaselineError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// The counts that are checked in: JSON with one line for each workload and metric, so that a diff can be read.
public struct ExactBaseline: Hashable, Sendable {
    static let format = 1

    struct Key: Hashable, Sendable {
        var workload: String
        var metric: ExactMetric
    }

    private struct Document: Codable {
        struct Count: Codable {
            var workload: String
            var metric: String
            var unit: String
            var value: Double
        }
        var format: Int
        var engine: String
        var compiler: String?
        var loads: [String: String]
        var counts: [Count]
    }

    /// What decides how many bytes there are (`ExactMeasurement.engine`).
    var engine: String
    /// Nil if it has no allocations.
    var compiler: String?
    /// By name: what was played, in one line.
    var loads: [String: String]
    var values: [Key: Int]

    /// - Throws: `ExactBaselineError` if the file is not there, or is none, or not of this format.
    public init(path: String) throws(ExactBaselineError) {
        let data: Data
        do { data = try Data(contentsOf: URL(fileURLWithPath: path)) } catch {
            let reason = FileManager.default.fileExists(atPath: path) ? "cannot be read" : "there is no baseline"
            throw ExactBaselineError(description: "\(path): \(reason); make one with --update")
        }
        try self.init(data: data, source: path)
    }

    init(data: Data, source: String) throws(ExactBaselineError) {
        func refused(_ problem: String) -> ExactBaselineError {
            ExactBaselineError(description: "\(source): \(problem); make it anew with --update")
        }
        struct Format: Decodable { var format: Int }
        let decoder = JSONDecoder()
        guard let found = try? decoder.decode(Format.self, from: data) else {
            throw refused("not a baseline of exact counts")
        }
        guard found.format == Self.format else {
            throw refused("a baseline of format \(found.format), and this zabbench has \(Self.format)")
        }
        guard let document = try? decoder.decode(Document.self, from: data) else { throw refused("a damaged baseline") }
        engine = document.engine
        compiler = document.compiler
        loads = document.loads
        values = [:]
        for count in document.counts {
            guard let metric = ExactMetric(rawValue: count.metric), let value = metric.value(count.value),
                metric.unit == count.unit
            else { throw refused("\(count.workload) has a count that is not known: \(count.metric)") }
            guard values.updateValue(value, forKey: Key(workload: count.workload, metric: metric)) == nil else {
                throw refused("\(count.workload) has \(count.metric) twice")
            }
        }
    }

    public init(_ measurement: ExactMeasurement) {
        engine = ExactMeasurement.engine
        compiler = measurement.compiler
        loads = [:]
        values = [:]
        for (load, counts) in zip(measurement.loads, measurement.counts) {
            loads[load.name] = load.summary
            for metric in ExactMetric.allCases {
                if let value = counts[metric] { values[Key(workload: load.name, metric: metric)] = value }
            }
        }
    }

    /// The file: the same counts make the same bytes.
    public var text: String {
        func quoted(_ text: String) -> String {
            "\"" + text.replacingOccurrences(of: "\\", with: "\\\\").replacingOccurrences(of: "\"", with: "\\\"") + "\""
        }
        let names = loads.keys.sorted()
        var lines = ["{", "\"format\": \(Self.format),", "\"engine\": \(quoted(engine)),"]
        if let compiler { lines.append("\"compiler\": \(quoted(compiler)),") }
        lines.append("\"loads\": {")
        lines.append(names.map { "\(quoted($0)): \(quoted(loads[$0]!))" }.joined(separator: ",\n"))
        lines.append("},")
        lines.append("\"counts\": [")
        var counts: [String] = []
        for name in names {
            for metric in ExactMetric.allCases {
                guard let value = values[Key(workload: name, metric: metric)] else { continue }
                counts.append(
                    "{\"workload\": \(quoted(name)), \"metric\": \(quoted(metric.rawValue)), "
                        + "\"unit\": \(quoted(metric.unit)), \"value\": \(metric.text(value))}"
                )
            }
        }
        lines.append(counts.joined(separator: ",\n"))
        lines += ["]", "}"]
        return lines.joined(separator: "\n") + "\n"
    }
}
