/// One column of a results file: its name, what its cells are and mean, and how a row's value becomes a cell and back.
///
/// The lists of these are the only place where a column is declared: the files' headers, their readers, the reference page
/// and the documents of `--json` are made from them.
public struct Column<Row: Sendable>: Sendable {
    /// With the unit in it, `response_p99_us`. Never changed once it was in a file.
    public let name: String
    public let type: ColumnType
    /// One phrase: what it is, and where it comes from where the name does not say it.
    public let meaning: String
    /// How it can mislead, or what must be true for it to mean anything; nil where nothing is known.
    public let caution: String?

    let value: @Sendable (Row) -> CSVValue
    /// Puts a cell into the row, and says whether it could be read; nil for what follows from other columns.
    let read: (@Sendable (inout Row, String) -> Bool)?

    /// A column that a property is written to and read from.
    public init<Value: ColumnValue>(
        _ name: String,
        _ path: any WritableKeyPath<Row, Value> & Sendable,
        _ meaning: String,
        caution: String? = nil
    ) {
        self.init(
            name: name,
            type: Value.columnType,
            meaning: meaning,
            caution: caution,
            value: { $0[keyPath: path].cell },
            read: { row, text in
                guard !text.isEmpty else {
                    if let missing = Value.missing { row[keyPath: path] = missing }
                    return true
                }
                guard let value = Value(cell: text) else { return false }
                row[keyPath: path] = value
                return true
            }
        )
    }

    /// A column that follows from others, and is written only.
    public init<Value: ColumnValue>(
        _ name: String,
        of value: @escaping @Sendable (Row) -> Value,
        _ meaning: String,
        caution: String? = nil
    ) {
        self.init(
            name: name,
            type: Value.columnType,
            meaning: meaning,
            caution: caution,
            value: { value($0).cell },
            read: nil
        )
    }

    /// A column whose cells are made and read in its own way.
    ///
    /// - Parameter read: puts a cell into the row and says whether it could be read; nil for one that is written only.
    public init(
        name: String,
        type: ColumnType,
        meaning: String,
        caution: String?,
        value: @escaping @Sendable (Row) -> CSVValue,
        read: (@Sendable (inout Row, String) -> Bool)?
    ) {
        self.name = name
        self.type = type
        self.meaning = meaning
        self.caution = caution
        self.value = value
        self.read = read
    }

    /// The same column of something that has such a row in it.
    func at<Whole>(_ path: any WritableKeyPath<Whole, Row> & Sendable) -> Column<Whole> {
        var readWhole: (@Sendable (inout Whole, String) -> Bool)?
        if let read {
            readWhole = { whole, text in
                var row = whole[keyPath: path]
                defer { whole[keyPath: path] = row }
                return read(&row, text)
            }
        }
        return Column<Whole>(
            name: name,
            type: type,
            meaning: meaning,
            caution: caution,
            value: { [value] whole in value(whole[keyPath: path]) },
            read: readWhole
        )
    }

    /// The same column, in which only numbers of `range` are cells: what is counted here is added and multiplied elsewhere.
    func within(_ range: ClosedRange<Double>) -> Column {
        guard let read else { return self }
        return Column(
            name: name,
            type: type,
            meaning: meaning,
            caution: caution,
            value: value,
            read: { row, text in
                if let number = Double(text), !range.contains(number) { return false }
                return read(&row, text)
            }
        )
    }

    /// Whether the row has nothing to say here, or a value that is no number.
    public func cell(of row: Row) -> CSVValue { value(row) }

    /// The unit, as the end of the name says it; empty for texts, flags and counts.
    public var unit: String {
        guard type == .number || type == .integer else { return "" }
        return Self.units.first { name.hasSuffix($0.suffix) }?.unit ?? ""
    }

    private static var units: [(suffix: String, unit: String)] {
        [
            ("_us_per_write", "µs"), ("_us_per_operation", "µs"), ("_bytes_per_write", "bytes"),
            ("_out_per_write", "bytes"), ("_written_per_write", "bytes"), ("_per_payload_byte", "bytes/byte"),
            ("_per_s", "1/s"), ("_per_write", "1/write"), ("_us", "µs"), ("_ms", "ms"), ("_s", "s"),
            ("_bytes", "bytes"),
            ("_written", "bytes"), ("bytes_in", "bytes"), ("bytes_out", "bytes"), ("_share", "0 to 1"),
            ("utilization", "0 to 1"), ("percent_of_limit", "%"), ("busy_cores", "cores"), ("share", "0 to 1"),
        ]
    }
}

/// A row type knows its file and that file's columns. Columns are only ever appended: readers go by name, scripts by
/// position.
public protocol CSVRow: Sendable {
    static var file: String { get }
    static var columns: [Column<Self>] { get }
}

extension CSVRow {
    /// The header line, with its line end (RFC 4180 asks for CR LF; every reader takes LF, and diff prefers it).
    public static var header: String { columns.map { CSVValue.text($0.name).encoded }.joined(separator: ",") + "\n" }
    /// The row's line, with its line end.
    public var line: String { Self.columns.map { $0.value(self).encoded }.joined(separator: ",") + "\n" }
}

/// A row that can be read back: what it holds is what its file holds.
public protocol ResultRow: CSVRow {
    /// A row that says nothing: what a file of an older version does not hold.
    init()
    /// Columns without which a file is none of ours.
    static var required: [String] { get }
    /// Of those, the ones that no row is without.
    static var identifying: [String] { get }
}

extension ResultRow {
    public static var required: [String] { ["run_id"] }
    public static var identifying: [String] { ["run_id"] }
}
