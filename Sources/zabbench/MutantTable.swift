#if PLANTED_BUGS
    import Foundation
    import Simulator
    import Zab

    /// Plants every bug in turn, each in a process of its own since some end in a trap, and tells after how many seeds it
    /// was found, as a table in Markdown.
    struct MutantTable {
        let seeds: ClosedRange<UInt64>
        let scenario: String?

        func run() async throws {
            let output = BufferedOutput()
            output.line("| Planted bug | Found in seed | Scenario | Violation |")
            output.line("|---|---|---|---|")
            var missed = 0
            for bug in PlantedBug.allCases {
                let found = try Self.search(bug, seeds, scenario)
                if let found {
                    let name = Setup.scenario(of: found.seed).name
                    output.line("| \(bug.rawValue) | \(found.seed) | \(scenario ?? name) | \(found.text) |")
                } else {
                    missed += 1
                    output.line("| \(bug.rawValue) | not found in \(seeds.count) | | |")
                }
                output.flush()
            }
            if missed > 0 { throw ExitFailure(missed: missed) }
        }

        private struct ExitFailure: Error, CustomStringConvertible {
            let missed: Int
            var description: String { "\(missed) planted bugs were not found: holes in the simulator" }
        }

        private static func search(
            _ bug: PlantedBug,
            _ seeds: ClosedRange<UInt64>,
            _ scenario: String?
        ) throws -> (seed: UInt64, text: String)? {
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
                    let what = mark.contains("trapped") ? "trap" : String(rest.drop { $0.isNumber }.dropFirst(2))
                    return (seed, what.replacingOccurrences(of: "|", with: "\\|"))
                }
            }
            throw CocoaError(.fileReadUnknown, userInfo: [NSLocalizedDescriptionKey: text])
        }
    }
#endif
