import Foundation
import Testing

/// Package.swift says what is imported: nothing that a module gets by way of another, and nothing that it does without.
@Suite struct PackageTests {
    struct Target: CustomTestStringConvertible {
        let name: String
        let folder: String
        let dependencies: Set<String>
        var testDescription: String { name }
    }

    /// What comes with the toolchain and needs no declaration.
    static let system: Set = ["Dispatch", "Foundation", "FoundationEssentials", "Glibc", "Synchronization", "Testing"]

    /// Of the tests that start zabbench's own program, which has to be built for that.
    static let program = "zabbench"

    /// What the tests share, which nothing else may know.
    static let support = "TestSupport"

    static let targets: [Target] = {
        let package =
            (try? String(contentsOf: ImportTable.root.appending(path: "Package.swift"), encoding: .utf8)) ?? ""
        let kinds = /\.(target|executableTarget|testTarget)\(/
        return package.matches(of: kinds).map { match in
            let body = call(package[match.range.upperBound...])
            let name = body.firstMatch(of: /name: "(\w+)"/).map { String($0.1) } ?? ""
            let list = body.firstMatch(of: /dependencies: \[([^\]]*)\]/).map { String($0.1) } ?? ""
            let declared = list.replacing(/package: "[^"]*"/, with: "").matches(of: /"(\w+)"/).map { String($0.1) }
            let isOfTests = match.1 == "testTarget" || name == Self.support
            let folder = isOfTests ? "Tests/\(name)" : ImportTable.folder(of: name)
            return Target(name: name, folder: folder, dependencies: Set(declared))
        }
    }()

    /// What stands before the parenthesis that closes the one before `text`.
    private static func call(_ text: Substring) -> Substring {
        var depth = 1
        for index in text.indices {
            if text[index] == "(" { depth += 1 }
            if text[index] == ")" { depth -= 1 }
            if depth == 0 { return text[..<index] }
        }
        return text
    }

    @Test func everyFolderIsATarget() throws {
        let tests = try FileManager.default.contentsOfDirectory(atPath: ImportTable.root.appending(path: "Tests").path)
        // What several targets' tests read is in a folder without sources.
        let withSources = try tests.filter { name in
            let folder = ImportTable.root.appending(path: "Tests/\(name)")
            return try FileManager.default.subpathsOfDirectory(atPath: folder.path).contains { $0.hasSuffix(".swift") }
        }
        let folders = Set(ImportTable.folders + withSources.map { "Tests/\($0)" })
        let system = Set(["CJemalloc", "CZlib"].map { ImportTable.folder(of: $0) })
        #expect(Set(Self.targets.map(\.folder)) == folders.subtracting(system))
    }

    @Test func onlyTestsKnowWhatTheyShare() {
        let others = Self.targets.filter { !$0.folder.hasPrefix("Tests/") && $0.dependencies.contains(Self.support) }
        #expect(others.isEmpty, "\(others.map(\.name))")
    }

    @Test(arguments: targets) func dependenciesAreImports(_ target: Target) throws {
        let imports = try ImportTable.imports(of: target.folder).subtracting(Self.system)
        let missing = imports.subtracting(target.dependencies)
        #expect(missing.isEmpty, "\(target.name) imports \(missing.sorted()), and Package.swift does not say so")
        let mayBeIdle: Set = target.folder.hasPrefix("Tests") ? [Self.program] : []
        let idle = target.dependencies.subtracting(imports).subtracting(mayBeIdle)
        #expect(idle.isEmpty, "\(target.name) depends on \(idle.sorted()) in Package.swift, and imports none of it")
    }
}
