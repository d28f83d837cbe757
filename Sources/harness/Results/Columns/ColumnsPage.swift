import Foundation

/// docs/reference/columns.md: every column of every file, from the lists that the files are made from.
public struct ColumnsPage: Sendable {
    /// One file.
    public struct File: Sendable, Encodable {
        /// What a reader in another language must know of a column.
        struct Entry: Sendable, Encodable {
            var name: String
            var type: String
            var unit: String
            var meaning: String
            var caution: String?
        }

        let file: String
        /// One sentence.
        let meaning: String
        let columns: [Entry]

        public init<Row: CSVRow>(_: Row.Type, _ meaning: String) {
            file = Row.file
            self.meaning = meaning
            columns = Row.columns.map {
                Entry(
                    name: $0.name,
                    type: $0.type.rawValue,
                    unit: $0.unit,
                    meaning: $0.meaning,
                    caution: $0.caution
                )
            }
        }

        var lines: [String] {
            columns.map { column in
                let cells = ["`\(column.name)`", column.type, column.unit, column.meaning, column.caution ?? ""]
                return "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
            }
        }
    }

    let files: [File]

    public init(_ files: [File]) { self.files = files }

    /// The same for programs: a list of files, each with its columns.
    public func json() throws -> String {
        String(decoding: try JSONEncoder.zabbench.encode(files), as: UTF8.self) + "\n"
    }

    public var text: String {
        var text = """
            # Columns

            Every column of every file in a results folder. `zabbench columns` generates this page from the lists that the files are
            written from; a test fails if the two differ.

            The files follow RFC 4180: UTF-8, one header line, commas, `.` in numbers, and an empty cell for an unknown value (never
            `nan`, never a zero that was not measured). Times are ISO 8601 in UTC. A column's name ends with its unit: `_us` is
            microseconds, `_per_s` is per second, `_share` is from 0 to 1. Columns are only ever appended: read them by name.


            """
        for file in files {
            text +=
                "## \(file.file)\n\(file.meaning)\n\n| Column | Type | Unit | Meaning | How it can mislead |\n|---|---|---|---|---|\n"
            text += file.lines.joined(separator: "\n") + "\n\n"
        }
        return String(text.dropLast())
    }
}
