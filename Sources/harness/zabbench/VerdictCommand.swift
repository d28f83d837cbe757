import ArgumentParser
import Bench
import Foundation
import Log
import Report
import Results
import Simulator

struct VerdictCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verdict",
        abstract: "Prove which sync strategies keep what was acknowledged, in the simulator's disk model.",
        discussion: """
            Every strategy plays the same seeds twice: whole ensembles under load whose processes are killed again and again \
            (the page cache is kept), and whole ensembles whose machines lose power at once (an honest disk keeps what was \
            synced, and of the rest what it likes). Then acknowledged writes that are gone are counted.

            zabbench verdict                                      every strategy
            zabbench verdict fdatasync_recycled periodic_10ms_append
            zabbench verdict none_append --seeds 1..500 --json
            zabbench verdict --in-flight 4                        every strategy that can have several groups in flight

            Strategies:
            \(SyncStrategy.all().map { "  \($0.label)" }.joined(separator: "\n"))

            What this program has found before it does not play again.

            \(ExitStatus.help(
                [.pass, .failed, .usage, .interrupted],
                [
                    .pass: "every strategy that waits for its syncs keeps everything, whatever the others lose",
                    .failed: "one of them does not",
                ]
            ))
            """
    )

    @Argument(help: "Strategies, as <method>_<allocation>; all by default.")
    var strategies: [String] = []

    @OptionGroup var commitArguments: CommitArguments

    @Option(help: "The first and the last seed, as A..B.", transform: SeedRange.parse)
    var seeds: ClosedRange<UInt64> = VerdictStudy.seeds

    @Option(help: "How many seeds are played at once; all cores by default.")
    var threads: Int?

    @Flag(help: "Play everything, also what is known from before.")
    var fresh = false

    @OptionGroup var output: OutputOptions<TableFormat>

    private func chosen() throws -> [StrategyTrial.Candidate] {
        guard !strategies.isEmpty else { return try allThatMakeSense() }
        var chosen: [StrategyTrial.Candidate] = []
        for label in strategies {
            let strategy: SyncStrategy
            do { strategy = try SyncStrategy(label: label) } catch { throw ValidationError("\(error)") }
            let candidate = StrategyTrial.Candidate(strategy, try commitArguments.options(for: strategy) ?? .natural)
            if !chosen.contains(candidate) { chosen.append(candidate) }
        }
        return chosen
    }

    /// Whoever names no strategy wants those that the options go with.
    private func allThatMakeSense() throws -> [StrategyTrial.Candidate] {
        _ = try commitArguments.options(for: .recycledFdatasync)
        return SyncStrategy.all().compactMap { strategy in
            (try? commitArguments.options(for: strategy) ?? .natural).map { StrategyTrial.Candidate(strategy, $0) }
        }
    }

    func validate() throws {
        _ = try chosen()
        if let threads, threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        let chosen = try chosen()
        let line = ProgressLine()
        let verdicts = await VerdictStudy.interruptibleVerdicts(
            for: chosen,
            seeds: seeds,
            cache: fresh ? nil : VerdictCache(),
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        ) { done, total in line.show(run: max(1, done), of: total, fraction: 0, text: "runs") }
        line.clear()
        guard let verdicts else { throw ExitCode(.interrupted) }
        try output.publish { format, isColoured in
            switch format {
            case .table: VerdictTable(verdicts).text(isColoured: isColoured)
            case .json: try VerdictDocument.text(verdicts) + "\n"
            }
        }
        let broken = VerdictStudy.broken(zip(chosen, verdicts))
        guard broken.isEmpty else {
            line.line("zabbench: \(broken.map(\.label).joined(separator: "; ")) should have kept what was acknowledged")
            throw ExitCode(.failed)
        }
    }
}
