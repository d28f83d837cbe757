import ArgumentParser
import Foundation

/// What `ab` is told when it is to find a commit.
struct BisectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Find the commit after GOOD, up to BAD, that made a metric worse; replaces --a and --b.",
            valueName: "GOOD..BAD"
        )
    )
    var bisect: String?

    @Option(help: ArgumentHelp("With --bisect: stop after this long, builds included.", valueName: "minutes"))
    var budget = 120.0

    @Option(help: "With --bisect: how sure to be before a commit is named.")
    var confidence = 0.95

    func validate() throws {
        guard budget > 0, budget.isFinite else {
            throw ValidationError("--budget \(budget): give minutes, more than 0")
        }
        guard confidence >= 0.5, confidence < 1 else {
            throw ValidationError("--confidence \(confidence): give a chance from 0.5 to less than 1")
        }
        _ = try ends()
    }

    /// The names of the good and of the bad end; nil where nothing is to be found.
    func ends() throws -> (good: String, bad: String)? {
        guard let bisect else { return nil }
        let parts = bisect.components(separatedBy: "..")
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-") }) else {
            throw ValidationError("--bisect \(bisect): give two commits as GOOD..BAD, v1.2..main for instance")
        }
        return (parts[0], parts[1])
    }
}
