import ArgumentParser
import Bench
import Client
import Foundation
import Glibc
import Report
import Results
import Targets
import Workload

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
    var out = "results"

    @Option(
        name: .long,
        parsing: .singleValue,
        help: ArgumentHelp("Overrides a value of the workload, load.clients=8 for instance.", valueName: "key=value")
    )
    var set: [String] = []

    @Option(name: .long, help: "How often each combination is run; the same as --set repeats=N.")
    var repeats: Int?

    @Option(
        name: .long,
        help: ArgumentHelp(
            "Servers that run already; nothing is started or stopped.",
            valueName: "host:port,..."
        )
    )
    var connect: String?

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

    @Flag(name: .long, help: "Prints one JSON document instead of the table.")
    var json = false

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

    func run() async throws {
        // Whoever reads our output may stop reading; the servers must be stopped all the same.
        signal(SIGPIPE, SIG_IGN)
        let session: BenchSession
        let history: RunHistory?
        do {
            (session, history) = try prepare()
        } catch {
            // One line; the usage text of the parser would hide it.
            throw Output.refuse(error)
        }
        let task = Task { await session.run() }
        let interruption = Interruption { task.cancel() }
        let outcome = await task.value
        interruption.end()
        Output.write(json ? try outcome.json.text() : outcome.table)
        let folder = "\(out)/\(session.folder.name)"
        let code = history?.append(folder, exitCode: outcome.exitCode, say: Diagnostics.line) ?? outcome.exitCode
        if code != .pass { throw ExitCode(code) }
    }

    /// Reads and checks everything before anything is started.
    private func prepare() throws -> (BenchSession, RunHistory?) {
        for (name, path) in [("--out", out), ("--data", data)] where path.isEmpty {
            throw ValidationError("\(name) is empty; name a folder")
        }
        var overrides = set
        if let repeats { overrides.append("repeats=\(repeats)") }
        let file = try WorkloadFile(path: workload, overrides: overrides)
        let endpoints = try connect.map { try Self.endpoints($0) }
        let options = BenchSession.Options(
            outRoot: out,
            dataRoot: data,
            logRoots: try logData.map { try Self.logRoots($0, file: file, isConnected: connect != nil) } ?? [],
            keepsData: keepData,
            overrides: overrides,
            endpoints: endpoints,
            serverProgram: try server.map(Self.program) ?? ZabbenchProgram.path(),
            commandLine: CommandLine.arguments,
            wantsVerdicts: !noVerdict,
            isColoured: TerminalColor.isWanted()
        )
        let text = try String(contentsOfFile: workload, encoding: .utf8)
        let history = try history.map(RunHistory.init)
        return (try BenchSession(file: file, text: text, options: options), history)
    }

    private static func endpoints(_ text: String) throws -> [Endpoint] {
        let endpoints = try text.split(separator: ",", omittingEmptySubsequences: false).map {
            try Endpoint(String($0))
        }
        guard Set(endpoints).count == endpoints.count else {
            throw ValidationError("--connect: a server stands there twice; each one once")
        }
        return endpoints
    }

    /// - Throws: `ValidationError` where the folders say nothing, or no run would use them.
    static func logRoots(_ text: String, file: WorkloadFile, isConnected: Bool) throws -> [String] {
        let roots = text.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        guard !roots.contains("") else { throw ValidationError("--log-data: a folder's name is empty") }
        guard Set(roots.map { URL(fileURLWithPath: $0).standardizedFileURL.path }).count == roots.count else {
            throw ValidationError("--log-data: a folder stands there twice; each one once")
        }
        guard !isConnected else {
            throw ValidationError("--log-data: servers that run already (--connect) have their logs where they are")
        }
        guard file.ensemble.logs.contains(where: { $0.directories == .separate }) else {
            throw ValidationError(
                "--log-data: no run of \(file.source) has a log folder of its own; say directories: separate in its log section"
            )
        }
        return roots
    }

    private static func program(_ path: String) throws -> String {
        let absolute = URL(fileURLWithPath: path).standardizedFileURL.path
        guard access(absolute, X_OK) == 0 else { throw ValidationError("--server: \(path) cannot be executed") }
        return absolute
    }
}
