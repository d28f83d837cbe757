import Foundation
import Glibc
import Report
import Results

/// The results folder of one generator, read whole: what cannot be used is refused before anything is written.
public struct MergePart: Sendable {
    /// As the user named it.
    public let path: String
    /// Links resolved.
    let folder: String
    public let manifest: MergeManifest
    let rows: [SummaryRow]
    private let seconds: [String: [SecondRow]]
    private let latencies: [Int: MergedLatencies]

    /// - Throws: `ResultsError` where there is no folder, `ExplanationError` where it has no runs, `ResultsFileError` for
    ///   what is damaged, `MergeRefusal`.
    public init(path: String) throws {
        // As it was named, but for the ends that a shell's completion leaves.
        let trimmed = path.count > 1 && path.hasSuffix("/") ? String(path.dropLast()) : path
        self.path = trimmed
        let results = try ResultsFolder(existing: path)
        folder = results.url.path
        guard access("\(folder)/summary.csv", F_OK) == 0 else { throw ExplanationError(folder: trimmed) }
        manifest = try MergeManifest(results.read("manifest.json"), folder: trimmed)
        guard !manifest.isMerged else { throw MergeRefusal.merged(trimmed) }
        rows = try results.rows(SummaryRow.self)
        guard !rows.isEmpty else { throw ExplanationError(folder: trimmed) }
        let hasFaults = try !results.rows(ElectionRow.self).isEmpty
        if let what = Self.whatIsNotOfLoads(rows, hasFaults: hasFaults) {
            throw MergeRefusal.notOfLoads(folder: trimmed, what: what)
        }
        seconds = Dictionary(grouping: try results.rows(SecondRow.self), by: \.tag.runID)
        latencies = try RecordedLatencies(in: results).byRun()
        for row in rows {
            let found = row.tag.number.flatMap { latencies[$0] }
            guard let found, found.has(.response), found.has(.service) else {
                throw MergeRefusal.noHistograms(folder: trimmed, run: row.tag.runID)
            }
        }
    }

    private static func whatIsNotOfLoads(_ rows: [SummaryRow], hasFaults: Bool) -> String? {
        if hasFaults { return "faults" }
        if rows.contains(where: { !$0.load.storm.isEmpty }) { return "storms" }
        return rows.contains { $0.context.turnMilliseconds != nil } ? "turns with another build" : nil
    }

    func seconds(of row: SummaryRow) -> [SecondRow] { seconds[row.tag.runID] ?? [] }
    func latencies(of row: SummaryRow) -> MergedLatencies {
        // `init` has seen to it that there are some.
        row.tag.number.flatMap { latencies[$0] } ?? MergedLatencies.none
    }
}

extension MergeManifest {
    /// - Parameters:
    ///   - text: the file.
    ///   - folder: what errors call the folder.
    /// - Throws: `MergeRefusal` if the text is no manifest of this version.
    init(_ text: String, folder: String) throws(MergeRefusal) {
        // Of another version nothing else may be readable.
        if let version = Self.schemaVersion(of: text), version != RunTag.schemaVersion {
            let difference = Fingerprint.Difference(
                name: "schema version",
                baseline: "\(version)",
                candidate: "\(RunTag.schemaVersion)"
            )
            throw .unlike(one: folder, other: "this zabbench", difference)
        }
        guard let read = MergeManifest(reading: text) else { throw .badManifest(folder: folder) }
        self = read
    }

    /// What was asked for. How often is no part of it, and generators that plan their arrivals apart have seeds of their own.
    var asked: Fingerprint {
        Fingerprint(
            workloadText: workloadText,
            overrides: overrides.filter { !$0.hasPrefix("repeats=") && !$0.hasPrefix("seed=") }
        )
    }
}
