import ArgumentParser
import Bench
import CPlatform
import Comparisons
import Foundation
import Glibc
import Report
import Results
import Statistics
import Targets
import Workload

struct PairedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab",
        abstract: "Runs two builds in turns on this machine, and says of each metric whether B is worse than A.",
        discussion: """
            zabbench ab --a main --b HEAD workloads/ab.yaml
            zabbench ab --a ./old/zabbench --b .build/release/zabbench workloads/ab.yaml --pairs 12,24,48
            zabbench ab --a HEAD --b HEAD workloads/ab.yaml        A/A: what is found is a false alarm

            Each pair is the whole workload once with A's servers and once with B's; the load generator is this program in \
            both. Closed loops take turns within a pair: both ensembles run, and the load goes to A for 50 ms, then to B, \
            and so on (--turns), so that both meet the same neighbours. Other loads make whole runs, one after \
            the other. Who begins is random. A pair is one sample, however many turns it has.

            The number of pairs is fixed before: going on until something is significant would find something sooner or \
            later. With several numbers (--pairs 12,24,48) there is a look at each, with a part of --level of its own (Lan \
            and DeMets), and no more pairs are made once a metric regressed or all are decided.

            References of git are built once, in ~/.cache/zabbench/builds.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .inconclusive, .lostWrite, .notComparable, .usage, .interrupted],
                [.failed: "a run or a build failed", .notComparable: "not comparable: no run of A is valid"]
            ))
            """
    )

    @Option(help: "The baseline: a zabbench program, or a git reference.")
    var a: String

    @Option(help: "The candidate: a zabbench program, or a git reference.")
    var b: String

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

    @Option(help: "The folder that the runs' results go to, in a new folder of it.")
    var results = "results"

    @Option(help: "Where the servers' data lie while they run: a folder on the disk to be measured.")
    var data = DataFolder.defaultRoot

    @OptionGroup var comparing: ComparisonOptions

    func validate() throws {
        for (name, path) in [("--results", results), ("--data", data)] where path.isEmpty {
            throw ValidationError("\(name) is empty; name a place")
        }
        _ = try looks(tests: 1)
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try comparing.output.check()
        let sides: [PairedSession.Side]
        let session: PairedSession
        let plan: LookPlan?
        let root: ResultsFolder
        do {
            // A pair is one repeat of everything. (A bare `set` here would be an accessor.)
            let overrides = self.set + ["repeats=1"]
            let file = try WorkloadFile(path: workload, overrides: overrides)
            let text = try String(contentsOfFile: workload, encoding: .utf8)
            guard file.ensemble.placement == .processes else {
                throw ValidationError("\(workload): ab starts servers of two builds; say placement: processes in it")
            }
            let turns = try PairedSession.turnMilliseconds(turns, file)
            let metrics = try comparing.judging().metrics.count
            plan = try looks(tests: metrics * file.plannedRuns().count)
            let builds = try [a, b].map { try BuildUnderTest($0, say: Diagnostics.line) }
            let now = Timestamp(unixNanoseconds: zb_unix_nanoseconds())
            root = try ResultsFolder(
                root: URL(fileURLWithPath: results),
                workload: "ab-\(file.name)",
                startedAt: now
            )
            sides = zip(["a", "b"], builds).map { folder, build in
                PairedSession.Side(
                    name: build.name,
                    program: build.program,
                    file: file,
                    overrides: overrides,
                    folder: root.url.appendingPathComponent(folder).path
                )
            }
            let seed = seed ?? .random(in: 0..<1_000_000)
            Diagnostics.line("The order within the pairs is that of --seed \(seed).")
            session = PairedSession(text: text, data: data, turnMilliseconds: turns, seed: seed)
        } catch {
            if let failure = error as? BuildUnderTest.Failure {
                Diagnostics.line("zabbench: \(failure)")
                throw ExitCode(failure.isUsage ? .usage : .failed)
            }
            throw Output.refuse(error)
        }
        let comparison: Comparison
        do {
            comparison = try await compare(session, sides, plan: plan)
        } catch {
            await session.end()
            throw error
        }
        await session.end()
        if session.isInterrupted { throw ExitCode(.interrupted) }
        var code = try comparing.publish(comparison)
        do { try write(comparison, into: root) } catch { code = code == .pass ? .failed : code }
        Diagnostics.line("Results: \(results)/\(root.name)")
        if code != .pass { throw ExitCode(code) }
    }

    /// The looks; nil for one number of pairs, which needs no plan.
    ///
    /// - Parameter tests: metrics times loads.
    private func looks(tests: Int) throws -> LookPlan? {
        let numbers = pairs.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
        guard let numbers = numbers as? [Int], numbers.allSatisfy({ (2...10_000).contains($0) }) else {
            throw ValidationError("--pairs \(pairs): say a number from 2 to 10000, or rising ones such as 12,24,48")
        }
        guard numbers.count > 1 else { return nil }
        do {
            return try LookPlan(looks: numbers, level: comparing.level, metrics: tests)
        } catch {
            throw ValidationError("--pairs \(pairs), \(tests) tests: \(error)")
        }
    }

    /// Every output of the result beside its runs, for whoever wants more than one of them: looks and their levels are
    /// known here alone.
    private func write(_ comparison: Comparison, into root: ResultsFolder) throws {
        let code = comparison.exitCode(strict: comparing.strict)
        for format in OutputOptions.Format.allCases {
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

    /// Makes the pairs, and looks at them.
    ///
    /// - Throws: exit codes, after a line that says why.
    private func compare(
        _ session: PairedSession,
        _ sides: [PairedSession.Side],
        plan: LookPlan?
    ) async throws -> Comparison {
        let looks = plan?.looks ?? [Int(pairs) ?? 0]
        var twins = [sides[0], sides[0]]
        for (index, folder) in ["control-a", "control-b"].enumerated() {
            let parent = (sides[0].folder as NSString).deletingLastPathComponent
            twins[index].folder = parent + "/" + folder
        }
        var made = 0
        for (look, pairs) in looks.enumerated() {
            while made < pairs {
                made += 1
                Diagnostics.line("Pair \(made) of \(looks[looks.count - 1]): \(sides[0].name) and \(sides[1].name)")
                if case .violated(let who) = try await session.makePair(sides) {
                    return try afterViolation(who, sides, look: look, plan: plan)
                }
                if control, case .violated = try await session.makePair(twins) {
                    return try afterViolation([.a], sides, look: look, plan: plan)
                }
            }
            var comparison = try judged(sides, look: look, plan: plan)
            let verdicts = comparison.all.map(\.metric.verdict)
            guard plan?.isOver(look: look, verdicts: verdicts) ?? true else {
                Diagnostics.line("After \(made) pairs: \(comparison.headline)")
                continue
            }
            if control {
                do {
                    comparison.warnings += Self.remarks(ofControl: try judged(twins, look: look, plan: plan))
                } catch is ExitCode {
                    comparison.warnings.append("no control: of A's runs against itself none is a result")
                }
            }
            if session.turnMilliseconds != nil {
                comparison.warnings.append("rates are of the whole time, of which each side had half")
            }
            return comparison
        }
        preconditionFailure("a plan has looks")
    }

    /// What is left to say when acknowledged writes were lost.
    ///
    /// - Throws: exit code 4, if they were A's or nothing can be compared.
    private func afterViolation(
        _ who: [LoadTurns.Side],
        _ sides: [PairedSession.Side],
        look: Int,
        plan: LookPlan?
    ) throws -> Comparison {
        if who.contains(.a) {
            Diagnostics.line("zabbench: they were A's, so the baseline itself cannot be trusted")
            throw ExitCode(.lostWrite)
        }
        guard FileManager.default.fileExists(atPath: sides[0].folder) else {
            Diagnostics.line("zabbench: they were B's, in its first run; there is nothing to compare")
            throw ExitCode(.lostWrite)
        }
        do { return try judged(sides, look: look, plan: plan) } catch { throw ExitCode(.lostWrite) }
    }

    private func judged(_ sides: [PairedSession.Side], look: Int, plan: LookPlan?) throws -> Comparison {
        var options = try comparing.judging()
        options.design = .pairs
        if let plan {
            // The intervals of all looks hold together, as the tests do.
            options.level = plan.levels[look]
            options.confidence = 1 - (1 - options.confidence) * plan.levels[look] / plan.level
        }
        var comparison = try CompareCommand.comparison(sides[0].folder, sides[1].folder, options: options)
        comparison.baseline.name = "A, \(sides[0].name)"
        comparison.candidate.name = "B, \(sides[1].name)"
        if let plan {
            comparison.warnings.append(
                "look \(look + 1) of \(plan.looks.count) (at \(plan.looks.map(String.init).joined(separator: ", ")) pairs), "
                    + "planned before; its part of the level \(plan.level) is \(String(format: "%.2g", options.level))"
            )
        }
        return comparison
    }

    /// What A against itself says of the machine.
    private static func remarks(ofControl control: Comparison) -> [String] {
        let found = control.all.filter { $0.metric.verdict == .regressed || $0.metric.verdict == .improved }
        guard found.isEmpty else {
            let names = found.map { "\($0.group) \($0.metric.metric.name)" }.joined(separator: ", ")
            return ["A DIFFERS FROM ITSELF in \(names): believe no verdict of this comparison, and make it again"]
        }
        return ["control, A against itself: \(control.headline)"]
    }
}
