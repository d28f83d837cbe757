import ArgumentParser
import Bench
import Glibc
import Report
import Results
import Targets

struct RunCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run",
        abstract: "Make the runs that a workload file asks for, and write their results.",
        discussion: """
            zabbench run workloads/quick.yaml
            zabbench run workloads/fsync.yaml --dry-run        what it would do, how long
            zabbench run workloads/quick.yaml --set duration_s=5 --set ensemble.sizes=[3,5]
            zabbench run workloads/quick.yaml --connect HOST:2181,HOST:2181,HOST:2181

            Each run starts an ensemble, loads it, reads every acknowledged write back from a \
            quorum, stops the servers and removes their data. Ctrl-C stops and keeps what was \
            measured; a second Ctrl-C leaves the clean-up to a helper process.

            Settings are explained in workloads/quick.yaml; 'zabbench init' writes a workload \
            to start from.

            \(ExitStatus.help([.pass, .failed, .lostWrite, .usage, .objectiveMissed, .interrupted]))
            """
    )

    @Argument(help: "The workload, a YAML file such as workloads/quick.yaml.", completion: .file(extensions: ["yaml"]))
    var workload: String

    @Option(name: .long, help: "Where to create the folder with the results.", completion: .directory)
    var results = "results"

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
            "Make only runs of these loads, systems, strategies or batchings; repeatable.",
            discussion: "Names of one kind are alternatives; of different kinds, all must match.",
            valueName: "name,..."
        )
    )
    var only: [String] = []

    @Flag(
        name: .long,
        help: "Start nothing; print the runs, how long they would take, and the space they need."
    )
    var dryRun = false

    @Option(name: .long, help: "Rounds over all runs; the same as --set repeats=N.")
    var repeats: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Load running servers instead, every server of one ensemble; none is started or stopped.",
            discussion: "A path after the last one is the znode to work below; it must exist.",
            valueName: "host:port,...[/path]"
        )
    )
    var connect: String?

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp(
            "With --connect: credentials of every session; repeatable.",
            valueName: "digest:user:password"
        )
    )
    var auth: [String] = []

    @Option(
        name: .long,
        help: "Where the servers keep their data: a folder on the disk to measure.",
        completion: .directory
    )
    var data = DataFolder.defaultRoot

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Folders for the servers' logs, on other disks, in runs with log.directories: separate.",
            discussion: "Given to the servers in turn. Without it each log is in its server's folder in --data.",
            valueName: "folder,..."
        )
    )
    var logData: String?

    @Flag(name: .long, help: "Keep the servers' data and logs.")
    var keepData = false

    @Flag(name: .long, help: "Skip the simulator's verdicts on durability, which take time once.")
    var noVerdict = false

    @Option(
        name: .long,
        help: ArgumentHelp("Start the servers from another build's zabbench.", valueName: "program")
    )
    var server: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "For runs of zookeeper: the folder of an Apache release, with its jars in lib.",
            discussion:
                "Without it, Debian's packages (make peers). ZOOKEEPER_JVMFLAGS has flags for Java, such as -Xmx1g.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var zookeeperHome: String?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "For runs of etcd: the folder of a release, with etcd in it or in its bin.",
            discussion:
                "Without it, the one on the PATH (make peers). Variables such as ETCD_SNAPSHOT_COUNT are its flags.",
            valueName: "folder"
        ),
        completion: .directory
    )
    var etcdHome: String?

    @Flag(name: .long, help: "Run systems beside each other though not all sync what they acknowledge; marks the rows.")
    var allowUnequalDurability = false

    @Option(
        name: .long,
        help: "Append each load to a history file if no run failed, as history append does.",
        completion: .file()
    )
    var history: String?

    @OptionGroup var quiet: QuietOptions
    @OptionGroup var silence: SilenceOption
    @OptionGroup var output: OutputOptions<TableFormat>

    func run() async throws {
        // Whoever reads our output may stop reading; the servers must be stopped all the same.
        signal(SIGPIPE, SIG_IGN)
        silence.apply()
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
        var code = try output.publish(exitCode: outcome.exitCode) { format, display in
            switch format {
            case .table: outcome.table(on: display)
            case .json: try outcome.json.text()
            }
        }
        if let history {
            let appended = history.append(session.resultsPath, exitCode: outcome.exitCode, say: Diagnostics.note)
            if code == .pass { code = appended }
        }
        if code != .pass { throw ExitCode(code) }
    }

    private func sayPlan() async throws {
        do {
            try quiet.check()
            try PlanOutput.publish(try await request.plan()) { plan, code in
                try output.publish(exitCode: code) { form, display in
                    try form == .json ? plan.json() : plan.table(on: display)
                }
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
        request.zookeeperHome = zookeeperHome
        request.etcdHome = etcdHome
        request.allowsUnequalDurability = allowUnequalDurability
        request.wantsVerdicts = !noVerdict
        request.history = history
        request.quiet = quiet.wait
        return request
    }
}
