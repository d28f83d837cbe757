import ArgumentParser
import Bench
import Comparisons
import Foundation
import Glibc
import Report
import Results
import Targets

struct PairedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab",
        abstract: "Runs two builds in turns on this machine, and says of each metric whether B is worse than A.",
        discussion: """
            zabbench ab --a main --b HEAD workloads/ab.yaml
            zabbench ab --a ./old/zabbench --b .build/release/zabbench workloads/ab.yaml --pairs 12,24,48
            zabbench ab --a HEAD --b . workloads/ab.yaml           what is not committed yet
            zabbench ab --a HEAD --b HEAD workloads/ab.yaml        A/A: what is found is a false alarm
            zabbench ab --bisect v1.2..main workloads/ab.yaml      which commit made it slower

            Each pair is the whole workload once with A's servers and once with B's; the load generator is this program in \
            both. Closed loops take turns within a pair: both ensembles run, and the load goes to A for 50 ms, then to B, \
            and so on (--turns), so that both meet the same neighbours. Other loads make whole runs, one after \
            the other. Who begins is random. A pair is one sample, however many turns it has.

            The number of pairs is fixed before: going on until something is significant would find something sooner or \
            later. With several numbers (--pairs 12,24,48) there is a look at each, with a part of --level of its own (Lan \
            and DeMets), and no more pairs are made once a metric regressed or all are decided.

            pairs.csv notes what others had of the processors while each side was measured; where the sides differ in \
            that, or it was much, a warning says so. --wait-quiet waits before each pair.

            References of git are built once, in ~/.cache/zabbench/builds. A reference leaves out what is not \
            committed; . builds the working tree as it is.

            After a regression it says where the time went: by thread, by stage and, with perf, by function, from a \
            few more pairs that are watched. --bisect finds the commit among those from GOOD to BAD along first \
            parents, as sure as --confidence says, or within --budget those that are left.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .inconclusive, .lostWrite, .notComparable, .usage, .interrupted],
                [
                    .failed: "a run or a build failed", .notComparable: "not comparable: no run of A is valid",
                    .inconclusive: "so few pairs could not have proved a regression (--lenient: 0), with --strict: noise "
                        + "leaves something inconclusive, with --bisect: several commits are left",
                ]
            ))
            """
    )

    @Option(help: "The baseline: a zabbench program, a git reference, or . for the working tree.")
    var a: String?

    @Option(help: "The candidate: a zabbench program, a git reference, or . for the working tree.")
    var b: String?

    @Argument(help: "The workload, a YAML file such as workloads/ab.yaml.", completion: .file(extensions: ["yaml"]))
    var workload: String

    @Option(help: "How many pairs are run; several numbers, with commas between, to look in between and end early.")
    var pairs = "12"

    @Option(help: ArgumentHelp("How long a turn is; 0 for whole runs. 50 for closed loops.", valueName: "ms"))
    var turns: Int?

    @Flag(help: "With each pair another one of A against itself, to see what this machine makes of no difference.")
    var control = false

    @Option(help: "Of the order within the pairs; another one each time if it is not given.")
    var seed: UInt64?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Overrides a value of the workload, load.clients=8 for instance.", valueName: "key=value")
    )
    var set: [String] = []

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Makes only the runs of a load, a strategy or a batching; may be repeated, with commas between.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Flag(help: "Builds, makes and starts nothing: says what would be run, how long it takes and what room it needs.")
    var dryRun = false

    @Option(help: "The folder that the runs' results go to, in a new folder of it.")
    var results = "results"

    @Option(help: "Where the servers' data lie while they run: a folder on the disk to be measured.")
    var data = DataFolder.defaultRoot

    @Option(help: "A shell command that builds a checkout into its .build/release/zabbench, in place of swift build.")
    var build: String?

    @Flag(name: .customLong("where"), help: "Says where the time went if nothing regressed, too.")
    var showsWhere = false

    @OptionGroup var searching: BisectOptions

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var comparing: ComparisonOptions

    func validate() throws {
        if searching.bisect == nil {
            guard a != nil, b != nil else {
                throw ValidationError(
                    "name both builds with --a and --b, or a range of commits with --bisect GOOD..BAD"
                )
            }
        } else if a != nil || b != nil {
            throw ValidationError("--bisect GOOD..BAD names both builds: leave out --a and --b")
        }
        for (name, path) in [("--results", results), ("--data", data)] where path.isEmpty {
            throw ValidationError("\(name) is empty; name a place")
        }
        do { _ = try PairLooks(pairs).plan(tests: 1, level: comparing.level) } catch {
            throw ValidationError("\(error)")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try comparing.output.check()
        do {
            try quiet.check()
            if dryRun { return try sayPlan() }
            let study = try PairedStudy(request())
            let comparison = try await study.run()
            var code = try comparing.publish(comparison)
            do { try write(comparison, into: study.root) } catch { code = code == .pass ? .failed : code }
            var text = ""
            let leavesSeveral = try await study.goOn(after: comparison) { more in
                text += (text.isEmpty ? "" : "\n") + more
                // Other formats are for programs, and whole as they are.
                if comparing.output.chosen == .table {
                    try Output.write("\n" + more)
                } else {
                    Diagnostics.line(more)
                }
                try Diagnostics.writeFile(text, to: study.root.url.appendingPathComponent("where.txt").path)
            }
            if code == .regression, leavesSeveral { code = .inconclusive }
            Diagnostics.line("Results: \(results)/\(study.root.name)")
            if code != .pass { throw ExitCode(code) }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func sayPlan() throws {
        guard searching.bisect == nil else {
            throw UsageError(
                "--dry-run: how many commits a bisection looks at, and how often, depends on what it finds"
            )
        }
        let format = comparing.output.chosen
        guard format == .table || format == .json else {
            throw UsageError("--format \(format.rawValue): --dry-run prints a table or --json")
        }
        try PlanOutput.publish(try PairedStudy.plan(request())) { plan, code in
            try comparing.output.publish(exitCode: code) { form, _ in try form == .json ? plan.json() : plan.table() }
        }
    }

    private func request() throws -> PairedStudy.Request {
        let ends = try searching.ends()
        var request = PairedStudy.Request(
            a: ends?.good ?? a ?? "",
            b: ends?.bad ?? b ?? "",
            workload: workload,
            looks: try PairLooks(pairs),
            judging: try comparing.judging()
        )
        request.isBisection = ends != nil
        request.budgetMinutes = searching.budget
        request.confidence = searching.confidence
        request.build = build
        request.showsWhere = showsWhere
        // A bare `set` here would be an accessor.
        request.overrides = self.set
        request.only = only
        request.turnMilliseconds = turns
        request.hasControl = control
        request.seed = seed
        request.results = results
        request.data = data
        request.quiet = quiet.wait
        return request
    }

    /// Every output of the result beside its runs, for whoever wants more than one of them: looks and their levels are
    /// known here alone.
    private func write(_ comparison: Comparison, into root: ResultsFolder) throws {
        let code = comparison.exitCode(strict: comparing.strict, lenient: comparing.lenient)
        for format in VerdictFormat.allCases {
            let name =
                switch format {
                case .table: "comparison.txt"
                case .markdown: "comparison.md"
                case .junit: "comparison.xml"
                case .github: "annotations.txt"
                case .json: "comparison.json"
                }
            let text = try ComparisonOptions.text(comparison, as: format, exitCode: code)
            try Diagnostics.writeFile(text, to: root.url.appendingPathComponent(name).path)
        }
    }
}
