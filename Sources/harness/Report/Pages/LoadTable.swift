import Results
import Statistics

/// A table with a row for each load point. A column is either words or a figure, and a figure's cell is made in one place,
/// with its error.
struct LoadTable {
    struct Column {
        enum Content {
            case words((LoadPointSummary) -> ConsoleTable.Cell)
            case figure(LoadFigure)
            /// Empty in rows where it is as good as the other one.
            case figureUnless(LoadFigure, same: LoadFigure)
        }

        let title: String
        /// What it is called in sentences.
        let name: String
        let alignment: ConsoleTable.Alignment
        /// As `ConsoleTable.Column` has it.
        let rank: Int
        let isProse: Bool
        let content: Content

        /// Nil for words.
        var figure: LoadFigure? {
            switch content {
            case .words: nil
            case .figure(let figure), .figureUnless(let figure, _): figure
            }
        }

        static func words(
            _ title: String,
            _ alignment: ConsoleTable.Alignment,
            rank: Int = 0,
            isProse: Bool = false,
            _ words: @escaping (LoadPointSummary) -> ConsoleTable.Cell
        ) -> Column {
            Column(
                title: title,
                name: title,
                alignment: alignment,
                rank: rank,
                isProse: isProse,
                content: .words(words)
            )
        }

        static func figure(_ title: String, _ figure: LoadFigure, rank: Int = 0, name: String? = nil) -> Column {
            Column(
                title: title,
                name: name ?? title,
                alignment: .right,
                rank: rank,
                isProse: false,
                content: .figure(figure)
            )
        }

        static func figure(_ title: String, _ figure: LoadFigure, unless same: LoadFigure, rank: Int) -> Column {
            Column(
                title: title,
                name: title,
                alignment: .right,
                rank: rank,
                isProse: false,
                content: .figureUnless(figure, same: same)
            )
        }
    }

    /// A figure's text; the error is empty where there is no figure, and where one sentence says for the whole table that
    /// nothing has repeats.
    struct Cell: Equatable {
        var text: String
        /// The same with three digits.
        var short: String
        var error = ""
        /// Words in place of a figure.
        var isFigure = true

        /// - Parameters:
        ///   - hasRepeats: whether any figure of the table has an interval: then those without say so.
        ///   - hasMarks: whether any row of the table is disturbed.
        init(_ point: LoadPointSummary, _ figure: LoadFigure, hasRepeats: Bool, hasMarks: Bool) {
            let isAchieved = figure.name == LoadFigure.achieved.name
            if isAchieved, point.isBeyondKnee {
                self.init(text: "beyond the knee", isFigure: false)
            } else if isAchieved, point.isOverloaded {
                // A rate that was too high for the servers has no figures, and that is a finding.
                self.init(text: "overloaded", isFigure: false)
            } else if figure.isRatio, point.isCalibrationRefused {
                self.init(text: SummaryRow.Limits.notValid, short: "not valid", isFigure: false)
            } else if let found = PointFigure(point, figure) {
                self.init(text: found.text, short: found.shortText, error: hasRepeats ? found.errorText : "")
            } else {
                self.init(text: "-")
            }
            guard isAchieved else { return }
            text = ForeignMark.cell(text, isMarked: !point.disturbed.isEmpty, isWanted: hasMarks)
            short = ForeignMark.cell(short, isMarked: !point.disturbed.isEmpty, isWanted: hasMarks)
        }

        init(text: String, short: String? = nil, error: String = "", isFigure: Bool = true) {
            self.text = text
            self.short = short ?? text
            self.error = error
            self.isFigure = isFigure
        }
    }

    /// Loads' names in narrower columns are hard to read.
    private static let labelMin = 36

    var columns: [Column]
    /// Of some points, before whose rows a line is set.
    var heading: (LoadPointSummary) -> String? = { _ in nil }
    var repeatsTitles = false

    /// - Parameter red: of a point, the columns that a terminal shows in red.
    func text(_ points: [LoadPointSummary], red: (LoadPointSummary) -> Set<Int>, on display: Display) -> String {
        let hasRepeats = points.contains(where: \.hasRepeats)
        let hasMarks = points.contains { !$0.disturbed.isEmpty }
        var table = ConsoleTable(
            columns: columns.map {
                ConsoleTable.Column(
                    $0.title,
                    $0.alignment,
                    rank: $0.rank,
                    name: $0.name,
                    isProse: $0.isProse,
                    proseMin: Self.labelMin
                )
            }
        )
        func figures(_ figure: LoadFigure, unless same: LoadFigure? = nil) -> [ConsoleTable.Cell] {
            Self.aligned(
                points.map { point in
                    if let same, point.isSame(figure, same) { return Cell(text: "", isFigure: false) }
                    return Cell(point, figure, hasRepeats: hasRepeats, hasMarks: hasMarks)
                }
            )
        }
        let cells = columns.map { column in
            switch column.content {
            case .words(let words): points.map(words)
            case .figure(let figure): figures(figure)
            case .figureUnless(let figure, let same): figures(figure, unless: same)
            }
        }
        table.cells = points.indices.map { row in cells.map { $0[row] } }
        table.repeatsTitles = repeatsTitles
        var last: String?
        for (row, point) in points.enumerated() {
            table.red[row] = red(point)
            let heading = heading(point)
            if heading != last { table.headings[row] = heading }
            last = heading
        }
        return table.text(on: display)
    }

    /// Errors of one width, so that the figures before them line up.
    static func aligned(_ cells: [Cell]) -> [ConsoleTable.Cell] {
        let width = cells.map(\.error.count).max() ?? 0
        return cells.map { cell in
            guard width > 0, cell.isFigure else { return ConsoleTable.Cell(cell.text, short: cell.short) }
            let error = " " + String(repeating: " ", count: width - cell.error.count) + cell.error
            return ConsoleTable.Cell(cell.text + error, short: cell.short + error)
        }
    }
}

extension LoadPointSummary {
    /// Whether its figures have intervals.
    var hasRepeats: Bool { valid.count > 1 }

    /// What two medians may differ by and be taken for one.
    private static let sameShare = 0.01

    /// Whether two figures say the same: then a table has one of them. Also where one is missing.
    func isSame(_ one: LoadFigure, _ other: LoadFigure) -> Bool {
        guard let left = PointFigure(self, one)?.distribution.median,
            let right = PointFigure(self, other)?.distribution.median
        else { return true }
        return abs(left - right) <= Self.sameShare * max(abs(left), abs(right))
    }
}
