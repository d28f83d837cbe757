import Foundation
import Results
import Statistics

/// One load of one results folder: a line of a history file.
///
/// `timestamp`, `attributes.git_commit` and `metrics` with `name`, `unit` and `value` are what Nyrkiö and TigerBeetle's
/// devhub call them, so their readers take the lines as they are.
public struct HistoryEntry: Codable, Sendable, Equatable {
    public struct Attributes: Codable, Sendable, Equatable {
        public var gitCommit: String
    }

    public struct Metric: Codable, Sendable, Equatable {
        public var name: String
        public var unit: String
        /// The median of the valid runs.
        public var value: Double
        public var min: Double
        public var max: Double
        public var runs: Int
        /// Of the median, 95 %; nil of one run, and in lines of versions that did not write it.
        public var low: Double?
        public var high: Double?
    }

    public var schemaVersion: Int
    /// Seconds since 1970 of the folder's first run.
    public var timestamp: Int64
    /// The same in ISO 8601.
    public var time: String
    /// The results folder's name.
    public var run: String
    public var workload: String
    public var environmentDigest: String
    /// Of all that must be alike for two runs to be compared (`Fingerprint.digest`): machine, toolchain, the workload's
    /// text and what overrides it. Nil in lines of versions that did not write it.
    public var fingerprint: String?
    public var attributes: Attributes
    /// The cells of summary.csv that tell loads apart.
    public var load: [String: String]
    public var metrics: [Metric]

    public static let schemaVersion = 1

    /// Entries of a results folder: one for each load with a valid run that others did not disturb. Months later nobody
    /// could tell a neighbour from a change of the code.
    ///
    /// - Throws: `HistoryError` if a run does not say when it began.
    public static func entries(of runs: StoredRuns) throws(HistoryError) -> [HistoryEntry] {
        guard let date = date(runs.startedAt) else { throw .badTime(path: runs.path, text: runs.startedAt) }
        return runs.groups.compactMap { group -> HistoryEntry? in
            let valid = runs.runs.filter { $0.group == group && $0.isValid && !$0.isDisturbed }
            let metrics = ComparedMetric.all.compactMap { metric -> Metric? in
                guard let figure = Distribution(valid.compactMap { $0.values[metric.name] }) else { return nil }
                return Metric(
                    name: metric.name,
                    unit: metric.unit,
                    value: figure.median,
                    min: figure.min,
                    max: figure.max,
                    runs: figure.count,
                    low: figure.interval?.low,
                    high: figure.interval?.high
                )
            }
            guard !metrics.isEmpty else { return nil }
            return HistoryEntry(
                schemaVersion: schemaVersion,
                timestamp: Int64(date.timeIntervalSince1970),
                time: runs.startedAt,
                run: runs.name,
                workload: runs.workload,
                environmentDigest: runs.environmentDigest,
                fingerprint: runs.fingerprint.digest,
                attributes: Attributes(gitCommit: runs.commit),
                load: group.members,
                metrics: metrics
            )
        }
    }

    /// Of ISO 8601 in UTC with milliseconds, as summary.csv has it.
    private static func date(_ text: String) -> Date? {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return formatter.date(from: text)
    }

    /// The line, with its end.
    public func line() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}

extension HistoryEntry {
    /// - Throws: what is wrong with the line, in words.
    init(line: String) throws(HistoryLineError) {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let entry: HistoryEntry
        do {
            entry = try decoder.decode(HistoryEntry.self, from: Data(line.utf8))
        } catch {
            throw HistoryLineError(description: Self.words(error))
        }
        guard entry.schemaVersion == Self.schemaVersion else {
            throw HistoryLineError(
                description: "schema_version \(entry.schemaVersion), this program knows \(Self.schemaVersion)"
            )
        }
        self = entry
    }

    private static func words(_ error: any Error) -> String {
        guard let error = error as? DecodingError else { return "no JSON" }
        switch error {
        case .keyNotFound(let key, _): return "it has no \(key.stringValue)"
        case .typeMismatch(_, let context), .valueNotFound(_, let context):
            return "\(context.codingPath.map(\.stringValue).joined(separator: ".")) is of another kind"
        case .dataCorrupted: return "no JSON"
        @unknown default: return "no JSON"
        }
    }
}

struct HistoryLineError: Error, CustomStringConvertible {
    let description: String
}

/// Why a history cannot be read or written; the text is for the user.
public enum HistoryError: Error, Equatable, CustomStringConvertible {
    case unreadable(path: String, reason: String)
    case unwritable(path: String, reason: String)
    /// A file without a single line of ours: appending would spoil it.
    case notHistory(path: String)
    case badTime(path: String, text: String)
    /// All runs of the folder are invalid.
    case nothingValid(path: String)
    /// Others disturbed every valid run.
    case nothingQuiet(path: String)
    case empty(path: String)

    public var description: String {
        switch self {
        case .unreadable(let path, let reason):
            "\(path): \(reason); name a file that zabbench history append has made"
        case .unwritable(let path, let reason):
            "\(path): \(reason); nothing was appended: name a file in a folder that exists and has room"
        case .notHistory(let path):
            "\(path): none of its lines is of a history, nothing was appended: name another file"
        case .badTime(let path, let text): "\(path): started_at is \(text.isEmpty ? "empty" : text), which is no time"
        case .nothingValid(let path): "\(path): no run is valid, so there is nothing to append"
        case .nothingQuiet(let path):
            "\(path): others had a tenth of the processors or more in every run (foreign_limited), so there is nothing to "
                + "append; measure on a quiet machine, or with --wait-quiet"
        case .empty(let path): "\(path): no line can be used; zabbench history append writes them"
        }
    }
}
