import Foundation
import Results
import Testing

@testable import zabbench

@Suite struct ColumnsPageTests {
    /// docs/reference/columns.md is made by `zabbench columns`: a column that is not described cannot be added.
    @Test func thePageInDocsIsTheOneOfThisProgram() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let page = try String(contentsOf: root.appendingPathComponent("docs/reference/columns.md"), encoding: .utf8)
        #expect(page == ColumnsCommand.page.text, "make it again: zabbench columns > docs/reference/columns.md")
    }

    @Test func everyColumnSaysWhatItMeans() {
        let rows = ColumnsCommand.page.text.split(separator: "\n").filter { $0.hasPrefix("| `") }
        #expect(rows.count > 200)
        for row in rows {
            let cells = row.split(separator: "|", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            #expect(cells.count == 7 && !cells[4].isEmpty, "\(row)")
        }
    }
}
