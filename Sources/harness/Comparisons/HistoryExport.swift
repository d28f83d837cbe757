import Foundation
import Statistics

/// The newest run of each load's metric in the formats of tools that keep histories themselves.
public enum HistoryExport: String, Sendable, CaseIterable {
    /// github-action-benchmark's `tool: customSmallerIsBetter`: the metrics of which less is better.
    case customSmallerIsBetter
    /// Its `tool: customBiggerIsBetter`: the others.
    case customBiggerIsBetter
    /// Bencher Metric Format, `bencher run --adapter json`.
    case bmf

    private struct Benchmark: Encodable {
        let name: String
        let unit: String
        let value: Double
        /// The 95 % interval of the median, `48..53`; where it is not known, the runs' smallest and largest value.
        let range: String
        let extra: String
    }

    public func text(_ series: [HistorySeries]) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        let series = Self.newest(series)
        let data: Data
        switch self {
        case .customSmallerIsBetter: data = try encoder.encode(benchmarks(series, .lowerIsBetter))
        case .customBiggerIsBetter: data = try encoder.encode(benchmarks(series, .higherIsBetter))
        case .bmf: data = try encoder.encode(measures(series))
        }
        return String(decoding: data, as: UTF8.self) + "\n"
    }

    /// Other tools know a series by its name, which has no room for a setup: of several of one name, the one that was
    /// added to last.
    private static func newest(_ series: [HistorySeries]) -> [HistorySeries] {
        var last: [String: String] = [:]
        func name(_ one: HistorySeries) -> String { "\(one.label): \(one.name)" }
        for one in series { last[name(one)] = max(last[name(one)] ?? "", one.points.last?.time ?? "") }
        var seen: Set<String> = []
        return series.filter { one in last[name(one)] == one.points.last?.time && seen.insert(name(one)).inserted }
    }

    private func benchmarks(_ series: [HistorySeries], _ direction: Direction) -> [Benchmark] {
        series.filter { $0.direction == direction }.compactMap { series in
            series.points.last.map {
                Benchmark(
                    name: "\(series.label): \(series.name)",
                    unit: series.unit,
                    value: $0.value,
                    range: "\(Figures.value($0.range.lowerBound))..\(Figures.value($0.range.upperBound))",
                    extra: "commit \($0.commit), environment \(series.environmentDigest)"
                )
            }
        }
    }

    private func measures(_ series: [HistorySeries]) -> [String: [String: [String: Double]]] {
        var result: [String: [String: [String: Double]]] = [:]
        for one in series {
            guard let point = one.points.last else { continue }
            result[one.label, default: [:]][one.name] = [
                "value": point.value, "lower_value": point.range.lowerBound, "upper_value": point.range.upperBound,
            ]
        }
        return result
    }
}
