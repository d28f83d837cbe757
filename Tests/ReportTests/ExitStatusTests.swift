import Foundation
import Report
import Testing

/// The one table of exit codes.
@Suite struct ExitStatusTests {
    @Test func theDocumentedTableIsTheEnumeration() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "docs/reference/exit-codes.md"), encoding: .utf8)
        let lines = text.split(separator: "\n").drop { !$0.hasPrefix("|") }
        let rows = lines.prefix { $0.hasPrefix("|") }.dropFirst(2).map { line in
            line.split(separator: "|").prefix(2).map { $0.trimmingCharacters(in: .whitespaces) }
        }
        #expect(rows == Report.ExitStatus.allCases.map { ["\($0.rawValue)", $0.meaning] })
    }

    @Test func helpNamesWhatACommandCanEndWith() {
        let text = Report.ExitStatus.help([.pass, .failed, .usage], [.failed: "the machine refuses"])
        #expect(text == "Exit codes: 0 pass, 1 the machine refuses, 64 wrong usage.")
    }
}
