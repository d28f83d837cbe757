import ArgumentParser
import Comparing
import Foundation
import Glibc
import Randomness
import Report
import Targets
import Workload

struct PairedCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ab",
        abstract: "Runs two builds in turns on this machine, and says of each metric whether B is worse than A.",
        discussion: """
            zabbench ab --a main --b HEAD workloads/quick.yaml
            zabbench ab --a ./old/zabbench --b .build/release/zabbench workloads/quick.yaml --pairs 15
            zabbench ab --a HEAD --b HEAD workloads/quick.yaml        A/A: what is found is a false alarm

            Each pair is the whole workload once with A's servers and once with B's, in a random order; the load generator \
            is this program in both. What slows both runs of a pair cancels. The number of pairs is fixed before: going on \
            until something is significant would find something sooner or later. References of git are built once, in \
            ~/.cache/zabbench/builds.

            Exit codes: 0 nothing regressed, 1 a run or a build failed, 2 a metric regressed, 3 with --strict: something is \
            inconclusive, 4 B lost or reordered an acknowledged write, 64 wrong usage, 130 interrupted.
            """
    )

    @Option(help: "The baseline: a zabbench program, or a git reference.")
    var a: String

    @Option(help: "The candidate: a zabbench program, or a git reference.")
    var b: String

    @Argument(help: "The workload, a YAML file such as workloads/quick.yaml.", completion: .file(extensions: ["yaml"]))
    var workload: String

    @Option(help: "How many pairs are run.")
    var pairs = 12

    @Option(help: "Of the order within the pairs.")
    var seed: UInt64 = 1

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
        guard pairs >= 2 else { throw ValidationError("--pairs \(pairs): at least 2 are needed") }
        for (name, path) in [("--results", results), ("--data", data)] where path.isEmpty {
            throw ValidationError("\(name) is empty; name a place")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        let sides: [BuildUnderTest]
        let text: String
        let file: WorkloadFile
        let root: ResultsFolder
        do {
            file = try WorkloadFile(path: workload, overrides: overrides)
            text = try String(contentsOfFile: workload, encoding: .utf8)
            guard file.ensemble.placement == .processes else {
                throw ValidationError("\(workload): ab starts servers of two builds; say placement: processes in it")
            }
            sides = try [a, b].map { try BuildUnderTest($0, say: Diagnostics.line) }
            let now = Timestamp(unixNanoseconds: Int64(ServerSample.now(CLOCK_REALTIME)))
            root = try ResultsFolder(
                root: URL(fileURLWithPath: results),
                workload: "ab-\(file.name)",
                startedAt: now
            )
        } catch {
            if let failure = error as? BuildUnderTest.Failure {
                Diagnostics.line("zabbench: \(failure)")
                throw ExitCode(failure.isUsage ? 64 : 1)
            }
            throw Output.refuse(error)
        }
        let folders = ["a", "b"].map { root.url.appendingPathComponent($0).path }
        try await makePairs(sides, file: file, text: text, folders: folders)
        var options = try comparing.judging()
        options.design = .pairs
        var comparison = try CompareCommand.comparison(folders[0], folders[1], options: options)
        comparison.baseline.name = "A, \(a)"
        comparison.candidate.name = "B, \(b)"
        let code = try comparing.publish(comparison)
        Diagnostics.line("Results: \(results)/\(root.name)")
        if code != 0 { throw ExitCode(code) }
    }

    /// A pair is one repeat of everything. (A bare `set` here would be an accessor.)
    private var overrides: [String] { self.set + ["repeats=1"] }

    /// - Throws: exit code 130 after Ctrl-C, 1 if nothing could be run.
    private func makePairs(_ sides: [BuildUnderTest], file: WorkloadFile, text: String, folders: [String]) async throws
    {
        var order = SplitMix64(seed: seed)
        var expected: Int?
        for pair in 1...pairs {
            for side in order.below(2) == 0 ? [0, 1] : [1, 0] {
                Diagnostics.line("Pair \(pair) of \(pairs), \(side == 0 ? "A" : "B"): \(sides[side].name)")
                let options = BenchSession.Options(
                    outRoot: folders[side],
                    dataRoot: data,
                    logRoots: [],
                    keepsData: false,
                    overrides: overrides,
                    endpoints: nil,
                    serverProgram: sides[side].program,
                    commandLine: CommandLine.arguments,
                    wantsVerdicts: false
                )
                let session: BenchSession
                do {
                    session = try BenchSession(file: file, text: text, options: options)
                } catch {
                    throw Output.refuse(error)
                }
                let task = Task { await session.run() }
                let interruption = Interruption { task.cancel() }
                let outcome = await task.value
                interruption.end()
                if outcome.exitCode == 130 { throw ExitCode(130) }
                if outcome.exitCode == 4 {
                    Diagnostics.line("zabbench: acknowledged writes were lost; no more pairs are made")
                    return
                }
                // An invalid row is left out with its partner; a missing one would shift the pairs after it.
                let rows = CSVTable(parsing: session.folder.read("summary.csv")).rows.count
                expected = expected ?? rows
                guard rows > 0, rows == expected else {
                    Diagnostics.line("zabbench: the runs of this pair are not whole; see the message above")
                    throw ExitCode(1)
                }
            }
        }
    }
}
