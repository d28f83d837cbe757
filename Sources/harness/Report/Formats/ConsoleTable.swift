/// A table in plain text: two spaces between columns, numbers right, words left.
///
/// A display that is too narrow gets, in this order: short forms of titles and cells, fewer columns (the least important
/// first, named in a line below the table), and words on several lines. No cell is ever cut.
public struct ConsoleTable: Sendable {
    public enum Alignment: Sendable { case left, right }

    public struct Column: Sendable {
        public var title: String
        public var alignment: Alignment
        /// 0 for a column that is always shown; of the others the one with the greatest rank gives way first.
        public var rank: Int
        /// What it is called where it is not shown, if not by its title.
        public var name: String
        /// Whether its words may go on in a second line, and how narrow that may make it.
        public var isProse: Bool
        public var proseMin: Int

        public init(
            _ title: String,
            _ alignment: Alignment,
            rank: Int = 0,
            name: String? = nil,
            isProse: Bool = false,
            proseMin: Int = 12
        ) {
            self.title = title
            self.alignment = alignment
            self.rank = rank
            self.name = name ?? title
            self.isProse = isProse
            self.proseMin = proseMin
        }
    }

    /// A text, and what stands for it where there is little room.
    public struct Cell: Sendable, Equatable, ExpressibleByStringLiteral {
        public var text: String
        public var short: String

        public init(_ text: String, short: String? = nil) {
            self.text = text
            self.short = short ?? text
        }

        public init(stringLiteral value: String) { self.init(value) }
    }

    public var columns: [Column]
    public var cells: [[Cell]] = []
    /// Cells that a terminal shows in red: positions in a row, by the row's position.
    public var red: [Int: Set<Int>] = [:]
    /// A line before a row, about all rows up to the next.
    public var headings: [Int: String] = [:]
    /// Whether each heading begins a table with titles of its own.
    public var repeatsTitles = false

    public init(columns: [Column]) { self.columns = columns }

    public init(columns: [(title: String, alignment: Alignment)]) {
        self.columns = columns.map { Column($0.title, $0.alignment) }
    }

    /// The cells' texts, where none has a short form.
    public var rows: [[String]] {
        get { cells.map { $0.map(\.text) } }
        set { cells = newValue.map { $0.map { Cell($0) } } }
    }

    /// The whole table, however wide, with a line end after each row; widths count characters, so `µ` is one.
    public var text: String { text(on: .wide) }

    /// The table, and below it the columns that the display has no room for.
    public func text(on display: Display) -> String {
        let layout = Layout(self, columns: display.columns)
        let titles =
            layout.lines(columns.map { Cell($0.title) }, isTitle: true)
            + layout.line(layout.widths.map { String(repeating: "-", count: $0) })
        var text = repeatsTitles && headings[0] != nil ? "" : titles
        for (index, row) in cells.enumerated() {
            if let heading = headings[index] {
                text += text.isEmpty || !repeatsTitles ? "" : "\n"
                text += WrappedText.lines(heading, width: display.columns ?? .max) + "\n"
                if repeatsTitles { text += titles }
            }
            text += layout.lines(row, red: display.isColoured ? red[index] ?? [] : [])
        }
        let left = columns.indices.filter { !layout.shown.contains($0) }.map { columns[$0].name }
        guard !left.isEmpty else { return text }
        return text + display.wrapped("Not shown at this width: \(left.joined(separator: ", ")); --wide shows all.")
            + "\n"
    }
}

extension ConsoleTable {
    /// Which columns are shown, how wide, and in which form.
    private struct Layout {
        let table: ConsoleTable
        var shown: [Int]
        var isShort = false
        /// Of the columns shown.
        var widths: [Int] = []

        private static let gap = 2

        init(_ table: ConsoleTable, columns limit: Int?) {
            self.table = table
            shown = Array(table.columns.indices)
            widths = natural(shown)
            guard let limit, total > limit else { return }
            // With all in its shortest form, as many columns as there is room for; then the long forms, if they fit.
            isShort = true
            while least(shown) > limit, let next = shown.filter({ table.columns[$0].rank > 0 }).max(by: isBefore) {
                shown.removeAll { $0 == next }
            }
            isShort = false
            if least(shown) > limit { isShort = true }
            widths = natural(shown)
            shrinkProse(to: limit)
        }

        /// Of two columns with one rank the one on the right goes first.
        private func isBefore(_ one: Int, _ other: Int) -> Bool {
            (table.columns[one].rank, one) < (table.columns[other].rank, other)
        }

        private var total: Int { widths.reduce(0, +) + Self.gap * max(0, widths.count - 1) }

        /// The width with all prose as narrow as it may be.
        private func least(_ shown: [Int]) -> Int {
            zip(shown, natural(shown)).reduce(Self.gap * max(0, shown.count - 1)) { sum, entry in
                sum + (min(entry.1, proseMin(entry.0) ?? entry.1))
            }
        }

        private func proseMin(_ column: Int) -> Int? {
            table.columns[column].isProse ? table.columns[column].proseMin : nil
        }

        private func natural(_ shown: [Int]) -> [Int] {
            shown.map { index in
                var width = titleWidth(table.columns[index].title)
                for row in table.cells where index < row.count { width = max(width, text(row[index]).count) }
                return width
            }
        }

        private func titleWidth(_ title: String) -> Int {
            guard isShort else { return title.count }
            return title.split(separator: " ").map(\.count).max() ?? 0
        }

        private func text(_ cell: Cell) -> String { isShort ? cell.short : cell.text }

        /// Takes what is too much from the prose that has most.
        private mutating func shrinkProse(to limit: Int) {
            while total > limit {
                let now = widths
                let prose = shown.indices.filter { place in proseMin(shown[place]).map { now[place] > $0 } ?? false }
                guard let widest = prose.max(by: { now[$0] < now[$1] }) else { return }
                widths[widest] -= 1
            }
        }

        /// A row, as many lines high as its highest cell; titles stand on the rule.
        func lines(_ row: [Cell], isTitle: Bool = false, red: Set<Int> = []) -> String {
            let parts = shown.indices.map { place -> [String] in
                let cell = shown[place] < row.count ? row[shown[place]] : ""
                let text = text(cell)
                // Blanks that line figures up must stay.
                guard text.count > widths[place] else { return [text] }
                return WrappedText.lines(text, width: widths[place]).split(separator: "\n").map(String.init)
            }
            let height = parts.map(\.count).max() ?? 1
            return (0..<height).map { number in
                line(
                    parts.map { lines in
                        let place = isTitle ? number - (height - lines.count) : number
                        return lines.indices.contains(place) ? lines[place] : ""
                    },
                    red: red
                )
            }.joined()
        }

        func line(_ texts: [String], red: Set<Int> = []) -> String {
            var line = ""
            for (place, index) in shown.enumerated() {
                var text = texts[place]
                let padding = String(repeating: " ", count: max(0, widths[place] - text.count))
                if red.contains(index), !text.isEmpty { text = TerminalColor.red(text) }
                if place > 0 { line += String(repeating: " ", count: Self.gap) }
                line += table.columns[index].alignment == .left ? text + padding : padding + text
            }
            while line.last == " " { line.removeLast() }
            return line + "\n"
        }
    }
}
