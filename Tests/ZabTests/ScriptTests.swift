import Foundation
import Testing

/// Runs `scripts/*.txt`. `ZAB_REWRITE_SCRIPTS=1 swift test --filter ScriptTests` writes what happens into the files
/// instead of comparing; read the difference before you commit it.
@Suite struct ScriptTests {
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("scripts")

    static let names: [String] = {
        let all = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        return all.filter { $0.hasSuffix(".txt") }.sorted()
    }()

    @Test(arguments: names) func script(_ name: String) throws {
        let file = Self.folder.appendingPathComponent(name)
        let expected = try String(contentsOf: file, encoding: .utf8)
        var script = Script()
        let actual = try script.run(expected)
        #expect(!actual.contains("\n!!"), "\(name): a promise was broken")
        if ProcessInfo.processInfo.environment["ZAB_REWRITE_SCRIPTS"] != nil {
            try actual.write(to: file, atomically: true, encoding: .utf8)
            return
        }
        guard actual != expected else { return }
        let left = expected.split(separator: "\n", omittingEmptySubsequences: false)
        let right = actual.split(separator: "\n", omittingEmptySubsequences: false)
        let line = zip(left, right).enumerated().first { $1.0 != $1.1 }?.offset ?? min(left.count, right.count)
        Issue.record(
            """
            \(name):\(line + 1): expected: \(line < left.count ? left[line] : "the end")
            but it is: \(line < right.count ? right[line] : "the end")
            """
        )
    }

    @Test func thereAreScripts() {
        #expect(Self.names.count >= 20)
    }
}
