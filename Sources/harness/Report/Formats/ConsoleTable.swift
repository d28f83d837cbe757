/// A table in plain text: two spaces between columns, numbers right, words left.
public struct ConsoleTable: Sendable {
    public enum Alignment: Sendable { case left, right }

    public var columns: [(title: String, alignment: Alignment)]
    public var rows: [[String]] = []
    /// Cells that a terminal shows in red: positions in a row, by the row's position.
    public var red: [Int: Set<Int>] = [:]

    public init(columns: [(title: String, alignment: Alignment)]) { self.columns = columns }

    /// The table with a line end after each row; widths count characters, so `µ` is one.
    public var text: String { text(isColoured: false) }

    /// - Parameter isColoured: whether the reader is a terminal that understands ECMA-48 colours.
    public func text(isColoured: Bool) -> String {
        var widths = columns.map(\.title.count)
        for row in rows {
            for (index, cell) in row.enumerated() where index < widths.count {
                widths[index] = max(widths[index], cell.count)
            }
        }
        func line(_ cells: [String], red: Set<Int> = []) -> String {
            var text = ""
            for (index, column) in columns.enumerated() {
                var cell = index < cells.count ? cells[index] : ""
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                if isColoured, red.contains(index) { cell = "\u{1b}[31m\(cell)\u{1b}[0m" }
                if index > 0 { text += "  " }
                text += column.alignment == .left ? cell + padding : padding + cell
            }
            while text.last == " " { text.removeLast() }
            return text + "\n"
        }
        let rule = widths.map { String(repeating: "-", count: $0) }
        return line(columns.map(\.title)) + line(rule)
            + rows.enumerated().map { line($0.element, red: red[$0.offset] ?? []) }.joined()
    }

    /// `52,341`: rounded, with a comma between thousands.
    public static func grouped(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 9e15 else { return "-" }
        let digits = String(Int64(value.rounded()).magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (value.rounded() < 0 ? "-" : "") + text
    }

    /// A latency in the unit in which it has at most four digits: `812 µs`, `12.3 ms`, `1.25 s`.
    public static func latency(microseconds: Double?) -> String {
        guard let microseconds, microseconds.isFinite else { return "-" }
        if microseconds < 999.5 { return grouped(microseconds) + " µs" }
        if microseconds < 999_500 { return threeDigits(microseconds / 1000) + " ms" }
        return threeDigits(microseconds / 1_000_000) + " s"
    }

    /// A number with three significant digits, at least its whole part: `1.25`, `12.3`, `812`, `52341`.
    public static func threeDigits(_ value: Double) -> String {
        let digits = abs(value) < 9.995 ? 2 : abs(value) < 99.95 ? 1 : 0
        let scale = digits == 2 ? 100.0 : digits == 1 ? 10.0 : 1.0
        let scaled = Int64((value * scale).rounded()).magnitude
        let sign = value < 0 && scaled != 0 ? "-" : ""
        guard digits > 0 else { return sign + String(scaled) }
        let unit = UInt64(scale)
        let fraction = String(scaled % unit)
        return sign + String(scaled / unit) + "." + String(repeating: "0", count: digits - fraction.count) + fraction
    }
}
