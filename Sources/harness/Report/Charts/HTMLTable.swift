/// A table that scrolls inside its own frame where the page is narrower, with its first column in sight.
public struct HTMLTable: Sendable {
    public struct Column: Sendable {
        /// Plain text.
        public var title: String
        /// Left-aligned.
        public var isWords: Bool

        public init(_ title: String, isWords: Bool = false) {
            self.title = title
            self.isWords = isWords
        }
    }

    public var columns: [Column]
    public var rows: [(cells: [String], isWarning: Bool)] = []

    /// More columns than these have a smaller print.
    private static let mostOnPaper = 9

    public init(_ columns: [Column]) { self.columns = columns }

    /// - Parameter cells: HTML.
    public mutating func add(_ cells: [String], isWarning: Bool = false) { rows.append((cells, isWarning)) }

    /// Empty without a row.
    public var html: String {
        guard !rows.isEmpty else { return "" }
        // Numbers are aligned right by the page's style; columns of words are told to it by their place.
        let words = columns.enumerated().dropFirst().filter(\.element.isWords).map { " w\($0.offset + 1)" }.joined()
        var html =
            "<div class=\"scroll\" tabindex=\"0\"><table class=\"t\(columns.count > Self.mostOnPaper ? " many" : "")\(words)\"><thead><tr>"
        html += columns.map { "<th>\(HTMLText.escaped($0.title))</th>" }.joined()
        html += "</tr></thead><tbody>\n"
        for row in rows {
            html += row.isWarning ? "<tr class=\"bad\">" : "<tr>"
            html += row.cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        return html + "</tbody></table></div>\n"
    }
}
