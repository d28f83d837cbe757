import Foundation
import Testing

/// What there was too much of, and may only become less: whoever takes something away lowers the number here.
@Suite struct RatchetTests {
    /// What fits on a screen. No function is longer.
    static let functionLinesMax = 70
    /// Types of whose threads the compiler is told instead of knowing.
    static let uncheckedSendables = 40

    private static let sources = (try? ["Sources", "Tests"].flatMap { try ImportTable.files(in: $0) }) ?? []

    @Test func functionsFitOnAScreen() {
        let long = Self.sources.flatMap { file in
            Self.functions(in: file.text).filter { $0.lines > Self.functionLinesMax }
                .map { "\(file.name) \($0.name): \($0.lines)" }
        }
        #expect(long == [])
    }

    @Test func noMoreIsUnchecked() {
        // Not this line.
        let word = "@unchecked" + " Sendable"
        let count = Self.sources.reduce(0) { $0 + $1.text.components(separatedBy: word).count - 1 }
        #expect(count == Self.uncheckedSendables)
    }

    /// Exit codes have names, in the one table of `ExitStatus`.
    @Test func noExitCodeIsABareNumber() {
        let bare = /ExitCode\([^)]*\b[0-9]/
        #expect("ExitCode(isUsage ? 64 : 1)".contains(bare) && !"ExitCode(.failed)".contains(bare))
        let found = Self.sources.filter { $0.name.hasPrefix("Sources/") && $0.text.contains(bare) }
        #expect(found.map(\.name) == [])
    }

    /// Functions and initializers: from their first line to the brace that stands under it, as the formatter puts it.
    static func functions(in text: String) -> [(name: String, lines: Int)] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        var found: [(String, Int)] = []
        for (start, line) in lines.enumerated() {
            guard let name = name(in: line) else { continue }
            let indentation = line.prefix { $0 == " " }
            let end = lines[(start + 1)...].firstIndex { $0.hasPrefix("\(indentation)}") || isOutside($0, indentation) }
            if let end, lines[end].hasPrefix("\(indentation)}") { found.append((name, end - start + 1)) }
        }
        return found
    }

    private static func isOutside(_ line: Substring, _ indentation: Substring) -> Bool {
        !line.isEmpty && line.prefix { $0 == " " }.count < indentation.count
    }

    private static func name(in line: Substring) -> String? {
        guard !line.hasSuffix("}"), !line.contains("//") else { return nil }
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(where: { $0 == "func" || $0.hasPrefix("init(") || $0.hasPrefix("init?(") })
        else { return nil }
        let word = words[place] == "func" && place + 1 < words.count ? words[place + 1] : "init"
        return String(word.prefix { $0.isLetter || $0.isNumber || $0 == "_" })
    }

    @Test func aFunctionIsCountedFromItsFirstLineToItsBrace() {
        let text = "struct A {\n    init(\n        a: Int\n    ) {\n        b()\n\n    }\n    func c() { d() }\n}\n"
        let found = Self.functions(in: text)
        #expect(found.map(\.name) == ["init"] && found.map(\.lines) == [6])
    }
}
