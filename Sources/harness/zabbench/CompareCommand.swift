import ArgumentParser
import Bench
import Comparisons
import Glibc
import Report

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Says of each metric whether the candidate's stored runs are worse than the baseline's, or cannot tell.",
        discussion: """
            zabbench compare results/reference/quick results/latest
            zabbench compare old new --metrics cpu_us_per_write,syncs_per_write --format markdown

            zabbench compare base/ candidate/ --pairs    two folders of results folders, whose runs were made in turns

            A run is a sample, so both folders need several runs of each load (repeats in the workload file). Runs stored at \
            different times hold the machine's drift between them too; zabbench refuses unlike machines, builds and \
            workloads, and cannot see the rest.

            Metrics: \(ComparedMetric.all.map(\.name).joined(separator: ", "))

            Each load is judged by itself and, of several loads, all of them together. The smallest p that so many runs can \
            give is said first: where it is above the level, nobody can tell whether something regressed.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .inconclusive, .lostWrite, .notComparable, .usage],
                [
                    .failed: "a load that the baseline has results for has none in the candidate",
                    .inconclusive: "so few runs could not have proved a regression (--lenient: 0), or with --strict: noise "
                        + "leaves something inconclusive",
                ]
            ))
            """
    )

    @Argument(help: "A results folder, or a summary.csv in one.", completion: .directory)
    var baseline: String

    @Argument(help: "Another, results/latest for instance.", completion: .directory)
    var candidate: String

    @Flag(help: "Takes the n-th runs of a load on both sides as a pair: only for runs that were made in turns.")
    var pairs = false

    @Flag(
        help:
            "Compares unlike machines, builds or workloads, and runs that others disturbed, and says so in every output."
    )
    var force = false

    @OptionGroup var comparing: ComparisonOptions

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try comparing.output.check()
        var options = try comparing.judging()
        options.force = force
        options.design = pairs ? .pairs : .stored
        let comparison: Comparison
        do {
            comparison = try StoredComparison.run(baseline: baseline, candidate: candidate, options: options)
        } catch {
            throw CommandEnd.refuse(error)
        }
        let code = try comparing.publish(comparison)
        if code != .pass { throw ExitCode(code) }
    }
}
