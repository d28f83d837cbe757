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

    /// Reads what `iso8601` writes; nil for anything else, and for years that nanoseconds do not reach.
    public init?(iso8601 text: String) {
        let bytes = Array(text.utf8)
        func number(_ range: Range<Int>) -> Int64? {
            range.reduce(Optional(Int64(0))) { value, place in
                guard let value, (0x30...0x39).contains(bytes[place]) else { return nil }
                return value * 10 + Int64(bytes[place] - 0x30)
            }
        }
        let marks: [(Int, Character)] = [(4, "-"), (7, "-"), (10, "T"), (13, ":"), (16, ":"), (19, "."), (23, "Z")]
        guard bytes.count == 24, marks.allSatisfy({ bytes[$0.0] == $0.1.asciiValue }),
            let year = number(0..<4), let month = number(5..<7), let day = number(8..<10), let hour = number(11..<13),
            let minute = number(14..<16), let second = number(17..<19), let milliseconds = number(20..<23),
            (1970...2261).contains(year), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60,
            second < 61
        else { return nil }
        let seconds = Self.days(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
        self.init(unixNanoseconds: seconds * 1_000_000_000 + milliseconds * 1_000_000)
    }

    /// Days since 1970 by Hinnant's `days_from_civil`.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = month > 2 ? year : year - 1
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
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
