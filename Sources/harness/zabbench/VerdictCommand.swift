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
        abstract: "Prove which sync strategies keep every acknowledged write.",
        discussion: """
            Plays every strategy twice in the simulator, with the same seeds: ensembles under \
            load whose processes are killed again and again (the page cache survives), and \
            ensembles whose machines all lose power at once (an honest disk keeps what was \
            synced, and any part of the rest). Then it counts acknowledged writes that are gone.

            zabbench verdict                            every strategy
            zabbench verdict fdatasync_recycled periodic_10ms_append
            zabbench verdict none_append --seeds 1..500 --json
            zabbench verdict --in-flight 4              those that can have several groups
            zabbench verdict --workload workloads/fsync.yaml
            zabbench verdict --json --out stored.json   --from stored.json prints it again
            zabbench verdict --check stored.json        play it again, name what changed

            Strategies:
            \(SyncStrategy.all().map { "  \($0.label)" }.joined(separator: "\n"))

            Verdicts that this program has found before are not played again (--fresh).

            \(ExitStatus.help(
                [.pass, .failed, .usage, .interrupted],
                [
                    .pass: "every strategy that waits for its syncs keeps everything",
                    .failed: "one of them does not, or a figure of --check's file has changed",
                ]
            ))
            """
    )

    @Argument(help: "Strategies, as <method>_<allocation>; all by default.")
    var strategies: [String] = []

    @OptionGroup var commitArguments: CommitArguments

    @Option(help: "The first and the last seed, as A..B.", transform: SeedRange.parse)
    var seeds: ClosedRange<UInt64>?

    @Option(help: "How many seeds to play at once; one per core by default.")
    var threads: Int?

    @Flag(help: "Play everything, even what is stored from before.")
    var fresh = false

    @Option(
        help: ArgumentHelp("Try the logs of a workload, as zabbench run does.", valueName: "file"),
        completion: .file(extensions: ["yaml"])
    )
    var workload: String?

    @Option(
        help: ArgumentHelp("Play nothing; print verdicts stored with --json.", valueName: "file"),
        completion: .file(extensions: ["json"])
    )
    var from: String?

    @Option(
        help: ArgumentHelp(
            "Play what a file has stored, with its seeds, and print what has changed.",
            valueName: "file"
        ),
        completion: .file(extensions: ["json"])
    )
    var check: String?

    @OptionGroup var silence: SilenceOption
    @OptionGroup var output: OutputOptions<ProofFormat>

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
        let sources = [("--workload", workload), ("--from", from), ("--check", check)].filter { $0.1 != nil }.map(\.0)
        guard sources.count <= 1 else {
            throw ValidationError("\(sources.joined(separator: " and ")): give only one of them")
        }
        if let source = sources.first {
            guard commitArguments.batching == nil, commitArguments.inFlight == nil else {
                throw ValidationError("\(source) says how groups are made; remove --batching and --in-flight")
            }
            guard strategies.isEmpty || from != nil else {
                throw ValidationError("\(source) says which strategies; remove those named")
            }
            guard seeds == nil || workload != nil else {
                throw ValidationError("\(source) says which seeds; remove --seeds")
            }
            guard from == nil || (!fresh && threads == nil) else {
                throw ValidationError("--from plays nothing; remove --fresh and --threads")
            }
        }
        _ = try chosen()
        if let threads, threads < 1 { throw ValidationError("--threads \(threads): at least 1 is needed") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        silence.apply()
        try output.check()
        do {
            if let from {
                let stored = try StoredVerdicts(path: from)
                return try publish(stored.verdicts(of: strategies))
            }
            try await play()
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func play() async throws {
        let stored = try check.map { path throws(UsageError) in try StoredVerdicts(path: path) }
        let seeds = try stored?.seeds() ?? seeds ?? VerdictStudy.seeds
        let candidates = try stored?.candidates() ?? workload.map(VerdictStudy.candidates(ofWorkload:)) ?? chosen()
        let line = Diagnostics.progressLine()
        let verdicts = await VerdictStudy.interruptibleVerdicts(
            for: candidates,
            seeds: seeds,
            cache: fresh ? nil : VerdictCache(),
            threads: threads ?? ProcessInfo.processInfo.activeProcessorCount
        ) { done, total in line.show(run: max(1, done), of: total, fraction: 0, text: "runs") }
        line.clear()
        guard let verdicts else { throw ExitCode(.interrupted) }
        try publish(verdicts)
        let broken = VerdictStudy.broken(zip(candidates, verdicts))
        if !broken.isEmpty {
            Diagnostics.line(
                "zabbench: \(broken.map(\.label).joined(separator: "; ")) should have kept what was acknowledged"
            )
        }
        let changes = stored?.differences(to: verdicts) ?? []
        if let stored, !changes.isEmpty { Diagnostics.line(Self.words(changes, in: stored.path)) }
        guard broken.isEmpty, changes.isEmpty else { throw ExitCode(.failed) }
    }

    private func publish(_ verdicts: [DurabilityVerdict]) throws {
        try output.publish { format, display in
            switch format {
            case .table: VerdictTable(verdicts).text(on: display)
            case .markdown: VerdictTable(verdicts).markdown
            case .json: try VerdictDocument.text(verdicts) + "\n"
            }
        }
    }

    private static func words(_ changes: [String], in path: String) -> String {
        let shown = changes.prefix(8).map { "  " + $0 }
        let more = changes.count > shown.count ? ["  and \(changes.count - shown.count) more"] : []
        let head = "zabbench: \(path) is of another build; make figures FIGURES=verdict makes it again. It says"
        return ([head] + shown + more).joined(separator: "\n")
    }
}

/// Of verdicts: a table for a terminal or for a page, and all of it for programs.
enum ProofFormat: String, DocumentFormat {
    case table, markdown, json
}
