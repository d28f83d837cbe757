import ArgumentParser
import Foundation

/// What `ab` is told when it is to find a commit.
struct BisectOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Finds the commit that made a metric worse, of those after GOOD up to BAD, instead of --a and --b.",
            valueName: "GOOD..BAD"
        )
    )
    var bisect: String?

    @Option(help: ArgumentHelp("With --bisect: ends after so long, builds included.", valueName: "minutes"))
    var budget = 120.0

    @Option(help: "With --bisect: the chance that the commit which is named is the one.")
    var confidence = 0.95

    func validate() throws {
        guard budget > 0, budget.isFinite else { throw ValidationError("--budget \(budget): say minutes, more than 0") }
        guard confidence >= 0.5, confidence < 1 else {
            throw ValidationError("--confidence \(confidence): say a chance from 0.5 to less than 1")
        }
        _ = try ends()
    }

    /// The names of the good and of the bad end; nil where nothing is to be found.
    func ends() throws -> (good: String, bad: String)? {
        guard let bisect else { return nil }
        let parts = bisect.components(separatedBy: "..")
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty && !$0.hasPrefix(".") && !$0.hasPrefix("-") }) else {
            throw ValidationError("--bisect \(bisect): say two commits as GOOD..BAD, v1.2..main for instance")
        }
        return (parts[0], parts[1])
    }
}
