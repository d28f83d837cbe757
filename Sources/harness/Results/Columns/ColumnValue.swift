/// What the cells of a column are, for readers of docs/reference/columns.md and for tests that use other tools.
public enum ColumnType: String, Sendable, CaseIterable {
    case text
    case integer
    case number
    /// `true` or `false`.
    case flag
    /// ISO 8601 in UTC, with milliseconds.
    case time
}

/// A value that a cell of a results file can hold: written and read by the same type, so neither can be forgotten.
public protocol ColumnValue: Sendable {
    static var columnType: ColumnType { get }
    /// What an empty cell means; nil where it means nothing, and the row keeps what it has.
    static var missing: Self? { get }

    var cell: CSVValue { get }
    /// - Parameter text: a cell that is not empty. Nil where it is no such value.
    init?(cell text: String)
}

extension ColumnValue {
    public static var missing: Self? { nil }
}

extension String: ColumnValue {
    public static var columnType: ColumnType { .text }
    public static var missing: String? { "" }
    public var cell: CSVValue { isEmpty ? .missing : .text(self) }
    public init?(cell text: String) { self = text }
}

extension Bool: ColumnValue {
    public static var columnType: ColumnType { .flag }
    public var cell: CSVValue { .flag(self) }

    public init?(cell text: String) {
        switch text {
        case "true": self = true
        case "false": self = false
        default: return nil
        }
    }
}

extension Double: ColumnValue {
    public static var columnType: ColumnType { .number }
    public var cell: CSVValue { .number(self) }

    public init?(cell text: String) {
        guard let value = Double(text), abs(value) <= CellRange.greatest else { return nil }
        self = value
    }
}

extension ColumnValue where Self: FixedWidthInteger {
    public static var columnType: ColumnType { .integer }
    public var cell: CSVValue { .integer(self) }
    public init?(cell text: String) {
        guard let value = Self(text), abs(Double(value)) <= CellRange.greatest else { return nil }
        self = value
    }
}

/// How great the numbers of a cell can be. Nothing that is measured comes near, and readers add, multiply and round cells.
enum CellRange {
    /// In microseconds, 31 years.
    static let greatest = 1e15
    /// Of numbers that name or count servers, sessions and repeats: the product of two is an `Int`.
    static let counts = 0.0...1e9
    /// Of voting servers, which some charts have a place for each of.
    static let servers = 0.0...10_000
}

extension Int: ColumnValue {}
extension Int32: ColumnValue {}
extension UInt32: ColumnValue {}

/// Seeds and counters go beyond what `CSVValue.integer` can hold.
extension UInt64: ColumnValue {
    public var cell: CSVValue { .text(String(self)) }
    public init?(cell text: String) { self.init(text) }
}

extension Timestamp: ColumnValue {
    public static var columnType: ColumnType { .time }
    public var cell: CSVValue { .text(iso8601) }
    public init?(cell text: String) { self.init(iso8601: text) }
}

extension ColumnValue where Self: RawRepresentable, RawValue == String {
    public static var columnType: ColumnType { .text }
    public var cell: CSVValue { .text(rawValue) }
    public init?(cell text: String) { self.init(rawValue: text) }
}

extension Optional: ColumnValue where Wrapped: ColumnValue {
    public static var columnType: ColumnType { Wrapped.columnType }
    public static var missing: Wrapped?? { .some(nil) }
    public var cell: CSVValue { self?.cell ?? .missing }

    public init?(cell text: String) {
        guard let value = Wrapped(cell: text) else { return nil }
        self = value
    }
}
