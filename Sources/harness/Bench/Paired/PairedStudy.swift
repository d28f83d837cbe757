import CPlatform
import Comparisons
import Foundation
import Measure
import Report
import Results
import Statistics
import Targets
import Words
import Workload

/// Two builds compared in turns on this machine: pairs of runs, looked at as planned before.
public final class PairedStudy {
    /// What a user asks of `zabbench ab`.
    public struct Request {
        /// Programs, git references, or `.` for the working tree; of a bisection its good and its bad end. Or two
        /// installations of another system (`InstallationUnderTest`).
        public var a: String
        public var b: String
        /// Whether to find the commit between them that made a metric worse.
        public var isBisection = false
        /// Of a bisection, builds included.
        public var budgetMinutes = 120.0
        /// Of a bisection: the chance that the commit which is named is the one.
        public var confidence = 0.95
        /// A shell command that builds a checkout, in place of `swift build`.
        public var build: String?
        /// Whether to say where the time went if nothing regressed, too.
        public var showsWhere = false
        /// The path of the workload file.
        public var workload: String
        public var overrides: [String] = []
        /// Names of loads, strategies and batchings whose runs alone are made; empty for all.
        public var only: [String] = []
        public var looks: PairLooks
        /// Of a turn; 0 makes whole runs, nil leaves it to the workload.
        public var turnMilliseconds: Int?
        /// Whether A is compared with itself, too.
        public var hasControl = false
        /// Of the order within the pairs; nil for another one each time.
        public var seed: UInt64?
        /// The folder that gets a new folder of results.
        public var results = "results"
        /// Where the servers' data lie while they run.
        public var data = DataFolder.defaultRoot
        public var judging: StoredComparison.Options
        /// Before each pair, for others to be quiet; nil not to wait.
        public var quiet: QuietWait?

        public init(a: String, b: String, workload: String, looks: PairLooks, judging: StoredComparison.Options) {
            self.a = a
            self.b = b
            self.workload = workload
            self.looks = looks
            self.judging = judging
        }
    }

    /// The folder of the study, with one folder of results folders for each side.
    public let root: ResultsFolder
    private let request: Request
    let sides: [PairedSession.Side]
    private let plan: LookPlan?
    private let session: PairedSession
    private let builder: BuildUnderTest.Builder
    /// Of a bisection.
    private let range: CommitRange?
    private let deadline: ContinuousClock.Instant
    /// What others had of the processors in the pairs, as pairs.csv has it.
    private(set) var neighbours: [PairRow] = []
    /// What the sides' servers called their version.
    private var versions: [LoadTurns.Side: String] = [:]
    /// What a pair is thought to take, of A with itself or of both.
    private let pairSeconds: Double

    /// Reads and checks everything, and builds what is to be built; starts nothing.
    ///
    /// - Throws: `UsageError`, `WorkloadError`, `BuildUnderTest.Failure`, `ResultsError`.
    public init(_ request: Request) throws {
        self.request = request
        deadline = ContinuousClock.now + .seconds(request.budgetMinutes * 60)
        builder = request.build.map { .command($0) } ?? .swift
        let (file, overrides, turns, installations) = try Self.checked(request)
        let text = try String(contentsOfFile: request.workload, encoding: .utf8)
        let tests = request.judging.metrics.count * file.plannedRuns().count
        plan = try request.looks.plan(tests: tests, level: request.judging.level)
        let expected = try Self.plan(request)
        try expected.check()
        for warning in expected.warnings { Diagnostics.line("warning: \(warning)") }
        // How many pairs a bisection makes depends on what it finds.
        if !request.isBisection { Diagnostics.note(expected.summary) }
        pairSeconds = expected.pairs.map { expected.seconds / Double($0) } ?? 0
        range =
            request.isBisection
            ? try CommitRange(good: request.a, bad: request.b, in: GitRepository(folder: ".")) : nil
        let builds = try installations == nil ? Self.builds([request.a, request.b], builder) : []
        let root = try ResultsFolder(
            root: URL(fileURLWithPath: request.results),
            workload: "ab-\(file.name)",
            startedAt: Timestamp(unixNanoseconds: zb_unix_nanoseconds())
        )
        self.root = root
        let own = try ZabbenchProgram.path()
        sides = ["a", "b"].enumerated().map { place, folder in
            let installation = installations?[place]
            var side = PairedSession.Side(
                name: installation?.name ?? builds[place].name,
                program: installation == nil ? builds[place].program : own,
                file: file,
                overrides: overrides,
                folder: root.url.appendingPathComponent(folder).path
            )
            side.installation = installation
            side.revision = installation == nil ? builds[place].revision : nil
            return side
        }
        let seed = request.seed ?? .random(in: 0..<1_000_000)
        Diagnostics.note("The order within the pairs is that of --seed \(seed).")
        session = PairedSession(
            text: text,
            data: request.data,
            turnMilliseconds: turns,
            seed: seed,
            quiet: request.quiet
        )
    }

    /// What the pairs will be, how long they take, and what room they need; nothing is built, made or started.
    ///
    /// - Throws: `UsageError`, `WorkloadError`.
    public static func plan(_ request: Request) throws -> RunPlan {
        let (file, overrides, turns, _) = try checked(request)
        let options = PairedSession.options(
            results: request.results,
            data: request.data,
            overrides: overrides,
            program: ""
        )
        let runs = try BenchSession.checkedRuns(of: file, options)
        let pairs = request.looks.numbers[request.looks.numbers.count - 1] * (request.hasControl ? 2 : 1)
        return RunPlan(runs, file: file, options: options).paired(pairs, isInTurns: turns != nil)
    }

    private static func checked(
        _ request: Request
    ) throws -> (WorkloadFile, overrides: [String], turns: Int?, installations: [InstallationUnderTest]?) {
        let installations = try installations(request)
        let other = installations?[0].system
        // A pair is one repeat of everything.
        if let said = request.overrides.first(where: { $0.hasPrefix("repeats=") }) {
            throw UsageError("--set \(said): a pair is one repeat of everything; say how many with --pairs")
        }
        let overrides =
            request.overrides + ["repeats=1"] + (other.map { ["ensemble.systems=\($0.rawValue)"] } ?? [])
        let file = try WorkloadFile(path: request.workload, overrides: overrides, only: request.only)
        guard file.ensemble.placement == .processes else {
            throw UsageError("\(request.workload): ab starts servers of two builds; say placement: processes in it")
        }
        guard file.ensemble.systems == [other ?? .zabbench] else {
            throw UsageError(
                "\(request.workload): --a and --b are builds of zabbench, and ensemble.systems has others; say systems: zabbench"
            )
        }
        let turns = try PairedSession.turnMilliseconds(request.turnMilliseconds, file)
        return (file, overrides, turns, installations)
    }

    /// The two versions of another system that are compared; nil for builds of ours.
    ///
    /// - Throws: `UsageError` where that cannot be done, or not as it is wanted.
    private static func installations(_ request: Request) throws(UsageError) -> [InstallationUnderTest]? {
        let named = [request.a, request.b].compactMap { InstallationUnderTest($0) }
        guard let system = named.first?.system else { return nil }
        let ours: [(isWanted: Bool, option: String, what: String)] = [
            (request.isBisection, "--bisect", "looks at commits of zabbench"),
            (request.showsWhere, "--where", "reads what only zabbench's servers tell"),
            (request.build != nil, "--build", "builds zabbench"),
        ]
        if let refused = ours.first(where: \.isWanted) {
            throw UsageError("\(refused.option) \(refused.what); leave it out for \(system.rawValue)")
        }
        if let flag = request.overrides.first(where: namesSystems) {
            throw UsageError("--set \(flag): --a and --b say that the system is \(system.rawValue); remove the flag")
        }
        return try InstallationUnderTest.both(request.a, request.b)
    }

    private static func namesSystems(_ flag: String) -> Bool {
        flag.hasPrefix("ensemble.systems=") || flag.hasPrefix("ensemble=") && flag.contains("systems")
    }

    private static func builds(
        _ names: [String],
        _ builder: BuildUnderTest.Builder
    ) throws(BuildUnderTest.Failure) -> [BuildUnderTest] {
        // Who builds the tree beside a reference knows that the reference leaves something out.
        let mentions = Set(names).isDisjoint(with: BuildUnderTest.workingTreeNames)
        var builds: [BuildUnderTest] = []
        for (index, name) in names.enumerated() {
            if index > 0, name == names[0] {
                builds.append(builds[0])
                continue
            }
            builds.append(
                try BuildUnderTest(name, builder: builder, mentionsChanges: mentions, say: Diagnostics.note)
            )
        }
        return builds
    }

    /// Makes the pairs, and looks at them. What is to be known beyond the verdict comes after it (`remarks`), and `end`
    /// after all.
    ///
    /// - Throws: `ExplainedEnd`, and what keeps a session from starting.
    public func run() async throws -> Comparison {
        let comparison: Comparison
        do {
            comparison = try await compare()
        } catch {
            await session.end()
            throw error
        }
        guard !session.isInterrupted else {
            await session.end()
            throw ExplainedEnd(.interrupted)
        }
        return comparison
    }

    private func compare() async throws -> Comparison {
        let numbers = request.looks.numbers
        let twins = self.twins
        let each = request.hasControl ? 2 * pairSeconds : pairSeconds
        var schedule = RunSchedule(seconds: Array(repeating: each, count: numbers[numbers.count - 1]))
        var made = 0
        for (look, pairs) in numbers.enumerated() {
            while made < pairs {
                if range != nil, ContinuousClock.now > deadline {
                    Diagnostics.line(
                        "zabbench: --budget ended after \(CountedNoun.text(made, "pair")) of the ends, before a commit was looked at; give more"
                    )
                    throw ExplainedEnd(.inconclusive)
                }
                made += 1
                let left = RunSchedule.left(seconds: schedule.remaining(run: made, elapsed: 0))
                Diagnostics.note(
                    "Pair \(made) of \(numbers[numbers.count - 1]): \(sides[0].name) and \(sides[1].name), \(left)"
                )
                let began = ContinuousClock.now
                if case .violated(let who) = try await session.makePair(sides) {
                    return try afterViolation(who, look: look)
                }
                versions = session.versions
                try record(session.lastRows, pair: made)
                if request.hasControl, case .violated = try await session.makePair(twins) {
                    return try afterViolation([.a], look: look)
                }
                schedule.ended(run: made, after: (ContinuousClock.now - began) / .seconds(1))
            }
            let comparison = try judgedOrExplained(sides, look: look)
            let verdicts = comparison.all.map(\.metric.verdict)
            guard plan?.isOver(look: look, verdicts: verdicts) ?? true else {
                Diagnostics.note("After \(CountedNoun.text(made, "pair")): \(comparison.headline)")
                continue
            }
            var judged = withRemarks(comparison, twins: twins, look: look)
            judged.warnings += neighbours.warnings
            return judged
        }
        preconditionFailure("a plan has looks")
    }

    /// Notes in pairs.csv what others had of the processors in one pair.
    private func record(_ rows: [PairRow], pair: Int) throws {
        for var row in rows {
            row.pair = pair
            neighbours.append(row)
            try root.append(row)
        }
    }

    /// What is said beyond the verdict, a text each: where the time went, and which commit it was.
    ///
    /// - Parameters:
    ///   - say: gets each text as soon as it is known.
    /// - Returns: whether a bisection leaves several commits.
    /// - Throws: `ExplainedEnd`.
    public func goOn(
        after comparison: Comparison,
        _ say: (String) throws -> Void
    ) async throws -> Bool {
        do {
            let isOurs = sides.allSatisfy { $0.installation == nil }
            if comparison.violated.isEmpty, isOurs, request.showsWhere || comparison.count(.regressed) > 0 {
                let study = WhereStudy(sides: sides, folder: root.url.path)
                try say(try await study.tables { try await self.session.makePair($0) })
            }
            let found = try await find(comparison)
            if let found { try say(found.text) }
            await session.end()
            if session.isInterrupted { throw ExplainedEnd(.interrupted) }
            return found.map { !$0.isFound } ?? false
        } catch {
            await session.end()
            throw error
        }
    }

    /// Finds the commit, if that is wanted and there is something to find.
    ///
    /// - Returns: what to say of it, and whether it is one commit; nil where nothing was looked for.
    private func find(_ comparison: Comparison) async throws -> (text: String, isFound: Bool)? {
        guard let range else { return nil }
        guard comparison.violated.isEmpty, let regression = PairedValues.clearest(comparison) else {
            return ("No metric regressed between the ends, so there is no commit to find.\n", true)
        }
        let (builder, deadline, session) = (builder, deadline, session)
        var study = BisectStudy(
            range: range,
            regression: regression,
            tests: comparison.tests,
            ends: sides,
            folder: root.url.appendingPathComponent("bisect").path,
            search: .init(budgetMinutes: request.budgetMinutes, confidence: request.confidence),
            isOver: { ContinuousClock.now > deadline },
            build: { commit throws(BuildUnderTest.Failure) in
                try BuildUnderTest(commit.hash, builder: builder, say: Diagnostics.note).program
            },
            pair: { try await session.makePair($0) }
        )
        try await study.run()
        return (study.text, study.isFound)
    }

    /// A against itself.
    private var twins: [PairedSession.Side] {
        let parent = (sides[0].folder as NSString).deletingLastPathComponent
        return ["control-a", "control-b"].map { folder in
            var side = sides[0]
            side.folder = parent + "/" + folder
            return side
        }
    }

    private func withRemarks(_ comparison: Comparison, twins: [PairedSession.Side], look: Int) -> Comparison {
        var comparison = comparison
        if request.hasControl {
            do {
                comparison.warnings += Self.remarks(ofControl: try judged(twins, look: look))
            } catch {
                _ = Diagnostics.status(saying: error)
                comparison.warnings.append("no control: of A's runs against itself none is a result")
            }
        }
        if session.turnMilliseconds != nil {
            comparison.warnings.append("rates are of the whole time, of which each side had half")
        }
        return comparison
    }

    /// What is left to say when acknowledged writes were lost.
    ///
    /// - Throws: `ExplainedEnd`, if they were A's or nothing can be compared.
    private func afterViolation(_ who: [LoadTurns.Side], look: Int) throws(ExplainedEnd) -> Comparison {
        if who.contains(.a) {
            Diagnostics.line("zabbench: they were A's, so the baseline itself cannot be trusted")
            throw ExplainedEnd(.lostWrite)
        }
        guard FileManager.default.fileExists(atPath: sides[0].folder) else {
            Diagnostics.line("zabbench: they were B's, in its first run; there is nothing to compare")
            throw ExplainedEnd(.lostWrite)
        }
        do {
            return try judged(sides, look: look)
        } catch {
            _ = Diagnostics.status(saying: error)
            throw ExplainedEnd(.lostWrite)
        }
    }

    private func judgedOrExplained(_ sides: [PairedSession.Side], look: Int) throws(ExplainedEnd) -> Comparison {
        do {
            return try judged(sides, look: look)
        } catch {
            throw ExplainedEnd(Diagnostics.status(saying: error))
        }
    }

    private func judged(
        _ sides: [PairedSession.Side],
        look: Int
    ) throws(StoredComparison.Refusal) -> Comparison {
        var options = request.judging
        options.design = .pairs
        if let plan {
            // The intervals of all looks hold together, as the tests do.
            options.level = plan.levels[look]
            options.confidence = 1 - (1 - options.confidence) * plan.levels[look] / plan.level
        }
        var comparison = try StoredComparison.run(
            baseline: sides[0].folder,
            candidate: sides[1].folder,
            options: options
        )
        comparison.baseline.name = "A, \(name(sides[0], .a))"
        comparison.candidate.name = "B, \(name(sides[1], .b))"
        // The rows have the commit of the program that loads them, which made none of these servers.
        if sides[0].installation != nil { (comparison.baseline.commit, comparison.candidate.commit) = ("", "") }
        if let plan {
            comparison.warnings.append(
                "look \(look + 1) of \(plan.looks.count) (at \(plan.looks.map(String.init).joined(separator: ", ")) pairs), "
                    + "planned before; its part of the level \(plan.level) is \(String(format: "%.2g", options.level))"
            )
        }
        return comparison
    }

    /// As it was named; of another system with the version that its servers tell.
    private func name(_ side: PairedSession.Side, _ letter: LoadTurns.Side) -> String {
        guard side.installation != nil, let version = versions[letter] else { return side.name }
        return "\(side.name) (\(version))"
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
