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
            let results = Mutex<[Int: Result<PlantedBugSearch.Find?, any Error>]>([:])
            DispatchQueue.concurrentPerform(iterations: bugs.count) { index in
                let result = Result { try PlantedBugSearch.search(bugs[index], seeds, scenario) }
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

        private static func words(_ result: Result<PlantedBugSearch.Find?, any Error>) -> String {
            switch result {
            case .success(let find): find.map { "seed \($0.seed)" } ?? "not found"
            case .failure(let error): "\(error)"
            }
        }

        private struct ExitFailure: Error, CustomStringConvertible {
            let missed: Int
            var description: String { "\(missed) planted bugs were not found: holes in the simulator" }
        }
    }
#endif
