#if PLANTED_BUGS
    import Bench
    import Foundation
    import Simulator
    import Synchronization
    import Zab

    /// Plants every bug in turn, each in a process of its own since some end in a trap, and tells after how many seeds it
    /// was found, as a table in Markdown.
    struct MutantTable {
        let seeds: ClosedRange<UInt64>
        let scenario: String?

        func run() throws {
            let bugs = PlantedBug.allCases
            let results = Mutex<[Int: Result<Find?, any Error>]>([:])
            DispatchQueue.concurrentPerform(iterations: bugs.count) { index in
                let result = Result { try Self.search(bugs[index], seeds, scenario) }
                results.withLock { $0[index] = result }
                FileHandle.standardError.write(Data("\(bugs[index].rawValue): \(Self.words(result))\n".utf8))
            }
            let output = BufferedOutput()
            output.line("| Planted bug | Found in seed | Scenario | Violation |")
            output.line("|---|---|---|---|")
            var missed = 0
            for (index, bug) in bugs.enumerated() {
                if let find = try results.withLock({ $0[index]! }).get() {
                    let name = scenario ?? Setup.scenario(of: find.seed).name
                    output.line("| \(bug.rawValue) | \(find.seed) | \(name) | \(find.text) |")
                } else {
                    missed += 1
                    output.line("| \(bug.rawValue) | not found in \(seeds.count) | | |")
                }
            }
            try output.finish()
            if missed > 0 { throw ExitFailure(missed: missed) }
        }

        private struct Find {
            var seed: UInt64
            var text: String
        }

        private static func words(_ result: Result<Find?, any Error>) -> String {
            switch result {
            case .success(let find): find.map { "seed \($0.seed)" } ?? "not found"
            case .failure(let error): "\(error)"
            }
        }

        private struct ExitFailure: Error, CustomStringConvertible {
            let missed: Int
            var description: String { "\(missed) planted bugs were not found: holes in the simulator" }
        }

        private static func search(
            _ bug: PlantedBug,
            _ seeds: ClosedRange<UInt64>,
            _ scenario: String?
        ) throws -> Find? {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            process.arguments = [
                "simulate", "--plant", bug.rawValue, "--seeds", "\(seeds.lowerBound)..\(seeds.upperBound)",
                "--recheck-every", "0", "--threads", "1",
            ]
            if let scenario { process.arguments! += ["--scenario", scenario] }
            let output = Pipe()
            process.standardError = output
            process.standardOutput = FileHandle.nullDevice
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            guard process.terminationStatus != 0 else { return nil }
            for line in text.split(separator: "\n") {
                let marks = ["zabbench simulate: seed ", "zabbench simulate: the engine trapped in seed "]
                for mark in marks where line.hasPrefix(mark) {
                    let rest = line.dropFirst(mark.count)
                    guard let seed = UInt64(rest.prefix { $0.isNumber }) else { continue }
                    let what = mark.contains("trapped") ? trap(text) : String(rest.drop { $0.isNumber }.dropFirst(2))
                    return Find(seed: seed, text: what.replacingOccurrences(of: "|", with: "\\|"))
                }
            }
            throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: text])
        }

        /// What a process that trapped has said: why, if the build says so, else what came last.
        private static func trap(_ text: String) -> String {
            let lines = text.split(separator: "\n")
            if let fatal = lines.last(where: { $0.contains("Fatal error: ") }) {
                return "trap: \(fatal[fatal.range(of: "Fatal error: ")!.upperBound...])"
            }
            guard let last = lines.last(where: { $0.hasPrefix("  ") }) else { return "trap" }
            return "trap: after \(last.drop { $0 == " " })"
        }
    }
#endif
