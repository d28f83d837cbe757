import Report
import Results
import TestSupport
import Testing

/// Files that somebody edited, or that a broken disk gave back: an error that names the cell, or a page, and never a trap.
@Suite struct ExtremeCellTests {
    private static let extremes = [
        "9223372036854775807", "-9223372036854775808", "1e300", "1e15", "-1e15", "1000000000000000", "1000000000",
        "10000",
        "-1", "0", "4.9e-324",
    ]

    private static var plain: StoredResults {
        var results = StoredResults()
        results.runs = [1, 3, 5].flatMap { size in
            (1...2).map { number in
                var row = Filled.run
                row.tag = Samples.tag(number, size: size)
                return row
            }
        }
        results.seconds = [Filled.second]
        results.servers = [Filled.server]
        results.stages = [Filled.stage]
        results.faults = [Filled.fault]
        results.faultBins = [Filled.bin]
        results.events = [Filled.event]
        return results
    }

    /// The row with one cell replaced; nil where the file is refused, which must name the cell.
    private func rows<Row: ResultRow>(_ row: Row, _ place: Int, _ text: String) -> [Row]? {
        let table = CSVTable(parsing: Row.header + row.line)
        var cells = table.rows[0].map { CSVValue.text($0).encoded }
        cells[place] = text
        do {
            return try ResultsFile<Row>(parsing: Row.header + cells.joined(separator: ",") + "\n").rows
        } catch {
            let words = "\(error)"
            #expect(words.hasPrefix("\(Row.file): line 2: ") || words.contains("schema version"), "\(words)")
            #expect(words.contains("column \(table.header[place])") || words.contains("schema version"), "\(words)")
            return nil
        }
    }

    /// - Returns: how many of the files were refused.
    private func refused<Row: ResultRow>(_ row: Row, _ path: WritableKeyPath<StoredResults, [Row]>) -> Int {
        var refused = 0
        for (place, column) in Row.columns.enumerated() where column.type == .integer || column.type == .number {
            for text in Self.extremes {
                guard let rows = rows(row, place, text) else {
                    refused += 1
                    continue
                }
                var results = Self.plain
                results[keyPath: path] += rows
                #expect(HTMLReport.text(title: "a", environment: "", results: results).contains("</html>"))
                #expect(!SummaryTable.text(rows: results.runs).isEmpty)
            }
        }
        return refused
    }

    @Test func runs() { #expect(refused(Filled.run, \.runs) > 100) }
    @Test func seconds() { #expect(refused(Filled.second, \.seconds) > 0) }
    @Test func servers() { #expect(refused(Filled.server, \.servers) > 0) }
    @Test func stages() { #expect(refused(Filled.stage, \.stages) > 0) }
    @Test func faults() { #expect(refused(Filled.fault, \.faults) > 0) }
    @Test func faultBins() { #expect(refused(Filled.bin, \.faultBins) > 0) }
    @Test func storms() { #expect(refused(Filled.storm, \.storms) > 0) }
    @Test func events() { #expect(refused(Filled.event, \.events) > 0) }

    @Test func aCellBeyondItsRangeIsNamed() {
        var row = Filled.run
        row.load.clients = 2_000_000_000
        let error = #expect(throws: ResultsFileError.self) {
            try ResultsFile<SummaryRow>(parsing: SummaryRow.header + row.line)
        }
        #expect(
            error?.description
                == "summary.csv: line 2: bad integer 2000000000 in column clients; restore the file or remove that line"
        )
    }

    @Test(arguments: ["9999-01-01T00:00:00.000Z", "0000-01-01T00:00:00.000Z"])
    func aYearBeyondNanosecondsIsNone(_ text: String) { #expect(Timestamp(iso8601: text) == nil) }

    /// 1e30 µs is no trap, wherever it came from.
    @Test(arguments: [1e30, 1e300, -1e300, .infinity, .nan])
    func numbersBeyondAllTables(_ value: Double) {
        #expect(ConsoleTable.threeDigits(value) == "-")
        #expect(ConsoleTable.latency(microseconds: value) == "-")
        #expect(ConsoleTable.short(value) == "-")
        #expect(ConsoleTable.grouped(value) == "-")
    }
}
