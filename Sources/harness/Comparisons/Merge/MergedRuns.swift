import Report
import Results
import Words

/// The runs that several generators made at the same time, each as one run of all of them: rows, seconds and latencies,
/// and what there is to say of them. A value: nothing is read or written here.
public struct MergedRuns: Sendable {
    /// One run of all generators.
    public struct Run: Sendable {
        public let row: SummaryRow
        public let seconds: [SecondRow]
        public let latencies: MergedLatencies
        public let windows: MergedWindows
    }

    public let parts: [MergePart]
    /// In the order of the first part.
    public let runs: [Run]
    /// What a reader must know of the merged rows; a line each.
    public let warnings: [String]

    /// The part of the longest window in which all must have been measured: rates of other windows do not add up.
    public static let fewestShared = 0.9

    /// - Parameters:
    ///   - parts: two at least.
    ///   - name: of the merged folder, the stem of its run ids.
    /// - Throws: `MergeRefusal`.
    public init(_ parts: [MergePart], name: String) throws(MergeRefusal) {
        try Self.check(parts)
        self.parts = parts
        var runs: [Run] = []
        for (number, matched) in try Self.matched(parts).enumerated() {
            runs.append(try Self.run(parts, matched, number: number + 1, name: name))
        }
        self.runs = runs
        warnings = Self.warnings(parts, runs)
    }

    /// How the command ends.
    public var exitCode: ExitStatus {
        let code = LoadPointSummary.status(of: runs.map(\.row), faults: [])
        let isWhole = parts.allSatisfy { ($0.manifest.failedRuns ?? []).isEmpty }
        return code == .lostWrite || isWhole ? code : .failed
    }

    // MARK: What belongs together

    private static func check(_ parts: [MergePart]) throws(MergeRefusal) {
        for (place, part) in parts.enumerated() {
            for other in parts[..<place] {
                if part.folder == other.folder {
                    throw .sameRun(one: other.path, other: part.path, run: part.rows[0].tag.runID)
                }
                if let copy = part.rows.first(where: { row in other.rows.contains { isSame($0, row) } }) {
                    throw .sameRun(one: other.path, other: part.path, run: copy.tag.runID)
                }
                if let keys = part.manifest.keySpace, keys == other.manifest.keySpace {
                    throw .sameKeys(one: other.path, other: part.path, keys: keys)
                }
            }
            let first = parts[0]
            if let difference = first.manifest.asked.differences(to: part.manifest.asked).first {
                throw .unlike(one: first.path, other: part.path, difference)
            }
            if let difference = durabilityDifference(first.manifest, part.manifest) {
                throw .unlike(one: first.path, other: part.path, difference)
            }
        }
    }

    /// A copied row. The id alone is no proof: generators that are started in one second give their folders one name.
    private static func isSame(_ one: SummaryRow, _ other: SummaryRow) -> Bool {
        one.tag.runID == other.tag.runID && one.startedAt == other.startedAt
            && one.context.operationsCompleted == other.context.operationsCompleted
            && one.proof.writesAcknowledged == other.proof.writesAcknowledged
    }

    /// Whether one saw servers that sync what they acknowledge, and the other servers that do not. A generator elsewhere may
    /// not be able to tell.
    private static func durabilityDifference(_ one: MergeManifest, _ other: MergeManifest) -> Fingerprint.Difference? {
        for system in one.systems ?? [] {
            for found in other.systems ?? [] where found.system == system.system {
                guard let before = system.settings?.isSynced, let after = found.settings?.isSynced, before != after
                else { continue }
                func words(_ isSynced: Bool) -> String { isSynced ? "synced" : "not synced" }
                return Fingerprint.Difference(
                    name: "durability of \(system.system)",
                    baseline: words(before),
                    candidate: words(after)
                )
            }
        }
        return nil
    }

    private struct Key: Hashable {
        let load: LoadKey
        let repeatNumber: Int

        init(_ row: SummaryRow) {
            load = LoadKey(row)
            repeatNumber = row.tag.repeatNumber
        }
    }

    /// The rows of each run, one of each part, in the order of the first part.
    private static func matched(_ parts: [MergePart]) throws(MergeRefusal) -> [[SummaryRow]] {
        var tables: [[Key: SummaryRow]] = []
        for part in parts {
            var rows: [Key: SummaryRow] = [:]
            for row in part.rows where rows.updateValue(row, forKey: Key(row)) != nil {
                throw .twice(folder: part.path, run: words(row))
            }
            tables.append(rows)
        }
        for (place, part) in parts.enumerated() {
            for (other, table) in zip(parts, tables) {
                if let row = part.rows.first(where: { table[Key($0)] == nil }) {
                    throw .lacks(folder: other.path, run: words(row), other: parts[place].path)
                }
            }
        }
        return parts[0].rows.map { row in tables.compactMap { $0[Key(row)] } }
    }

    /// `saturation: closed 16x64, 128 B, repeat 2`.
    private static func words(_ row: SummaryRow) -> String {
        "\"\(LoadKey(row).label), repeat \(row.tag.repeatNumber)\""
    }

    // MARK: One run

    private static func run(_ parts: [MergePart], _ rows: [SummaryRow], number: Int, name: String) throws(MergeRefusal)
        -> Run
    {
        for (part, row) in zip(parts, rows) {
            guard let version = row.systemVersion, let first = rows[0].systemVersion, version != first else { continue }
            let name = "version of \(row.tag.system)"
            throw .unlike(
                one: parts[0].path,
                other: part.path,
                Fingerprint.Difference(name: name, baseline: first, candidate: version)
            )
        }
        let latencies: MergedLatencies
        do {
            latencies = try MergedLatencies(adding: zip(parts, rows).map { $0.latencies(of: $1) })
        } catch {
            throw .badHistograms(folder: parts[0].path, other: parts[1].path, reason: error.description)
        }
        let windows = MergedWindows(rows)
        var tag = rows[0].tag
        tag.runID = "\(name)-\(number)"
        var merged = SummaryRow.MergedRun(
            tag: tag,
            orderIndex: number,
            latencies: latencies,
            invalidReasons: reasons(parts, rows, windows)
        )
        let limited = zip(parts, rows).filter { $1.context.isGeneratorLimited }.map(\.0.path)
        if !limited.isEmpty {
            merged.limiter = Limiter.generator.rawValue
            merged.limiterEvidence = "near its own limit: \(limited.joined(separator: ", "))"
        }
        return Run(
            row: SummaryRow(merging: rows, merged),
            seconds: SecondRow.merged(
                zip(parts, rows).map { $0.seconds(of: $1) },
                tag: tag,
                origin: windows.allStarted
            ),
            latencies: latencies,
            windows: windows
        )
    }

    /// Why a merged run is no result: what its parts say, each with its folder, and what can be said of all alone.
    static func reasons(_ parts: [MergePart], _ rows: [SummaryRow], _ windows: MergedWindows) -> [String] {
        var reasons: [String] = []
        for (part, row) in zip(parts, rows) {
            // Behind the words, since others look at how they begin.
            reasons += row.invalidReasons.map { "\($0) (\(part.path))" }
            guard row.isValid else { continue }
            guard let acknowledged = row.proof.writesAcknowledged, let found = row.proof.acknowledgedVerified else {
                reasons.append("not verified: nobody counted its acknowledged writes (\(part.path))")
                continue
            }
            if found < acknowledged {
                reasons.append("not verified: \(found) of \(acknowledged) acknowledged writes found (\(part.path))")
            }
        }
        guard windows.sharedPart < fewestShared else { return reasons }
        let skews = windows.skewSeconds
        let last = skews.indices.max { skews[$0] < skews[$1] } ?? 0
        let first = skews.indices.min { skews[$0] < skews[$1] } ?? 0
        return reasons + [
            "not at the same time: \(parts[last].path) began \(seconds(skews[last])) s after \(parts[first].path), and all were "
                + "measured for \(percent(windows.sharedPart)) of the longest window, at least \(percent(fewestShared)) needed"
        ]
    }

    // MARK: Words

    /// To the millisecond, as the files have it.
    private static func seconds(_ seconds: Double) -> String { CSVValue.number(seconds).plain }
    private static func percent(_ part: Double) -> String { "\(Int((part * 100).rounded(.down))) %" }

    private static func warnings(_ parts: [MergePart], _ runs: [Run]) -> [String] {
        var warnings: [String] = []
        if runs.contains(where: { $0.row.placement != "external" }) {
            warnings.append(
                "each folder's servers were its own (placement \(runs[0].row.placement)): the rates of \(parts.count) "
                    + "ensembles are added"
            )
        }
        let limited = Set(runs.compactMap(\.row.leader.limiterEvidence)).sorted()
        warnings += limited.map { "generators \($0)" }
        let commits = Set(parts.map(\.manifest.commit)).sorted()
        if commits.count > 1 {
            warnings.append("the generators were of several commits: \(commits.joined(separator: ", "))")
        }
        return warnings
    }

    /// What the generators warned of themselves, each with its folder.
    public var warningsOfParts: [String] {
        parts.flatMap { part in (part.manifest.warnings ?? []).map { "\(part.path): \($0)" } }
    }

    /// How simultaneous it was, a line for each folder and one for all.
    public var simultaneity: [String] {
        var lines = parts.indices.map { place -> String in
            let skews = runs.map { $0.windows.skewSeconds[place] }
            let most = skews.max() ?? 0
            let first = skews.count { $0 == 0 }
            let when = most == 0 ? "began first" : "began at most \(Self.seconds(most)) s after the first"
            let often = most > 0 && first > 0 ? ", and first in \(first) of \(CountedNoun.text(runs.count, "run"))" : ""
            return "\(parts[place].path): \(when)\(often)"
        }
        let least = runs.map(\.windows.sharedPart).min() ?? 0
        lines.append(
            "By the generators' own clocks; all were measured for \(Self.percent(least)) of the longest window or more"
        )
        return lines
    }
}
