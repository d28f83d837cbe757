import Foundation

/// Who imports whom: as ARCHITECTURE.md has it, and as the sources do.
enum ImportTable {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// The rows of ARCHITECTURE.md's table, by module. *NIO* there stands for the modules of swift-nio.
    static let rows: [(module: String, imports: Set<String>)] = {
        let text = (try? String(contentsOf: root.appending(path: "ARCHITECTURE.md"), encoding: .utf8)) ?? ""
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            .drop { $0 != "| Module | What it is | May import |" }
            .dropFirst(2)
            .prefix { $0.hasPrefix("|") }
        return lines.map { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            let names = cells[2] == "nothing" ? [] : cells[2].split(separator: ", ").map(String.init)
            return (cells[0], Set(names))
        }
    }()

    /// The floors of the house, each with its rooms.
    static let floors = ["engine", "proof", "harness", "shims"]

    /// The folders of all modules. Sources stands for the floors while there are none.
    static let folders: [String] = {
        func names(in folder: String) -> [String] {
            (try? FileManager.default.contentsOfDirectory(atPath: root.appending(path: folder).path).sorted()) ?? []
        }
        let rooms = floors.flatMap { floor in names(in: "Sources/\(floor)").map { "Sources/\(floor)/\($0)" } }
        return rooms + names(in: "Sources").filter { !floors.contains($0) }.map { "Sources/\($0)" }
    }()

    static func folder(of module: String) -> String {
        folders.first { $0.hasSuffix("/\(module)") } ?? "Sources/\(module)"
    }

    static func files(in folder: String) throws -> [(name: String, text: String)] {
        let base = root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
        return try names.sorted().map {
            ("\(folder)/\($0)", try String(contentsOf: base.appending(path: $0), encoding: .utf8))
        }
    }

    /// The modules that the sources in a folder import.
    static func imports(of folder: String) throws -> Set<String> {
        var modules: Set<String> = []
        for file in try files(in: folder) {
            // What stands in a trait's block is indented, and imported with the trait.
            var isOfTrait = false
            for line in file.text.split(separator: "\n") where !line.hasPrefix("/") {
                if line == "#if Etcd" { isOfTrait = true }
                if line == "#endif" { isOfTrait = false }
                guard !line.hasPrefix(" ") || isOfTrait && line.contains(/^ {4}(@testable )?import\b/) else { continue }
                let words = line.split(separator: " ", maxSplits: 4)
                // Before it stand attributes or an access level; after it, perhaps, the kind of the one thing imported.
                guard let index = words.firstIndex(of: "import"), index < words.count - 1 else { continue }
                let isPart = ["struct", "class", "enum", "func"].contains(words[index + 1])
                modules.insert(String(words[index + (isPart ? 2 : 1)].prefix { $0 != "." }))
            }
        }
        return try modules.union(includes(of: folder))
    }

    /// The modules whose headers the C sources in a folder include, `#include <CPlatform.h>`.
    private static func includes(of folder: String) throws -> Set<String> {
        let base = root.appending(path: folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path)
        let modules = Set(folders.compactMap { $0.split(separator: "/").last.map(String.init) })
        let texts = try names.filter { $0.hasSuffix(".c") }
            .map { try String(contentsOf: base.appending(path: $0), encoding: .utf8) }
        let included = texts.flatMap { $0.matches(of: /#include <(\w+)\.h>/).map { String($0.1) } }
        return modules.intersection(included).subtracting([folder.split(separator: "/").last.map(String.init) ?? ""])
    }
}
