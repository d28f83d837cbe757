/// Why a results file cannot be used; the text is for the user.
public enum ResultsFileError: Error, Equatable, CustomStringConvertible {
    case noColumn(file: String, column: String)
    case badCell(file: String, line: Int, column: String, text: String, type: ColumnType)
    case newer(file: String, version: String)

    public var description: String {
        switch self {
        case .noColumn(let file, let column):
            "\(file): it has no column \(column); name a file or a folder of zabbench run"
        case .badCell(let file, let line, let column, let text, let type):
            "\(file): line \(line): \(column) is \(text), which is \(type == .text ? "none of its values" : "no \(type.rawValue)"); "
                + "restore the file, or remove that line"
        case .newer(let file, let version):
            "\(file): it has schema version \(version), and this zabbench knows \(RunTag.schemaVersion); read it with the "
                + "version that wrote it"
        }
    }
}

/// The rows of one results file, each decoded once.
public struct ResultsFile<Row: ResultRow>: Sendable {
    public var rows: [Row]
    /// The line of the file that each of them begins at, from 1.
    public var lines: [Int] = []
    /// The number of a last line that ends before its last column, as a killed run leaves it; it is no row.
    public var cutLine: Int?

    /// - Parameters:
    ///   - text: the file; an empty one has no rows.
    ///   - name: what errors call it.
    public init(parsing text: String, name: String = Row.file) throws(ResultsFileError) {
        let table = CSVTable(parsing: text)
        guard !table.header.isEmpty else {
            rows = []
            return
        }
        for column in Row.required where table.column(column) == nil {
            throw .noColumn(file: name, column: column)
        }
        let readers = Row.columns.compactMap { column in
            table.column(column.name).flatMap { place in column.read.map { (column: column, place: place, read: $0) } }
        }
        let version = table.column("schema_version")
        rows = []
        rows.reserveCapacity(table.rows.count)
        for (index, cells) in table.rows.enumerated() {
            if table.isLastCut, index == table.rows.count - 1 {
                cutLine = table.lines[index]
                continue
            }
            if let version, let number = Int(cells[version]), number > RunTag.schemaVersion {
                throw .newer(file: name, version: cells[version])
            }
            var row = Row()
            for reader in readers where !reader.read(&row, cells[reader.place]) {
                throw .badCell(
                    file: name,
                    line: table.lines[index],
                    column: reader.column.name,
                    text: cells[reader.place],
                    type: reader.column.type
                )
            }
            rows.append(row)
            lines.append(table.lines[index])
        }
    }
}
