/// Why a results file cannot be used; the text is for the user.
public enum ResultsFileError: Error, Equatable, CustomStringConvertible {
    case noColumn(file: String, column: String)
    case badCell(file: String, line: Int, column: String, text: String, type: ColumnType)
    case newer(file: String, version: String)
    case badLine(file: String, line: Int, reason: String)

    public var description: String {
        switch self {
        case .noColumn(let file, let column):
            "\(file): no column \(column); give a results file or a results folder of zabbench run"
        case .badCell(let file, let line, let column, let text, let type):
            "\(file): line \(line): bad \(type == .text ? "value" : type.rawValue) \(text) in column \(column); "
                + "restore the file or remove that line"
        case .newer(let file, let version):
            "\(file): schema version \(version), but this zabbench reads \(RunTag.schemaVersion); use the version that wrote "
                + "the file"
        case .badLine(let file, let line, let reason):
            "\(file): line \(line): \(reason); restore the file or remove that line"
        }
    }
}

/// The rows of one results file, each decoded once.
public struct ResultsFile<Row: ResultRow>: Sendable {
    /// A cell that holds something which its column cannot mean.
    public struct BadCell: Sendable, Equatable {
        public let column: String
        public let text: String
        public let line: Int
    }

    public var rows: [Row] = []
    /// The line of the file that each of them begins at, from 1.
    public var lines: [Int] = []
    /// The number of a last line without an end, as a killed run leaves it. It is no row: a number without its last digits
    /// looks like one.
    public var cutLine: Int?
    /// Cells that were read as empty, and lines that are no rows; only where they do not make the file unusable.
    public var badCells: [BadCell] = []
    public var linesLeftOut = 0

    /// - Parameters:
    ///   - text: the file; an empty one has no rows.
    ///   - name: what errors call it.
    ///   - isForgiving: whether a cell that cannot be read counts as empty, and a line without what a row needs is left
    ///     out, and both are noted. Otherwise they are errors.
    public init(parsing text: String, name: String = Row.file, isForgiving: Bool = false) throws(ResultsFileError) {
        let table = CSVTable(parsing: text)
        guard !table.header.isEmpty else { return }
        for column in Row.required where table.column(column) == nil {
            throw .noColumn(file: name, column: column)
        }
        let readers = Self.readers(table)
        let version = table.column("schema_version")
        rows.reserveCapacity(table.rows.count)
        for (cells, line) in zip(table.rows, table.lines) {
            guard !table.isLastCut || line != table.lines.last else {
                cutLine = line
                continue
            }
            if let version, let number = Int(cells[version]), number > RunTag.schemaVersion {
                throw .newer(file: name, version: cells[version])
            }
            var row = Row()
            var bad: [BadCell] = []
            for reader in readers where !reader.read(&row, cells[reader.place]) {
                bad.append(BadCell(column: reader.column.name, text: cells[reader.place], line: line))
                guard isForgiving else {
                    let column = reader.column
                    throw .badCell(
                        file: name,
                        line: line,
                        column: column.name,
                        text: cells[reader.place],
                        type: column.type
                    )
                }
            }
            if isForgiving, !Self.isWhole(cells, table, bad) {
                linesLeftOut += 1
                continue
            }
            badCells += bad
            rows.append(row)
            lines.append(line)
        }
    }

    private typealias Reader = (column: Column<Row>, place: Int, read: @Sendable (inout Row, String) -> Bool)

    private static func readers(_ table: CSVTable) -> [Reader] {
        Row.columns.compactMap { column in
            table.column(column.name).flatMap { place in column.read.map { (column: column, place: place, read: $0) } }
        }
    }

    /// Whether the line has what makes a row of it: no more cells than there are columns, and an id and a verdict that can
    /// be read.
    private static func isWhole(_ cells: [String], _ table: CSVTable, _ bad: [BadCell]) -> Bool {
        guard cells.count <= table.header.count else { return false }
        return Row.identifying.allSatisfy { name in
            guard let place = table.column(name) else { return true }
            return !cells[place].isEmpty && !bad.contains { $0.column == name }
        }
    }
}
