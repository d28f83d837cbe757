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
        abstract: "Run two builds in turns on this machine: did B get slower than A?",
        discussion: """
            zabbench ab --a main --b HEAD workloads/ab.yaml
            zabbench ab --a HEAD --b . workloads/ab.yaml       what is not committed yet
            zabbench ab --a HEAD --b HEAD workloads/ab.yaml    A/A: any finding is false
            zabbench ab --a ./old/zabbench --b ./new/zabbench workloads/ab.yaml
            zabbench ab --a zookeeper --b zookeeper:/opt/zk-3.9 workloads/ab.yaml
            zabbench ab --bisect v1.2..main workloads/ab.yaml  which commit did it?

            Each pair runs the whole workload once with A's servers and once with B's; the \
            load generator is always this program. Closed loops take turns within a pair: both \
            ensembles run, and the load switches between them every 50 ms (--turns), so that \
            both meet the same neighbours. Other loads make whole runs, one after the other. \
            Which build goes first is random. A pair is one sample, however many turns it has.

            The number of pairs is fixed in advance, because going on until something is \
            significant would always find something. With --pairs 12,24,48 there is a look \
            after each number, each with its part of --level (Lan and DeMets), and no more \
            pairs are made once a metric has regressed or all are decided.

            pairs.csv records the share of the processors that other processes had during each \
            side; a warning appears if it was large, or differed between the sides. \
            --wait-quiet waits before each pair.

            Git references are built once, in ~/.cache/zabbench/builds, without uncommitted \
            changes; . builds the working tree as it is.

            zookeeper:FOLDER is an Apache release, zookeeper alone Debian's package, and so are \
            etcd:FOLDER and etcd: ab compares two versions of either as it does two builds. Flags \
            for one ZooKeeper alone stand in its conf/java.env.

            After a regression ab shows where the time went: by thread, by stage and, with \
            perf, by function, from a few more pairs. --bisect searches the commits from GOOD \
            to BAD along first parents, until it is as sure as --confidence, or --budget is \
            used up.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .inconclusive, .lostWrite, .notComparable, .usage, .interrupted],
                [
                    .failed: "a run or a build failed", .notComparable: "not comparable: no run of A is valid",
                    .inconclusive: "too few pairs to prove a regression (--lenient: 0); with --strict also: too much noise "
                        + "to tell; with --bisect: several commits are left",
                ]
            ))
            """
    )

    @Option(help: "The baseline: a program, a git reference, . for this tree, zookeeper[:FOLDER] or etcd[:FOLDER].")
    var a: String?

    @Option(help: "The candidate: a program, a git reference, . for this tree, zookeeper[:FOLDER] or etcd[:FOLDER].")
    var b: String?

    @Argument(help: "The workload, a YAML file such as workloads/ab.yaml.", completion: .file(extensions: ["yaml"]))
    var workload: String

    @Option(help: "How many pairs to run; 12,24,48 looks after each number and may stop early.")
    var pairs = "12"

    @Option(help: ArgumentHelp("Length of a turn, 0 for whole runs; 50 by default for closed loops.", valueName: "ms"))
    var turns: Int?

    @Flag(help: "Also pair A with itself each time, to see how much this machine varies by itself.")
    var control = false

    @Option(help: "Seed of the order within pairs; a new one each time by default.")
    var seed: UInt64?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Change a setting of the workload, load.clients=8 for instance; repeatable.",
            valueName: "key=value"
        )
    )
    var set: [String] = []

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Make only runs of these loads, strategies or batchings; repeatable.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Flag(help: "Start nothing; print the runs, how long they would take, and the space they need.")
    var dryRun = false

    @Option(help: "Where to create the folder with the results.", completion: .directory)
    var results = "results"

    @Option(help: "Where the servers keep their data: a folder on the disk to measure.", completion: .directory)
    var data = DataFolder.defaultRoot

    @Option(help: "A shell command that builds .build/release/zabbench in a checkout, instead of swift build.")
    var build: String?

    @Flag(name: .customLong("where"), help: "Show where the time went even if nothing regressed.")
    var showsWhere = false

    @OptionGroup var searching: BisectOptions

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var silence: SilenceOption
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
        silence.apply()
        try comparing.output.check()
        do {
            try quiet.check()
            if dryRun { return try sayPlan() }
            let study = try PairedStudy(request())
            let comparison = try await study.run()
            var code = try comparing.publish(comparison)
            do { try write(comparison, of: study) } catch { code = code == .pass ? .failed : code }
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
            Diagnostics.note("Results: \(results)/\(study.root.name)")
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
            try comparing.output.publish(exitCode: code) { form, display in
                try form == .json ? plan.json() : plan.table(on: display)
            }
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
    private func write(_ comparison: Comparison, of study: PairedStudy) throws {
        let root = study.root
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
        try Diagnostics.writeFile(study.page(comparison), to: root.url.appendingPathComponent("report.html").path)
    }
}
