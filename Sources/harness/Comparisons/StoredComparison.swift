import Report
import Results
import Statistics
import Words

/// `zabbench compare`: two sides of stored runs, from reading to verdict.
public enum StoredComparison {
    public struct Options: Sendable {
        public var metrics: [ComparedMetric]
        public var level: Double
        /// Of the intervals.
        public var confidence: Double
        /// Compare what is not comparable, unlike sides and runs that others disturbed, and say so.
        public var force: Bool
        /// `pairs` takes the first run of a load on one side and the first on the other as a pair, and so on: only for
        /// runs that were made in turns.
        public var design: Comparison.Design

        public init(
            metrics: [ComparedMetric] = ComparedMetric.all,
            level: Double = 0.01,
            confidence: Double = 0.95,
            force: Bool = false,
            design: Comparison.Design = .stored
        ) {
            self.metrics = metrics
            self.level = level
            self.confidence = confidence
            self.force = force
            self.design = design
        }

        /// Whether a run is one of the sample. Of stored runs, which met their neighbours at different times, one that
        /// others disturbed is not; in pairs both sides met the same ones.
        func isSample(_ run: StoredRuns.Run) -> Bool {
            run.isValid && (force || design == .pairs || !run.isDisturbed)
        }
    }

    /// Why nothing is compared. The exit code is the one of the process.
    public enum Refusal: Error, Equatable, CustomStringConvertible {
        case noBaseline(StoredRunsError)
        /// The candidate measured nothing.
        case noCandidate(StoredRunsError)
        /// The candidate lost or reordered acknowledged writes; no number outweighs that.
        case violated([String])
        case unlike([Fingerprint.Difference])
        case nothingInCommon
        case noValidBaseline(String)
        /// Others disturbed every run of a side.
        case noQuiet(_ side: String, _ path: String)
        case badSample(SampleError)

        public var exitCode: ExitStatus {
            switch self {
            case .noBaseline, .unlike, .nothingInCommon, .noValidBaseline, .noQuiet: .notComparable
            case .violated: .lostWrite
            case .noCandidate(.missing): .usage
            case .noCandidate, .badSample: .failed
            }
        }

        public var description: String {
            switch self {
            case .noBaseline(let error): "the baseline \(error)"
            case .noCandidate(let error): "the candidate \(error)"
            case .violated(let runs):
                "the candidate lost or reordered acknowledged writes in \(runs.joined(separator: ", ")), and cannot be "
                    + "compared with the baseline either; see invalid_reason in its summary.csv"
            case .unlike(let differences):
                "not comparable: \(differences.map(\.text).joined(separator: "; ")). Measure the baseline again on this "
                    + "machine and with this workload, or say --force to compare all the same"
            case .nothingInCommon:
                "not comparable: no load was run on both sides; compare folders of the same workload"
            case .noValidBaseline(let path):
                "\(path): no run of the baseline is valid; see invalid_reason in its summary.csv and measure again"
            case .noQuiet(let side, let path):
                "\(path): others had a tenth of the processors or more in every run of the \(side) (foreign_limited in its "
                    + "summary.csv), so neighbours would be compared; measure again on a quiet machine, or with --wait-quiet, "
                    + "or say --force to compare all the same"
            case .badSample(let error): "\(error)"
            }
        }
    }

    /// Reads both sides and compares them.
    public static func run(baseline: String, candidate: String, options: Options) throws(Refusal) -> Comparison {
        let before: StoredRuns
        let after: StoredRuns
        do { before = try StoredRuns(path: baseline) } catch { throw .noBaseline(error) }
        do { after = try StoredRuns(path: candidate) } catch { throw .noCandidate(error) }
        return try compare(before, after, options: options)
    }

    static func compare(_ before: StoredRuns, _ after: StoredRuns, options: Options) throws(Refusal) -> Comparison {
        let unknown = StoredRuns.unknownColumns(before, after)
        let (before, after) = (before.withoutColumns(unknown), after.withoutColumns(unknown))
        let differences = before.fingerprint.differences(to: after.fingerprint)
        let common = before.groups.filter(after.groups.contains).sorted()
        // Whatever cannot be compared, a lost write is said.
        func refused(_ refusal: Refusal) -> Refusal { after.violated.isEmpty ? refusal : .violated(after.violated) }
        guard differences.isEmpty || options.force else { throw refused(.unlike(differences)) }
        guard !common.isEmpty else { throw refused(.nothingInCommon) }
        guard before.invalid < before.runs.count else { throw refused(.noValidBaseline(before.path)) }
        guard before.runs.contains(where: options.isSample) else { throw refused(.noQuiet("baseline", before.path)) }
        guard after.runs.contains(where: options.isSample) || after.disturbed.isEmpty else {
            throw refused(.noQuiet("candidate", after.path))
        }
        let labels = LoadKey.labels(before.groups + after.groups)
        var warnings = warnings(before, after, options)
        var failed: [String] = []
        var samples: [ComparisonJudge.Samples] = []
        for group in common {
            let label = labels[group] ?? group.label
            let sides = [before, after].map { side in side.runs.filter { $0.group == group } }
            // Of pairs none is left: what was to be compared was not.
            let values = values(sides, options)
            if options.design == .pairs, values[0].isEmpty {
                failed.append(label)
                continue
            }
            guard sides[0].contains(where: options.isSample) else {
                let kind = sides[0].contains(where: \.isValid) ? "undisturbed" : "valid"
                warnings.append("\(label): the baseline has no \(kind) run, so it is left out")
                continue
            }
            guard sides[1].contains(where: \.isValid) else {
                failed.append(label)
                continue
            }
            warnings += Self.doubts(label, sides, options)
            samples.append(.init(label: label, members: group.members, baseline: values[0], candidate: values[1]))
        }
        // A load that is not run any more cannot regress, so it must not pass in silence.
        for group in before.groups where !common.contains(group) { failed.append(labels[group] ?? group.label) }
        warnings += Self.leftOut(after.groups.filter { !common.contains($0) }.map { labels[$0] ?? $0.label })
        let judge = ComparisonJudge(
            design: options.design,
            metrics: options.metrics,
            level: options.level,
            confidence: options.confidence
        )
        let result: ComparisonJudge.Result
        do { result = try judge.judge(samples) } catch { throw .badSample(error) }
        return Comparison(
            design: options.design,
            baseline: side(before),
            candidate: side(after),
            level: judge.level,
            confidence: judge.confidence,
            groups: result.groups,
            tests: result.tests,
            pooledTests: result.pooledTests,
            reach: result.reach,
            differences: differences,
            violated: after.violated,
            failed: failed,
            warnings: warnings
        )
    }

    /// What a reader must know of one load's runs, the baseline's and the candidate's.
    private static func doubts(_ label: String, _ sides: [[StoredRuns.Run]], _ options: Options) -> [String] {
        var doubts: [String] = []
        if !sides[1].contains(where: options.isSample) {
            doubts.append("\(label): the candidate has no undisturbed run, so nothing can be told of it")
        }
        if options.design == .pairs, sides[0].count != sides[1].count {
            doubts.append("\(label): \(sides[0].count) and \(sides[1].count) runs, so some are in no pair")
        }
        return doubts
    }

    /// A line for each of a few loads that only the candidate has; another workload altogether has many.
    private static func leftOut(_ loads: [String]) -> [String] {
        let shown = loads.prefix(3).map { "\($0): only the candidate has it, so it is left out" }
        guard loads.count > shown.count else { return shown }
        return shown + ["\(loads.count - shown.count) more loads are only the candidate's, and left out"]
    }

    /// The samples of both sides. In pairs an invalid run keeps its place, and takes its partner with it.
    private static func values(_ sides: [[StoredRuns.Run]], _ options: Options) -> [[[String: Double]]] {
        switch options.design {
        case .stored: return sides.map { $0.filter(options.isSample).map(\.values) }
        case .pairs:
            let pairs = zip(sides[0], sides[1]).filter { $0.isValid && $1.isValid }
            let values = pairs.map { PairedTurns.values($0, $1) }
            return [values.map(\.baseline), values.map(\.candidate)]
        }
    }

    private static func side(_ runs: StoredRuns) -> Comparison.Side {
        Comparison.Side(name: runs.path, commit: runs.commit, runs: runs.runs.count, invalid: runs.invalid)
    }

    private static func warnings(_ before: StoredRuns, _ after: StoredRuns, _ options: Options) -> [String] {
        var warnings: [String] = []
        if before.folder == after.folder {
            warnings.append("both sides are the same folder, \(before.folder)")
        }
        for side in [before, after] {
            warnings += side.doubts
            warnings += disturbance(side, options).map { [$0] } ?? []
            if !side.hasManifest {
                warnings.append(
                    "\(side.path): no manifest.json lies beside it, so environments are compared by digest alone"
                )
            }
        }
        if !before.violated.isEmpty {
            warnings.append(
                "the baseline lost or reordered acknowledged writes in \(before.violated.joined(separator: ", "))"
            )
        }
        return warnings
    }

    /// What became of the runs that others disturbed; nil where there was none.
    private static func disturbance(_ side: StoredRuns, _ options: Options) -> String? {
        let count = side.disturbed.count
        guard count > 0 else { return nil }
        let runs = "\(count) of \(CountedNoun.text(side.runs.count, "run"))"
        let fact = "\(side.path): others had a tenth of the processors or more in \(runs) (foreign_limited)"
        return side.disturbed.contains(where: options.isSample)
            ? fact + "; they are compared all the same"
            : fact + ", which are left out; --force takes them in"
    }
}
