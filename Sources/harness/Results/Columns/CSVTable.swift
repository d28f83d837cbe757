/// The records of a CSV file (RFC 4180, with LF or CR LF, with or without a byte order mark), as text.
package struct CSVTable: Sendable, Equatable {
    package var header: [String]
    /// As wide as the header: files of older versions have fewer columns.
    package var rows: [[String]]
    /// The line in the file, from 1, that each row begins at.
    package var lines: [Int]
    /// Whether the file ends within its last row: it has no line end.
    package var isLastCut: Bool

    package init(parsing text: String) {
        var parser = Parser()
        for byte in text.utf8.starts(with: [0xef, 0xbb, 0xbf]) ? text.utf8.dropFirst(3) : text.utf8[...] {
            parser.take(byte)
        }
        let endsOpen = parser.finish()
        header = parser.records.first ?? []
        let width = header.count
        isLastCut = endsOpen && parser.records.count > 1
        rows = parser.records.dropFirst().map { row in
            row.count < width ? row + Array(repeating: "", count: width - row.count) : row
        }
        lines = Array(parser.lines.dropFirst())
    }

    /// The position of a column; nil if the file has none of that name.
    package func column(_ name: String) -> Int? { header.firstIndex(of: name) }
}

extension CSVTable {
    /// One byte after the other.
    private struct Parser {
        var records: [[String]] = []
        /// The line that each record begins at.
        var lines: [Int] = []
        private var record: [String] = []
        private var field: [UInt8] = []
        private var isQuoted = false
        private var wasQuote = false
        private var line = 1
        private var begun = 1

        mutating func take(_ byte: UInt8) {
            if byte == 0x0a { line += 1 }
            if isQuoted {
                if !wasQuote {
                    if byte == 0x22 { wasQuote = true } else { field.append(byte) }
                    return
                }
                wasQuote = false
                if byte == 0x22 {
                    field.append(byte)
                    return
                }
                isQuoted = false
            }
            switch byte {
            case 0x22 where field.isEmpty: isQuoted = true
            case 0x2c: endField()
            case 0x0a: endRecord()
            case 0x0d: break
            default: field.append(byte)
            }
        }

        /// Ends the last record, and says whether the file did not.
        mutating func finish() -> Bool {
            guard !field.isEmpty || !record.isEmpty || isQuoted else { return false }
            endRecord()
            return true
        }

        private mutating func endField() {
            record.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }

        private mutating func endRecord() {
            endField()
            if record != [""] {
                records.append(record)
                lines.append(begun)
            }
            record.removeAll(keepingCapacity: true)
            begun = line
        }
    }
}
