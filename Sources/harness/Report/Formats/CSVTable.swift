/// A CSV file read back: what the report is made from, so that no chart can show what the files do not hold.
public struct CSVTable: Sendable, Equatable {
    public var header: [String]
    public var rows: [[String]]

    /// Parses RFC 4180 text, with LF or CR LF. Rows shorter than the header are filled with empty cells: files of older
    /// versions have fewer columns.
    public init(parsing text: String) {
        var records: [[String]] = []
        var record: [String] = []
        var field: [UInt8] = []
        var quoted = false
        var wasQuote = false
        func endField() {
            record.append(String(decoding: field, as: UTF8.self))
            field.removeAll(keepingCapacity: true)
        }
        func endRecord() {
            endField()
            if record != [""] { records.append(record) }
            record.removeAll(keepingCapacity: true)
        }
        for byte in text.utf8 {
            if quoted {
                if wasQuote {
                    wasQuote = false
                    if byte == 0x22 {
                        field.append(byte)
                        continue
                    }
                    quoted = false
                } else if byte == 0x22 {
                    wasQuote = true
                    continue
                } else {
                    field.append(byte)
                    continue
                }
            }
            switch byte {
            case 0x22 where field.isEmpty: quoted = true
            case 0x2c: endField()
            case 0x0a: endRecord()
            case 0x0d: break
            default: field.append(byte)
            }
        }
        if !field.isEmpty || !record.isEmpty { endRecord() }
        header = records.first ?? []
        let width = header.count
        rows = records.dropFirst().map { row in
            row.count < width ? row + Array(repeating: "", count: width - row.count) : row
        }
    }

    /// The position of a column; nil if the file has none of that name.
    public func column(_ name: String) -> Int? { header.firstIndex(of: name) }

    /// The cell's text, empty where there is none.
    public func text(_ row: [String], _ name: String) -> String {
        column(name).map { row[$0] } ?? ""
    }

    /// The cell's number; nil where it is missing.
    public func number(_ row: [String], _ name: String) -> Double? { Double(text(row, name)) }
}
