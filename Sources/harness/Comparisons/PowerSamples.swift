import Foundation
import Report
import Results

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

    public struct Made: Sendable, Equatable {
        /// The valid ones.
        public var pairs: [Pair]
        /// How many were run.
        public var run: Int

        public init(pairs: [Pair], run: Int) {
            self.pairs = pairs
            self.run = run
        }
    }

    /// The comparisons by slowdown in percent.
    public var comparisons: [Double: [Made]] = [:]
    /// Folders that hold no comparison, and why: one that was interrupted before its first run, for instance.
    public var leftOut: [String] = []

    /// Of the first comparison's side A; nil where the pairs come from a file.
    var fingerprint: Fingerprint?

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
        // What a lean study keeps.
        let pairs = path + "/pairs.csv"
        if isFolder.boolValue, comparisons.isEmpty, FileManager.default.fileExists(atPath: pairs) {
            try read(file: pairs)
        }
        guard comparisons.values.joined().contains(where: { !$0.pairs.isEmpty }) else {
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
        for name in Self.names(in: folder) {
            guard let percent = Double(name), Self.percents.contains(percent) else { continue }
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
                guard Set(before.groups + after.groups).count == 1 else {
                    throw PowerError(
                        "\(before.path): it has several loads; move the comparison elsewhere, a study has one"
                    )
                }
                try check(before)
                fingerprint = fingerprint ?? before.fingerprint
                add(before, after, slowdown: percent)
            }
        }
    }

    /// Adds a comparison by the runs of its sides.
    public mutating func add(_ before: StoredRuns, _ after: StoredRuns, slowdown percent: Double) {
        let pairs = zip(before.runs, after.runs).filter { $0.isValid && $1.isValid }
        comparisons[percent, default: []].append(
            Made(
                pairs: pairs.map { a, b in
                    let values = PairedTurns.values(a, b)
                    return Pair(baseline: values.baseline, candidate: values.candidate)
                },
                run: min(before.runs.count, after.runs.count)
            )
        )
    }

    /// Slowdowns, in percent.
    public static let percents = 0.0...1000

    /// Whether runs of side A belong to this study: one workload, one machine. Their commit may be another.
    public func check(_ runs: StoredRuns) throws(PowerError) {
        guard let difference = fingerprint?.differences(to: runs.fingerprint).first else { return }
        throw PowerError(
            "\(runs.path): not like the comparisons that are there (\(difference.text)); name another folder, or move one"
        )
    }

    private static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }

    // MARK: pairs.csv

    private mutating func read(file: String) throws(PowerError) {
        guard let data = FileManager.default.contents(atPath: file) else {
            throw PowerError("\(file): it cannot be read")
        }
        let sides: ResultsFile<PairSide>
        do {
            sides = try ResultsFile(parsing: String(decoding: data, as: UTF8.self), name: file)
        } catch {
            throw PowerError("\(error)")
        }
        var previous: PairSide?
        var last: PairSide?
        for (line, row) in zip(sides.lines, sides.rows) {
            guard Self.percents.contains(row.slowdownPercent), row.pairsRun > 0 else {
                throw PowerError("\(file): line \(line): it is no side of a pair")
            }
            guard row.side == .b else {
                previous = row
                continue
            }
            guard let before = previous, before.isPartner(of: row) else {
                throw PowerError("\(file): line \(line): its side a does not stand before it")
            }
            if last?.slowdownPercent != row.slowdownPercent || last?.comparison != row.comparison {
                comparisons[row.slowdownPercent, default: []].append(Made(pairs: [], run: row.pairsRun))
            }
            last = row
            comparisons[row.slowdownPercent]![comparisons[row.slowdownPercent]!.count - 1].pairs
                .append(Pair(baseline: before.values, candidate: row.values))
        }
    }

    /// All pairs as CSV, side by side: what the tables can be made from again.
    public var csv: String {
        var text = PairSide.header
        for percent in comparisons.keys.sorted() {
            for (comparison, made) in comparisons[percent]!.enumerated() {
                for (number, pair) in made.pairs.enumerated() {
                    for (side, values) in [(PairSide.Side.a, pair.baseline), (.b, pair.candidate)] {
                        var row = PairSide()
                        row.slowdownPercent = percent
                        row.comparison = comparison + 1
                        row.pairsRun = made.run
                        row.pair = number + 1
                        row.side = side
                        row.values = values
                        text += row.line
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
