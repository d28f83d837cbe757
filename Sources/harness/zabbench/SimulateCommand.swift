import ArgumentParser
import Bench
import CPlatform
import Foundation
import Log
import Report
import Simulator
import Words
import Zab

struct SimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Play whole ensembles on virtual time with faults, checking every event.",
        discussion: """
            A seed decides everything: the ensemble, its load, the network, the disks, what \
            goes wrong and when. The same seed always gives the same run; every seed is played \
            twice to check that.

            zabbench simulate --seeds 1..2000                  each in its own scenario
            zabbench simulate --seeds 1..500 --scenario disks  failing, full, lying disks
            zabbench simulate --replay 4711                    one seed, with a trace

            Scenarios:
            \(Scenario.all.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

            Only by name; these count lost writes instead of checking (see 'zabbench verdict'):
            \(Scenario.trials.map { "  \($0.name): \($0.summary)" }.joined(separator: "\n"))

            A failing seed is shrunk, and the command that replays it is printed.

            \(ExitStatus.help(
                [.pass, .failed, .lostWrite, .usage, .interrupted],
                [
                    .pass: "no violation", .failed: "an ensemble did not recover",
                    .lostWrite: "any other violation",
                ]
            ))
            """
    )

    @Option(help: "The first and the last seed, as A..B.", transform: SeedRange.parse)
    var seeds: ClosedRange<UInt64> = 1...2000

    @Option(help: "Play every seed in this scenario.")
    var scenario: String?

    @Option(help: "How every server's log becomes durable: <method>_<allocation>.")
    var strategy = SyncStrategy.recycledFdatasync.label

    @OptionGroup var commitArguments: CommitArguments

    @Option(help: "Play only this seed, with a trace on standard output.")
    var replay: UInt64?

    @Option(help: "With --replay: only the faults with these numbers (3,7), or none.", transform: Self.numbers)
    var faults: [Int]?

    @Option(help: "With --replay: at most this many clients.")
    var clients: Int?

    @Option(help: "With --replay: at most this many ticks of faults and load.")
    var ticks: Int?

    @Option(help: "How many seeds to play at once; one per core by default.")
    var threads: Int?

    @Option(help: "Play every N-th seed twice and compare; 0 for none.")
    var recheckEvery: UInt64 = 1

    @Flag(help: "With --replay: print no trace.")
    var quiet = false

    @OptionGroup var output: OutputOptions<TableFormat>

    @Option(help: "Debug builds only: plant this bug.")
    var plant: String?

    @Flag(help: "Debug builds only: plant each bug in turn, and count the seeds until it is found.")
    var mutants = false

    private static func numbers(_ text: String) throws -> [Int] {
        if text == "none" { return [] }
        return try text.split(separator: ",").map {
            guard let number = Int($0), number >= 0 else {
                throw ValidationError("--faults \(text): give numbers of faults (3,7), or none")
            }
            return number
        }
    }

    private func chosenScenario() throws -> Scenario? {
        guard let scenario else { return nil }
        guard let found = Scenario.named(scenario) else {
            let names = (Scenario.all + Scenario.trials).map(\.name).joined(separator: ", ")
            throw ValidationError(
                "--scenario \(scenario): no such scenario"
                    + NearestName.sentences(
                        NearestName.question((Scenario.all + Scenario.trials).map(\.name), to: scenario),
                        "there are \(names)"
                    )
            )
        }
        return found
    }

    private func chosenStrategy() throws -> SyncStrategy {
        do { return try SyncStrategy(label: strategy) } catch { throw ValidationError("--strategy: \(error)") }
    }

    func validate() throws {
        _ = try chosenScenario()
        _ = try commitArguments.options(for: try chosenStrategy())
        if replay == nil, faults != nil || clients != nil || ticks != nil || quiet {
            throw ValidationError("--faults, --clients, --ticks and --quiet are for one seed: give it with --replay")
        }
        if replay != nil || mutants, output.chosen == .json || output.out != nil {
            throw ValidationError("--json, --format and --out are for the figures of many seeds, as --seeds plays them")
        }
        if let threads, threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
        if let clients, clients < 1 { throw ValidationError("--clients \(clients): at least 1 is needed") }
        if let ticks, ticks < 1 { throw ValidationError("--ticks \(ticks): at least 1 is needed") }
        if let plant, PlantedBug(rawValue: plant) == nil {
            let names = PlantedBug.allCases.map(\.rawValue).joined(separator: ", ")
            throw ValidationError("--plant \(plant) is not known; there are \(names)")
        }
        if plant != nil || mutants, !PlantedBug.isPossible {
            throw ValidationError("bugs can be planted in debug builds only, and this is none: use `make mutants`")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        #if PLANTED_BUGS
            if let plant { PlantedBug.planted = PlantedBug(rawValue: plant) }
            if mutants { return try MutantTable(seeds: seeds, scenario: scenario).run() }
        #endif
        zb_report_traps()
        if let replay {
            try play(replay)
        } else {
            try output.check()
            replayTraps()
            try await campaign()
        }
    }

    // MARK: one seed

    private func play(_ seed: UInt64) throws {
        zb_note_seed(seed)
        let scenario = try chosenScenario() ?? Setup.scenario(of: seed)
        let reduction = Setup.Reduction(faults: faults, clients: clients, ticks: ticks)
        let strategy = try chosenStrategy()
        let setup = Setup(
            seed: seed,
            scenario: scenario,
            strategy: strategy,
            commit: try commitArguments.options(for: strategy),
            reduction: reduction
        )
        let output = BufferedOutput()
        output.line(
            "seed \(seed), scenario \(scenario.name): \(setup.voters) voters, \(setup.observers) observers, "
                + "\(setup.clients) clients, tick \(setup.tick / 1_000_000) ms, \(setup.faults.count) faults"
                + (setup.commit == .natural ? "" : ", \(setup.commit.label)") + setup.electorateText
        )
        let outcome = setup.run { line in
            var line = line
            line.withUTF8 { bytes in
                bytes.withMemoryRebound(to: CChar.self) { zb_note_line($0.baseAddress!, $0.count) }
            }
            if !quiet { output.line(line) }
        }
        output.line("hash \(String(outcome.hash, radix: 16)), \(outcome.counters.commits) commits")
        if let losses = outcome.losses { say(losses, on: output) }
        guard let violation = outcome.violation else { return try output.finish() }
        try? output.finish()
        Diagnostics.line("zabbench simulate: seed \(seed): \(violation)")
        if quiet { FailureReport.sayWhatCameBefore(outcome, say: Diagnostics.line) }
        throw ExitCode(FailureReport.status(of: violation))
    }

    private func say(_ losses: LossReport, on output: BufferedOutput) {
        guard losses.isSettled else {
            return output.line(
                "\(losses.acknowledged) acknowledged writes; the ensemble never agreed on a history again"
            )
        }
        output.line("\(losses.acknowledged) acknowledged writes, \(losses.lost) lost")
        for example in losses.examples { output.line("lost: \(example)") }
        if losses.lost > losses.examples.count { output.line("and \(losses.lost - losses.examples.count) more") }
        if let reason = losses.firstExclusion {
            output.line("servers that had to be emptied: \(losses.excluded), first: \(reason.text)")
        }
    }

    /// How a seed that trapped is played again, by the process that trapped. Lives as long as the process.
    private func replayTraps() {
        var words = ["zabbench", "simulate", "--quiet", "--strategy", strategy, "--replay", ""]
        words += commitArguments.words
        if let scenario { words += ["--scenario", scenario] }
        if let plant { words += ["--plant", plant] }
        TrapReplay.prepare(words)
    }

    // MARK: many seeds

    private func campaign() async throws {
        let strategy = try chosenStrategy()
        let campaign = Campaign(
            seeds: seeds,
            scenario: try chosenScenario(),
            strategy: strategy,
            commit: try commitArguments.options(for: strategy),
            recheckEvery: recheckEvery
        )
        let display = SimulationDisplay(seeds: seeds)
        let wasInterrupted = await CampaignPlayer.play(
            campaign,
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        ) { await display.follow($0) }
        let progress = campaign.progress
        // A violation is said first: it matters more than figures that cannot be written.
        display.finish()
        let written = Result {
            try output.publish { format, _ in
                switch format {
                case .table: display.table(progress)
                case .json: display.json(progress)
                }
            }
        }
        if let failure = progress.failure {
            throw ExitCode(FailureReport.shrink(failure, say: Diagnostics.line))
        }
        try written.get()
        if wasInterrupted { throw ExitCode(.interrupted) }
    }
}
