import Foundation
import Report

/// Why a study's pairs cannot be read; the text is for the user.
public struct PowerError: Error, Equatable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// The pairs that a study of comparisons was made with: comparisons of a build with itself, one side slowed down on
/// purpose by so many percent, or by nothing.
public struct PowerSamples: Sendable, Equatable {
    /// Both sides of a pair, by metric.
    public struct Pair: Sendable, Equatable {
        public var baseline: [String: Double]
        public var candidate: [String: Double]

        public init(baseline: [String: Double], candidate: [String: Double]) {
            self.baseline = baseline
            self.candidate = candidate
        }
    }

    /// The comparisons by slowdown in percent; each is its pairs, invalid ones left out.
    public var comparisons: [Double: [[Pair]]] = [:]
    /// Folders that hold no comparison, and why: one that was interrupted before its first run, for instance.
    public var leftOut: [String] = []

    public init() {}

    /// Reads `<folder>/<percent>/<comparison>/{a,b}`, or the pairs.csv that another study has written.
    ///
    /// - Throws: `PowerError`.
    public init(path: String) throws(PowerError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw PowerError("\(path): there is nothing; name a study's folder or its pairs.csv")
        }
        if isFolder.boolValue { self = try PowerSamples(folder: path) } else { try read(file: path) }
        guard comparisons.values.contains(where: { !$0.isEmpty }) else {
            throw PowerError(
                "\(path): there are no comparisons in it; they lie in folders named by their slowdown in percent, "
                    + "as \(path)/5/<comparison>/{a,b}"
            )
        }
    }

    /// Reads what lies in a study's folder; nothing if there is none.
    ///
    /// - Throws: `PowerError` where comparisons are not of one workload and machine, or have several loads.
    public init(folder: String) throws(PowerError) {
        var first: StoredRuns?
        for name in Self.names(in: folder) {
            guard let percent = Double(name), percent >= 0 else { continue }
            for comparison in Self.names(in: "\(folder)/\(name)") {
                let sides = ["a", "b"].map { "\(folder)/\(name)/\(comparison)/\($0)" }
                guard sides.allSatisfy({ FileManager.default.fileExists(atPath: $0) }) else { continue }
                let before: StoredRuns
                let after: StoredRuns
                do {
                    before = try StoredRuns(path: sides[0])
                    after = try StoredRuns(path: sides[1])
                } catch {
                    leftOut.append("\(folder)/\(name)/\(comparison): \(error)")
                    continue
                }
                first = first ?? before
                try Self.check(before, after, like: first!)
                let pairs = zip(before.runs, after.runs).filter { $0.isValid && $1.isValid }
                comparisons[percent, default: []].append(
                    pairs.map { Pair(baseline: $0.values, candidate: $1.values) }
                )
            }
        }
    }

    /// One load, one workload, one machine; only the slowdown may differ.
    private static func check(_ before: StoredRuns, _ after: StoredRuns, like first: StoredRuns) throws(PowerError) {
        guard Set(before.groups + after.groups).count == 1 else {
            throw PowerError("\(before.path): it has several loads; move the comparison elsewhere, a study has one")
        }
        guard let difference = first.fingerprint.differences(to: before.fingerprint).first else { return }
        throw PowerError(
            "\(before.path): not like \(first.path) (\(difference.text)); move it elsewhere, or name another folder"
        )
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    // MARK: pairs.csv

    private static let columns = ["slowdown_percent", "comparison", "pair", "side"]

    private mutating func read(file: String) throws(PowerError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw PowerError("\(file): it cannot be read")
        }
        let table = CSVTable(parsing: String(decoding: data, as: UTF8.self))
        for column in Self.columns where table.column(column) == nil {
            throw PowerError("\(file): it has no column \(column); name the pairs.csv of zabbench power")
        }
        let metrics = ComparedMetric.all.map(\.name).filter { table.column($0) != nil }
        var previous: (key: [String], values: [String: Double])?
        var last: (percent: String, comparison: String)?
        for (index, row) in table.rows.enumerated() {
            let key = Self.columns.dropLast().map { table.text(row, $0) }
            let side = table.text(row, "side")
            guard let percent = Double(key[0]), percent >= 0, side == "a" || side == "b" else {
                throw PowerError("\(file):\(index + 2): it is no side of a pair")
            }
            var values: [String: Double] = [:]
            for metric in metrics {
                if let value = table.number(row, metric), value.isFinite { values[metric] = value }
            }
            guard side == "b" else {
                previous = (key, values)
                continue
            }
            guard let before = previous, before.key == key else {
                throw PowerError("\(file):\(index + 2): its side a does not stand before it")
            }
            if last?.percent != key[0] || last?.comparison != key[1] { comparisons[percent, default: []].append([]) }
            last = (key[0], key[1])
            comparisons[percent]![comparisons[percent]!.count - 1]
                .append(Pair(baseline: before.values, candidate: values))
        }
    }

    /// All pairs as CSV, side by side: what the tables can be made from again.
    public var csv: String {
        let metrics = ComparedMetric.all.map(\.name)
        var text = (Self.columns + metrics).joined(separator: ",") + "\n"
        for percent in comparisons.keys.sorted() {
            for (comparison, pairs) in comparisons[percent]!.enumerated() {
                for (number, pair) in pairs.enumerated() {
                    for (side, values) in [("a", pair.baseline), ("b", pair.candidate)] {
                        let head = [Self.plain(percent), "\(comparison + 1)", "\(number + 1)", side]
                        text += (head + metrics.map { values[$0].map { "\($0)" } ?? "" }).joined(separator: ",") + "\n"
                    }
                }
            }
        }
        return text
    }

    /// `5`, `0.5`.
    public static func plain(_ percent: Double) -> String {
        percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
    }
}
