import Foundation
import Glibc
import Report
import Results

/// Why a side of a comparison cannot be read; the text is for the user.
public enum StoredRunsError: Error, Equatable, CustomStringConvertible {
    case missing(path: String)
    case noRuns(path: String)
    case badManifest(path: String)
    case badFile(ResultsFileError)
    /// Folders of one side that are not alike.
    case mixed(path: String, one: String, other: String, difference: String)

    /// Whether there are no runs at all, which another path sets right.
    public var isMistake: Bool {
        switch self {
        case .missing, .noRuns: true
        case .badManifest, .badFile, .mixed: false
        }
    }

    public var description: String {
        switch self {
        case .missing(let path):
            "\(path): \(access(path, F_OK) == 0 ? "there is no summary.csv" : "no such folder or file"); name a results "
                + "folder or a summary.csv"
        case .noRuns(let path): "\(path): it has no runs; make some with zabbench run"
        case .badManifest(let path):
            "\(path): is no manifest of zabbench; remove it to compare by what the rows themselves say"
        case .badFile(let error): "\(error)"
        case .mixed(let path, let one, let other, let difference):
            "\(path): its folders \(one) and \(other) are not alike (\(difference)); move one of them elsewhere"
        }
    }
}

/// The runs of one results folder, or of several: one side of a comparison.
public struct StoredRuns: Sendable {
    /// One run, one sample.
    public struct Run: Sendable {
        public let id: String
        public internal(set) var group: LoadKey
        public let isValid: Bool
        /// An acknowledged write was lost or reordered, or the servers differed.
        public let isViolated: Bool
        /// Others had so much of the processors that its figures are theirs as well.
        public let isDisturbed: Bool
        public let values: [String: Double]
        /// Of a load that took turns, microseconds of processor time a write in each; nil where none was answered.
        public var turnCosts: [Double?] = []
    }

    /// The path as it was given.
    public let path: String
    /// The folder itself, links resolved.
    public let folder: String
    /// The results folder's own name, wherever it lies; of several, the first's and how many.
    public let name: String
    public let commit: String
    /// ISO 8601, of the first run.
    public let startedAt: String
    public let workload: String
    public let environmentDigest: String
    public let hasManifest: Bool
    public let fingerprint: Fingerprint
    public internal(set) var runs: [Run]
    /// Of summary.csv; of several folders, those that all have.
    let columns: Set<String>
    /// What was wrong with the file and is left out: a line each.
    public let doubts: [String]

    /// - Parameter path: a results folder, a link to one, a summary.csv in one, or a folder of results folders (what
    ///   `--results` names), whose runs are then put together in the order of their names, which is that of time.
    public init(path: String) throws(StoredRunsError) {
        if Self.isFolder(path), access(path + "/summary.csv", F_OK) != 0 {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
            let folders = names.filter { access("\(path)/\($0)/summary.csv", F_OK) == 0 && !Self.isTwin($0, in: path) }
            var parts: [StoredRuns] = []
            for name in folders { parts.append(try StoredRuns(folderOrFile: path + "/" + name)) }
            try self.init(joining: parts, path: path)
            return
        }
        try self.init(folderOrFile: path)
    }

    /// Whether a name is a link to another name of the folder, as `latest` is: its runs are counted there.
    private static func isTwin(_ name: String, in path: String) -> Bool {
        let root = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        let target = URL(fileURLWithPath: "\(root)/\(name)").resolvingSymlinksInPath().path
        return target != "\(root)/\(name)" && (target as NSString).deletingLastPathComponent == root
    }

    private static func isFolder(_ path: String) -> Bool {
        var information = stat()
        return stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
    }

    private init(folderOrFile path: String) throws(StoredRunsError) {
        let isFolder = Self.isFolder(path)
        let file = isFolder ? path + "/summary.csv" : path
        guard let data = FileManager.default.contents(atPath: file) else { throw .missing(path: path) }
        let base = isFolder ? path : (path as NSString).deletingLastPathComponent
        let manifestPath = base.isEmpty ? "manifest.json" : base + "/manifest.json"
        let manifest = FileManager.default.contents(atPath: manifestPath)
        try self.init(
            path: path,
            folder: URL(fileURLWithPath: base.isEmpty ? "." : base).resolvingSymlinksInPath().path,
            summary: String(decoding: data, as: UTF8.self),
            manifest: manifest.map { String(decoding: $0, as: UTF8.self) },
            manifestPath: manifestPath,
            turns: FileManager.default.contents(atPath: base.isEmpty ? "turns.csv" : base + "/turns.csv")
                .map { String(decoding: $0, as: UTF8.self) }
        )
    }

    /// One side of several folders, which must be alike themselves.
    private init(joining parts: [StoredRuns], path: String) throws(StoredRunsError) {
        guard let first = parts.first else { throw .missing(path: path) }
        for part in parts {
            let differences = first.fingerprint.differences(to: part.fingerprint)
            guard differences.isEmpty else {
                throw .mixed(path: path, one: first.path, other: part.path, difference: differences[0].text)
            }
        }
        self.path = path
        folder = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        name = parts.count == 1 ? first.name : "\(first.name) and \(parts.count - 1) more"
        commit = Set(parts.map(\.commit)).sorted().joined(separator: ", ")
        startedAt = first.startedAt
        workload = first.workload
        environmentDigest = first.environmentDigest
        hasManifest = parts.allSatisfy(\.hasManifest)
        fingerprint = first.fingerprint
        runs = parts.flatMap(\.runs)
        columns = parts.dropFirst().reduce(first.columns) { $0.intersection($1.columns) }
        doubts = parts.flatMap(\.doubts)
    }

    init(
        path: String,
        folder: String,
        summary: String,
        manifest: String?,
        manifestPath: String,
        turns: String? = nil
    ) throws(StoredRunsError) {
        self.path = path
        self.folder = folder
        name = (folder as NSString).lastPathComponent
        let file: ResultsFile<SummaryRow>
        do {
            file = try ResultsFile(parsing: summary, name: path, isForgiving: true)
        } catch {
            throw .badFile(error)
        }
        let rows = file.rows
        columns = Self.columns(of: summary)
        doubts = Self.doubts(file, path: path)
        guard let first = rows.first else { throw .noRuns(path: path) }
        let turnRows: [TurnRow]
        do { turnRows = try ResultsFile(parsing: turns ?? "").rows } catch { throw .badFile(error) }
        let turnCosts = PairedTurns.costs(turnRows)
        runs = rows.map { row in
            var run = Run(row)
            run.turnCosts = turnCosts[run.id] ?? []
            return run
        }
        func all(_ text: (SummaryRow) -> String) -> String {
            let seen = Set(rows.map(text)).subtracting([""])
            return seen.isEmpty ? "unknown" : seen.sorted().joined(separator: ", ")
        }
        commit = all(\.context.commit)
        startedAt = first.startedAt.iso8601
        workload = all(\.workload)
        environmentDigest = all(\.context.environmentDigest)
        hasManifest = manifest != nil
        fingerprint = try Fingerprint(
            manifest: manifest,
            rowFacts: [
                "environment digest": environmentDigest, "workload": workload,
                "warmup s": all { CSVValue.number($0.load.warmUpSeconds).plain },
                "turn ms": all { $0.context.turnMilliseconds.map { "\($0)" } ?? "" },
                "duration s": Self.durations(rows),
            ],
            name: manifestPath
        )
    }

    public var invalid: Int { runs.count { !$0.isValid } }
    /// Valid runs that others disturbed.
    public var disturbed: [Run] { runs.filter { $0.isValid && $0.isDisturbed } }
    public var violated: [String] { runs.filter(\.isViolated).map(\.id) }

    /// The groups in the order of their first run.
    public var groups: [LoadKey] {
        var seen = Set<LoadKey>()
        return runs.map(\.group).filter { seen.insert($0).inserted }
    }
}

extension StoredRuns.Run {
    init(_ row: SummaryRow) {
        id = row.tag.runID
        group = LoadKey(row)
        isValid = row.isValid
        isViolated = row.invalidReasons.contains { $0.hasPrefix(RunValidity.violation) }
        isDisturbed = row.foreign.isMarked == true
        var values: [String: Double] = [:]
        for metric in ComparedMetric.all {
            if let value = metric.figure(row), Self.isFigure(value) { values[metric.name] = value }
        }
        self.values = values
    }
}
