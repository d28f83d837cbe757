/// What stands first on every row of every file, so that rows of many runs can be thrown together.
public struct RunTag: Sendable, Equatable {
    /// Raised when a column changes its meaning; a new column at the end does not raise it.
    public static let schemaVersion = 1

    public var runID: String
    /// From 1.
    public var repeatNumber: Int
    /// `zabbench`, `zookeeper`, ...
    public var system: String
    public var ensembleSize: Int
    /// Nil where it is not known, that is with somebody else's servers.
    public var fsyncStrategy: String?

    public init(runID: String, repeatNumber: Int, system: String, ensembleSize: Int, fsyncStrategy: String?) {
        self.runID = runID
        self.repeatNumber = repeatNumber
        self.system = system
        self.ensembleSize = ensembleSize
        self.fsyncStrategy = fsyncStrategy
    }

    static func columns<Row>(_ tag: @escaping @Sendable (Row) -> RunTag) -> [CSVColumn<Row>] {
        [
            CSVColumn("schema_version") { _ in .integer(Int64(schemaVersion)) },
            CSVColumn("run_id") { .text(tag($0).runID) },
            CSVColumn("repeat") { .integer(tag($0).repeatNumber) },
            CSVColumn("system") { .text(tag($0).system) },
            CSVColumn("ensemble_size") { .integer(tag($0).ensembleSize) },
            CSVColumn("fsync_strategy") { .text(tag($0).fsyncStrategy) },
        ]
    }
}

/// A moment of the wall clock, as it stands in the files.
public struct Timestamp: Sendable, Hashable {
    /// Since 1970, UTC.
    public var unixNanoseconds: Int64

    public init(unixNanoseconds: Int64) { self.unixNanoseconds = unixNanoseconds }

    /// ISO 8601 with milliseconds, `2026-11-21T01:24:05.250Z`.
    public var iso8601: String {
        let parts = civil
        let milliseconds = Self.padded(Int(unixNanoseconds / 1_000_000 % 1000), 3)
        return
            "\(parts.year)-\(parts.month)-\(parts.day)T\(parts.hour):\(parts.minute):\(parts.second).\(milliseconds)Z"
    }

    /// ISO 8601's short form, fit for a folder's name and sorted by time: `20261121T012405Z`.
    public var compact: String {
        let parts = civil
        return "\(parts.year)\(parts.month)\(parts.day)T\(parts.hour)\(parts.minute)\(parts.second)Z"
    }

    private struct Civil {
        var year, month, day, hour, minute, second: String
    }

    /// The Gregorian date by Hinnant's `civil_from_days`, without a calendar or a locale.
    private var civil: Civil {
        let seconds = Int(unixNanoseconds / 1_000_000_000)
        let days = seconds / 86_400 + 719_468
        let era = days / 146_097
        let dayOfEra = days % 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let time = seconds % 86_400
        return Civil(
            year: Self.padded(year, 4),
            month: Self.padded(month, 2),
            day: Self.padded(dayOfYear - (153 * shifted + 2) / 5 + 1, 2),
            hour: Self.padded(time / 3600, 2),
            minute: Self.padded(time / 60 % 60, 2),
            second: Self.padded(time % 60, 2)
        )
    }

    private static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
