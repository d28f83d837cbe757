import CPlatform
import Comparisons
import Foundation
import Glibc
import Measure
import Report
import Results

/// `zabbench merge`: the folders of several generators that loaded the same servers at the same time, as one folder.
public struct MergeStudy: Sendable {
    /// What came of it, for whoever prints it.
    public struct Outcome: Sendable {
        let merged: MergedRuns
        let folder: String
        let skipped: [SkippedRuns]
        let failed: [FailedRun]
        let systems: [Manifest.System]

        public var exitCode: ExitStatus { merged.exitCode }
        public var warnings: [String] { merged.warnings }

        public func table(on display: Display) -> String {
            let rows = merged.runs.map(\.row)
            let tables = [
                SummaryTable.text(
                    rows: rows,
                    skipped: skipped,
                    failed: failed,
                    version: ProgramVersion.text,
                    on: display
                ),
                RatioTable.text(rows, systems: systems, on: display), CurveTable.text(rows, on: display),
            ]
            return tables.filter { !$0.isEmpty }.joined(separator: "\n")
                + display.paragraphs(merged.simultaneity.map { $0 + "." }) + "Results: \(folder)\n"
        }

        public var json: JSONDocument {
            JSONDocument(
                rows: merged.runs.map(\.row),
                skipped: skipped,
                failed: failed,
                folder: folder,
                workload: merged.runs.first?.row.workload ?? "",
                exitCode: exitCode
            )
        }
    }

    /// As the user named them.
    private let folders: [String]
    /// Of folders with results.
    private let root: String
    private let commandLine: [String]

    public init(folders: [String], root: String, commandLine: [String]) {
        self.folders = folders
        self.root = root
        self.commandLine = commandLine
    }

    /// Reads and checks all of it before the folder is made, which is removed again if it cannot be written whole.
    ///
    /// - Throws: `UsageError`, `ResultsError`, `ExplanationError`, `ResultsFileError`, `MergeRefusal`.
    public func run() throws -> Outcome {
        guard folders.count > 1 else { throw UsageError("a merge needs two folders at least; name each generator's") }
        guard !root.isEmpty else { throw UsageError("--results is empty; name a folder") }
        let parts = try folders.map { try MergePart(path: $0) }
        // The folder's name is not known before it is made; what is refused must be refused before.
        _ = try MergedRuns(parts, name: "")
        let wasThere = access(root, F_OK) == 0
        let results = try ResultsFolder(
            root: URL(fileURLWithPath: root),
            workload: parts[0].manifest.workload + "-merged",
            startedAt: Self.earliest(parts)
        )
        do {
            try results.checkLatest()
            let merged = try MergedRuns(parts, name: results.name)
            try write(merged, to: results)
            try results.markLatest()
            return Outcome(
                merged: merged,
                folder: "\(root)/\(results.name)",
                skipped: Self.all(parts) { $0.manifest.skipped },
                failed: Self.all(parts) { $0.manifest.failedRuns },
                systems: Self.all(parts) { $0.manifest.systems }
            )
        } catch {
            try? FileManager.default.removeItem(at: results.url)
            if !wasThere { rmdir(root) }
            throw error
        }
    }

    private func write(_ merged: MergedRuns, to results: ResultsFolder) throws {
        let start = Self.earliest(merged.parts).seconds
        var latencies = MergedLatencies.header(
            startSeconds: start,
            creator: "zabbench \(ProgramVersion.text), values in nanoseconds"
        )
        for (index, run) in merged.runs.enumerated() {
            latencies += try run.latencies.lines(
                run: index + 1,
                startSeconds: run.windows.start.seconds - start,
                lengthSeconds: run.windows.seconds
            )
        }
        let manifest = try manifest(merged).text()
        let seconds = merged.runs.flatMap(\.seconds).map(\.line).joined()
        try results.replace(RecordedLatencies.file, with: latencies)
        if !seconds.isEmpty { try results.replace(SecondRow.file, with: SecondRow.header + seconds) }
        try results.replace("manifest.json", with: manifest)
        // What makes the folder one of results comes last.
        try results.replace(SummaryRow.file, with: SummaryRow.header + merged.runs.map(\.row.line).joined())
        try results.writeScaling()
        try results.writeReport(ManifestHead(reading: manifest, name: "manifest.json"))
    }

    private func manifest(_ merged: MergedRuns) -> Manifest {
        let parts = merged.parts
        let first = parts[0].manifest
        var manifest = Manifest(
            workload: first.workload,
            startedAt: Self.earliest(parts),
            zabbenchVersion: ProgramVersion.text,
            commit: SourceRevision.own.commit,
            commandLine: commandLine,
            seed: first.seed,
            environment: first.environment,
            workloadText: first.workloadText,
            overrides: first.overrides,
            runs: merged.runs.map { Manifest.Run($0.row) }
        )
        manifest.finishedAt = Timestamp(unixNanoseconds: zb_unix_nanoseconds()).iso8601
        manifest.systems = Self.all(parts) { $0.manifest.systems }
        manifest.skipped = Self.all(parts) { $0.manifest.skipped }
        manifest.failedRuns = Self.all(parts) { $0.manifest.failedRuns }
        manifest.warnings = merged.warnings + merged.warningsOfParts
        manifest.mergedFrom = parts.enumerated().map { place, part in
            part.manifest.part(
                folder: part.path,
                skewSeconds: merged.runs.map { $0.windows.skewSeconds[place] }
            )
        }
        return manifest
    }

    private static func earliest(_ parts: [MergePart]) -> Timestamp {
        let starts = parts.compactMap { Timestamp(iso8601: $0.manifest.startedAt) }
        return starts.min { $0.unixNanoseconds < $1.unixNanoseconds } ?? Timestamp(unixNanoseconds: 0)
    }

    /// What the parts have of something, each thing once.
    private static func all<Value: Hashable>(_ parts: [MergePart], _ list: (MergePart) -> [Value]?) -> [Value] {
        var seen: Set<Value> = []
        return parts.flatMap { list($0) ?? [] }.filter { seen.insert($0).inserted }
    }
}

extension Timestamp {
    fileprivate var seconds: Double { Double(unixNanoseconds) / 1e9 }
}

extension Manifest.Run {
    /// Of a row that nobody planned as it is.
    fileprivate init(_ row: SummaryRow) {
        let isStarted = row.placement != "external"
        self.init(
            runID: row.tag.runID,
            repeatNumber: row.tag.repeatNumber,
            system: isStarted ? row.tag.system : nil,
            ensembleSize: row.tag.ensembleSize,
            placement: row.placement,
            fsyncStrategy: row.tag.fsyncStrategy,
            batchPolicy: row.batchPolicy,
            inFlight: row.log.inFlight,
            logDirectories: row.log.directories,
            links: row.links.isEmpty ? nil : row.links,
            injected: row.injected.isEmpty ? nil : row.injected,
            point: row.load.point,
            load: LoadKey(row).members
        )
    }
}
