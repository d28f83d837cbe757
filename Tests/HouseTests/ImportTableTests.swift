import Foundation
import Testing

/// The rule of the house: data flows one way, and the core knows neither clock nor socket.
@Suite struct ImportTableTests {
    static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// What each module of the core may import. Everything else is IO, time or chance, and belongs in the shell.
    static let allowed: [(module: String, imports: Set<String>)] = [
        ("Zab", []),
        ("Wire", ["Zab", "CPlatform"]),
        ("Znodes", ["Zab", "Wire", "CPlatform"]),
        ("Replica", ["Zab", "Wire", "Znodes"]),
        ("Storage", ["Log", "Replica", "Wire", "Zab", "Znodes"]),
        ("Log", ["Zab", "Wire", "CPlatform", "Synchronization", "Glibc"]),
        ("Statistics", ["Randomness", "Glibc"]),
    ]

    /// Words that would let a clock, a random source, a task or the order of a hash into the core.
    static let banned = [
        "Date()", " Date(",
        "clock_gettime", "ContinuousClock", "SuspendingClock", ".random(", ".shuffled(", ".randomElement(",
        "SystemRandomNumberGenerator", "async ", "await ", "Task {", "Task.detached", "print(", "Logger(",
    ]

    static func files(in folder: String) throws -> [(name: String, text: String)] {
        let base = root.appendingPathComponent(folder)
        let names = try FileManager.default.subpathsOfDirectory(atPath: base.path).filter { $0.hasSuffix(".swift") }
        return try names.sorted().map {
            ("\(folder)/\($0)", try String(contentsOf: base.appendingPathComponent($0), encoding: .utf8))
        }
    }

    @Test(arguments: allowed)
    func modulesImportOnlyWhatTheTableAllows(module: String, imports: Set<String>) throws {
        let files = try Self.files(in: "Sources/\(module)")
        #expect(!files.isEmpty)
        for file in files {
            for line in file.text.split(separator: "\n") where line.hasPrefix("import ") || line.contains(" import ") {
                let words = line.split(separator: " ")
                guard let index = words.firstIndex(of: "import"), index + 1 < words.count, !line.hasPrefix("//"),
                    !line.trimmingCharacters(in: .whitespaces).hasPrefix("//")
                else { continue }
                #expect(imports.contains(String(words[index + 1])), "\(file.name): \(line)")
            }
        }
    }

    @Test(arguments: ["Zab", "Znodes", "Replica", "Storage"])
    func theCoreHasNoClockNoChanceAndNoTasks(module: String) throws {
        for file in try Self.files(in: "Sources/\(module)") {
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
            for file in try Self.files(in: folder) {
                let lines = file.text.split(separator: "\n", omittingEmptySubsequences: false).count
                #expect(lines <= 601, "\(file.name) has \(lines) lines; at most 600")
            }
        }
    }
}
