import ArgumentParser
import Bench
import Glibc
import Report
import Results
import Targets

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Makes the runs that a workload file asks for, and writes their results.",
        discussion: """
            Starts an ensemble for each run, loads it, reads every acknowledged write back from a quorum, stops the \
            servers and removes their data. Ctrl-C stops the run in order and keeps what was measured so far; a second \
            Ctrl-C leaves the rest to the janitor.

            \(ExitStatus.help([.pass, .failed, .lostWrite, .usage, .interrupted]))
            """
    )

    @Argument(help: "The workload, a YAML file such as workloads/quick.yaml.", completion: .file(extensions: ["yaml"]))
    var workload: String

    @Option(name: .long, help: "The folder that results go to, a new folder in it for each invocation.")
    var results = "results"

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
            discussion: "Names of the same kind are alternatives, of different kinds all must hold.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Flag(
        name: .long,
        help: "Makes and starts nothing: says what would be run, how long it takes and what room it needs."
    )
    var dryRun = false

    @Option(name: .long, help: "How often each combination is run; the same as --set repeats=N.")
    var repeats: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Servers that run already, all of their ensemble; nothing is started or stopped.",
            discussion: "A path behind the last one is the znode below which everything happens; it must be there.",
            valueName: "host:port,...[/path]"
        )
    )
    var connect: String?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "Who every session says that it is, for servers that run already; may be repeated.",
            valueName: "digest:user:password"
        )
    )
    var auth: [String] = []

    @Option(name: .long, help: "Where the servers' data lie while they run: a folder on the disk to be measured.")
    var data = DataFolder.defaultRoot

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Where the servers' logs lie in runs with log.directories: separate: folders on disks of their own.",
            discussion: "Dealt out to the servers in turn. Without it each log is in its server's folder below --data.",
            valueName: "folder,..."
        )
    )
    var logData: String?

    @Flag(name: .long, help: "Keeps the servers' data and logs.")
    var keepData = false

    @Flag(name: .long, help: "Leaves out what the simulator says of the strategies' durability, which takes time once.")
    var noVerdict = false

    @Option(
        name: .long,
        help: ArgumentHelp("Another build's zabbench that the servers are started from.", valueName: "program")
    )
    var server: String?

    @Option(
        name: .long,
        help: "Appends a line for each load to a history file after a run without a failure, as history append does.",
        completion: .file()
    )
    var history: String?

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var output: OutputOptions<TableFormat>

    func run() async throws {
        // Whoever reads our output may stop reading; the servers must be stopped all the same.
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        guard !dryRun else { return try await sayPlan() }
        let session: BenchSession
        let history: RunHistory?
        do {
            try quiet.check()
            let request = request
            history = try request.runHistory()
            session = try await request.session()
        } catch {
            throw CommandEnd.refuse(error)
        }
        let task = Task { await session.run() }
        let interruption = Interruption { task.cancel() }
        let outcome = await task.value
        interruption.end()
        var code = try output.publish(exitCode: outcome.exitCode) { format, isColoured in
            switch format {
            case .table: outcome.table(isColoured: isColoured)
            case .json: try outcome.json.text()
            }
        }
        if let history {
            let appended = history.append(session.resultsPath, exitCode: outcome.exitCode, say: Diagnostics.line)
            if code == .pass { code = appended }
        }
        if code != .pass { throw ExitCode(code) }
    }

    private func sayPlan() async throws {
        do {
            try quiet.check()
            try PlanOutput.publish(try await request.plan()) { plan, code in
                try output.publish(exitCode: code) { form, _ in try form == .json ? plan.json() : plan.table() }
            }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private var request: RunRequest {
        var request = RunRequest(workload: workload)
        request.results = results
        request.data = data
        request.logData = logData
        request.keepsData = keepData
        request.overrides = set + (repeats.map { ["repeats=\($0)"] } ?? [])
        request.only = only
        request.connect = connect
        request.credentials = auth
        request.server = server
        request.wantsVerdicts = !noVerdict
        request.history = history
        request.quiet = quiet.wait
        return request
    }
}
