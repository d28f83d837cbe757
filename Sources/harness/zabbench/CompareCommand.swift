import ArgumentParser
import Bench
import Comparisons
import Glibc
import Report

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Compare stored runs of two builds: which metrics got worse?",
        discussion: """
            zabbench compare results/reference/quick results/latest
            zabbench compare old new --metrics cpu_us_per_write --format markdown
            zabbench compare base/ candidate/ --pairs    folders of results folders

            A run is one sample, so both folders need several runs of each load (--repeats). \
            Runs made at different times also differ by whatever else changed on the machine. \
            zabbench refuses to compare different machines, builds or workloads, but cannot \
            see the rest; 'zabbench ab' avoids that by running both builds in turns.

            Metrics: \(ComparedMetric.all.map(\.name).joined(separator: ", "))

            Each load is judged alone, and several loads also together. The smallest p-value \
            that so many runs can give is printed first: if it is above the level, no \
            regression could be proved.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .inconclusive, .lostWrite, .notComparable, .usage],
                [
                    .failed: "a load of the baseline has no results in the candidate",
                    .inconclusive: "too few runs to prove a regression (--lenient: 0); with --strict also: too much noise to "
                        + "tell",
                ]
            ))
            """
    )

    @Argument(help: "The baseline: a results folder, or its summary.csv.", completion: .directory)
    var baseline: String

    @Argument(help: "The candidate: another one, results/latest for instance.", completion: .directory)
    var candidate: String

    @Flag(help: "Pair the n-th runs of each load; only for runs that were made in turns.")
    var pairs = false

    @Flag(
        help:
            "Compare even unlike machines, builds or workloads, and disturbed runs; every output says so."
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
