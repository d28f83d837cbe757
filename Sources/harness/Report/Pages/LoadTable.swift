import Results

/// A table with a row for each load point. A column is either words or a figure, and a figure's cell is made in one place,
/// with its error.
struct LoadTable {
    enum Column {
        case words(String, ConsoleTable.Alignment, (LoadPointSummary) -> String)
        case figure(String, LoadFigure)

        var title: String {
            switch self {
            case .words(let title, _, _), .figure(let title, _): title
            }
        }

        /// Nil for words.
        var figure: LoadFigure? {
            switch self {
            case .words: nil
            case .figure(_, let figure): figure
            }
        }
    }

    /// What stands in a figure's cell; the error is empty where there is no figure, and where one sentence says for the
    /// whole table that nothing has repeats.
    struct Cell: Equatable {
        var text: String
        var error = ""
        /// Words in place of a figure.
        var isFigure = true

        /// - Parameters:
        ///   - hasRepeats: whether any figure of the table has an interval: then those without say so.
        ///   - hasMarks: whether any row of the table is disturbed.
        init(_ point: LoadPointSummary, _ figure: LoadFigure, hasRepeats: Bool, hasMarks: Bool) {
            let isAchieved = figure.name == LoadFigure.achieved.name
            if isAchieved, point.isOverloaded {
                // A rate that was too high for the servers has no figures, and that is a finding.
                self.init(text: "overloaded", isFigure: false)
            } else if figure.isRatio, point.isCalibrationRefused {
                self.init(text: SummaryRow.Limits.notValid, isFigure: false)
            } else if let found = PointFigure(point, figure) {
                let error = hasRepeats ? found.errorText : ""
                self.init(text: found.text, error: error)
            } else {
                self.init(text: "-")
            }
            if isAchieved { text = ForeignMark.cell(text, isMarked: !point.disturbed.isEmpty, isWanted: hasMarks) }
        }

        init(text: String, error: String = "", isFigure: Bool = true) {
            self.text = text
            self.error = error
            self.isFigure = isFigure
        }
    }

    var columns: [Column]

    /// - Parameters:
    ///   - all: the points of all tables that are read together, for marks that mean the same in each.
    ///   - red: of a point, the columns that a terminal shows in red.
    func text(
        _ points: [LoadPointSummary],
        of all: [LoadPointSummary],
        red: (LoadPointSummary) -> Set<Int>,
        isColoured: Bool
    ) -> String {
        let hasRepeats = all.contains(where: \.hasRepeats)
        let hasMarks = all.contains { !$0.disturbed.isEmpty }
        var table = ConsoleTable(
            columns: columns.map { column in
                switch column {
                case .words(let title, let alignment, _): (title, alignment)
                case .figure(let title, _): (title, .right)
                }
            }
        )
        let cells = columns.map { column in
            switch column {
            case .words(_, _, let words): points.map(words)
            case .figure(_, let figure):
                Self.aligned(points.map { Cell($0, figure, hasRepeats: hasRepeats, hasMarks: hasMarks) })
            }
        }
        table.rows = points.indices.map { row in cells.map { $0[row] } }
        for (row, point) in points.enumerated() { table.red[row] = red(point) }
        return table.text(isColoured: isColoured)
    }

    /// Errors of one width, so that the figures before them line up.
    static func aligned(_ cells: [Cell]) -> [String] {
        let width = cells.map(\.error.count).max() ?? 0
        return cells.map { cell in
            guard width > 0, cell.isFigure else { return cell.text }
            return cell.text + " " + String(repeating: " ", count: width - cell.error.count) + cell.error
        }
    }
}

extension LoadPointSummary {
    /// Whether its figures have intervals.
    var hasRepeats: Bool { valid.count > 1 }
}
