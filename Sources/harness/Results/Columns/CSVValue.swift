/// One cell of a CSV file. Missing is empty: never `nan`, `null` or a zero that nobody measured.
public enum CSVValue: Sendable, Equatable {
    case missing
    case text(String)
    case integer(Int64)
    case number(Double)
    case flag(Bool)

    public static func text(_ value: String?) -> CSVValue { value.map { .text($0) } ?? .missing }
    public static func integer(_ value: (some BinaryInteger)?) -> CSVValue {
        value.map { .integer(Int64(clamping: $0)) } ?? .missing
    }
    public static func number(_ value: Double?) -> CSVValue { value.map { .number($0) } ?? .missing }
    public static func flag(_ value: Bool?) -> CSVValue { value.map { .flag($0) } ?? .missing }

    /// The cell as it stands in the file, quoted where RFC 4180 wants it.
    public var encoded: String {
        let text = plain
        let needsQuotes = text.utf8.contains { $0 == 0x2c || $0 == 0x22 || $0 == 0x0a || $0 == 0x0d }
        // A space at an end is kept by RFC 4180 and dropped by many readers.
        guard needsQuotes || text.hasPrefix(" ") || text.hasSuffix(" ") else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }

    /// The cell's text without quotes.
    public var plain: String {
        switch self {
        case .missing: ""
        case .text(let text): text
        case .integer(let value): String(value)
        case .number(let value): Self.plain(value)
        case .flag(let value): value ? "true" : "false"
        }
    }

    /// At most three digits after the point (six for small values), no exponent, no trailing zeros, `.` in every
    /// locale. What is not a finite number is missing.
    static func plain(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 9e12 else { return "" }
        let digits = abs(value) < 1 ? 6 : 3
        let scale: Int64 = digits == 6 ? 1_000_000 : 1000
        let scaled = Int64((abs(value) * Double(scale)).rounded())
        var fraction = String(scaled % scale)
        fraction = String(repeating: "0", count: digits - fraction.count) + fraction
        while fraction.last == "0" { fraction.removeLast() }
        let sign = value < 0 && scaled != 0 ? "-" : ""
        return sign + String(scaled / scale) + (fraction.isEmpty ? "" : "." + fraction)
    }
}
