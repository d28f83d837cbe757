import Foundation
import Testing

/// The rule of the house: data flows one way, and the core knows neither clock nor socket.
@Suite struct ImportTableTests {
    /// Words that would let a clock, a random source, a task or the order of a hash into the core.
    static let banned = [
        "Date()", " Date(",
        "clock_gettime", "_nanoseconds(", "ContinuousClock", "SuspendingClock", ".random(", ".shuffled(",
        ".randomElement(",
        "SystemRandomNumberGenerator", "async ", "await ", "Task {", "Task.detached", "print(", "Logger(",
    ]

    @Test func everyModuleHasItsRow() {
        let modules = ImportTable.folders.map { String($0.split(separator: "/").last!) }
        #expect(ImportTable.rows.map(\.module).sorted() == modules.sorted())
    }

    /// The table is true both ways: nothing that it does not allow is imported, and nothing stands there for nothing.
    @Test(arguments: ImportTable.rows.map(\.module)) func modulesImportWhatTheTableSays(module: String) throws {
        let row = try #require(ImportTable.rows.first { $0.module == module })
        let imports = try ImportTable.imports(of: ImportTable.folder(of: module)).map {
            $0.hasPrefix("NIO") ? "NIO" : $0
        }
        #expect(
            Set(imports) == row.imports,
            "\(Set(imports).sorted()) in the sources, \(row.imports.sorted()) in the table"
        )
    }

    @Test(arguments: ["Zab", "Znodes", "Replica", "Host"])
    func theCoreHasNoClockNoChanceAndNoTasks(module: String) throws {
        for file in try ImportTable.files(in: ImportTable.folder(of: module)) {
            for (number, line) in file.text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
                let code = line.trimmingCharacters(in: .whitespaces)
                guard !code.hasPrefix("//") else { continue }
                for word in Self.banned {
                    #expect(!code.contains(word), "\(file.name):\(number + 1): \(word)")
                }
            }
        }
    }

    @Test func filesStayReadable() throws {
        for folder in ["Sources", "Tests"] {
            for file in try ImportTable.files(in: folder) {
                let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(lines <= 601, "\(file.name) has \(lines) lines; at most 600")
            }
        }
    }
}
