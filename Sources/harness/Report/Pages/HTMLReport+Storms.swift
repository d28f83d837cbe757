import Results

extension HTMLReport {
    /// How long crowds took to come back; empty without storms.
    static func storms(_ context: ReportContext) -> String {
        let groups = StormGroup.all(of: context.results.storms)
        guard !groups.isEmpty else { return "" }
        let columns = StormTable.columns(groups)
        var table = HTMLTable(
            columns.map { .init($0.column.title.capitalizedFirst, isWords: $0.column.alignment == .left) }
        )
        for group in groups {
            table.add(
                columns.map { HTMLText.escaped($0.cell(group)) },
                isWarning: group.sum(\.back) < group.sum(\.lost) || group.sum(\.watchesFired) < group.sum(\.watchesDue)
            )
        }
        return table.html + "<p class=\"note\">\(HTMLText.escaped(StormTable.legend(groups)))</p>\n"
    }
}

extension String {
    fileprivate var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
