import CPlatform
import Foundation
import Glibc
import Results
import Targets
import TestSupport
import Testing

/// `ensemble.systems: [zabbench, zookeeper]`: Apache ZooKeeper started, loaded and stopped by the harness.
@Suite(.serialized, .timeLimit(.minutes(5))) struct VersusRunTests {
    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    private static let workload = """
        name: versus
        ensemble: {sizes: 3, systems: [zabbench, zookeeper]}
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """
    /// Three Java machines with the machine's quarter each would be too much for a small one.
    private static let heap = "-Xmx128m"

    private let folder = TemporaryFolder()

    /// - Parameter java: its folder; nil for the one of this machine.
    private func run(_ arguments: [String], flags: String = heap, java: String? = nil) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        let common = ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        return try ProgramRun(
            ZabbenchProgram.path(),
            common + arguments,
            in: folder.path,
            environment: ["ZOOKEEPER_JVMFLAGS": flags].merging(java.map { ["JAVA_HOME": $0] } ?? [:]) { $1 }
        )
    }

    private func result(_ name: String) throws -> String {
        String(decoding: try folder.read("r/latest/\(name)"), as: UTF8.self)
    }

    private func rows() throws -> [[String: String]] {
        let table = CSVTable(parsing: try result("summary.csv"))
        return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
    }

    // MARK: Without ZooKeeper

    @Test func withoutZooKeeperTheOthersAreRun() throws {
        let words = "zookeeper is not installed: make peers (no /nowhere/bin/java (JAVA_HOME)"
        let result = try run(["--set", "ensemble.sizes=1"], java: "/nowhere")
        #expect(result.status == 0, "\(result.errors)")
        // Once, and before the runs, so that whoever wants it can stop here.
        #expect((result.errors + result.output).components(separatedBy: "make peers").count == 2, "\(result.errors)")
        #expect(result.errors.contains("\nskipped: \(words)"), "\(result.errors)")
        #expect(result.errors.contains("1 of 2 runs, about "), "\(result.errors)")
        #expect(try rows().map { $0["system"] } == ["zabbench"])
        #expect(try self.result("events.csv").contains("zookeeper is not installed"))
        // What is read later says it, too.
        let shown = try ProgramRun(ZabbenchProgram.path(), ["show", "r/latest"], in: folder.path)
        #expect(shown.output.replacing("\n", with: " ").contains("Skipped: " + words), "\(shown.output)")
        let quiet = try run(["--set", "ensemble.sizes=1", "--quiet"], java: "/nowhere")
        #expect(!quiet.errors.contains("make peers"), "\(quiet.errors)")
        #expect(quiet.output.components(separatedBy: "make peers").count == 2, "\(quiet.output)")
    }

    @Test func aDryRunCountsWhatWouldBeMade() throws {
        let plan = try run(["--set", "repeats=2", "--dry-run"], java: "/nowhere")
        #expect(plan.status == 0, "\(plan.errors)")
        #expect(plan.errors.hasPrefix("warning: zookeeper is not installed: make peers ("), "\(plan.errors)")
        #expect(plan.errors.split(separator: "\n").count == 1)
        #expect(plan.output.contains("Would be skipped: 2 runs of zookeeper.\n2 of 4 runs, about "), "\(plan.output)")
    }

    /// Before anything is made: one line.
    @Test(arguments: [[], ["--dry-run"]])
    func withoutAnySystemNothingIsMade(flags: [String]) throws {
        let alone = try run(flags + ["--set", "ensemble.systems=zookeeper"], java: "/nowhere")
        #expect(alone.status == 1 && alone.output == "", "\(alone.output)")
        let words = "zabbench: w.yaml: no run can be made: zookeeper is not installed: make peers (no /nowhere/bin/java"
        #expect(alone.errors.hasPrefix(words), "\(alone.errors)")
        #expect(alone.errors.split(separator: "\n").count == 1)
        #expect(folder.names == ["w.yaml"])
    }

    @Test(arguments: [
        (["--connect", "127.0.0.1:1", "--only", "zookeeper"], "--only zookeeper: servers that run already"),
        (
            ["--zookeeper-home", "x", "--set", "ensemble.systems=zabbench"],
            "--zookeeper-home: no run of w.yaml is ZooKeeper's"
        ),
        (["--zookeeper-home", "x"], "--zookeeper-home x: no such folder; name the folder of an Apache release"),
        (["--zookeeper-home", "w.yaml", "--dry-run"], "--zookeeper-home w.yaml: not a folder; name"),
        (["--zookeeper-home", "/proc"], "--zookeeper-home /proc: no /proc/lib/zookeeper-<version>.jar; name"),
        (["--server", "/"], "--server: / cannot be executed"),
        (["--set", "log.strategy=none_append"], "unequal durability: zabbench (none_append, natural) without a sync"),
    ])
    func whatCannotBeIsOneLineBefore(arguments: [String], words: String) throws {
        let result = try run(arguments)
        #expect(result.status == 64 && result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(folder.names == ["w.yaml"])
    }

    // MARK: With ZooKeeper

    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func bothAreLoadedAndProven() throws {
        let result = try run([])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try rows().sorted { ($0["system"] ?? "") < ($1["system"] ?? "") }
        #expect(rows.map { $0["system"] } == ["zabbench", "zookeeper"])
        for row in rows {
            #expect(row["valid"] == "true" && row["ensemble_size"] == "3" && row["placement"] == "processes", "\(row)")
            #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["writes_acknowledged"] != "0")
            #expect(row["unequal_durability"] == "false")
        }
        let theirs = rows[1]
        #expect(theirs["fsync_strategy"] == "" && theirs["batch_policy"] == "" && theirs["syncs_per_write"] != "")
        #expect(theirs["cpu_us_per_write"] != "" && theirs["log_directories"] == "one")

        let manifest = try JSONDecoder.manifest.decode(Systems.self, from: Data(self.result("manifest.json").utf8))
        #expect(manifest.skipped.isEmpty && Set(manifest.runs.map(\.system)) == ["zabbench", "zookeeper"])
        let settings = Dictionary(uniqueKeysWithValues: manifest.systems.map { ($0.system, $0.settings) })
        let ours = try #require(settings["zabbench"] ?? nil)
        #expect(ours.durability == "fdatasync_recycled, natural" && ours.isSynced == true)
        let other = try #require(settings["zookeeper"] ?? nil)
        #expect(other.durability == "forceSync=yes" && other.isSynced == true && other.fileSystem == ours.fileSystem)
        #expect(other.heapMax.hasPrefix("134 MB (Java ") && other.heapMax.hasSuffix("by ZOOKEEPER_JVMFLAGS)"))
        #expect(other.outstandingLimit.hasPrefix("globalOutstandingLimit=100000,"), "\(other)")
        #expect(other.snapshots.hasPrefix("snapCount=1000000,") && other.dataFolder == "data")
        #expect(other.changes.contains("ZOOKEEPER_JVMFLAGS: \(Self.heap)"), "\(other.changes)")
        #expect(folder.names == ["data", "r", "w.yaml"] || folder.names == ["r", "w.yaml"])
        #expect(folder.names(in: "data").isEmpty)
    }

    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func unequalDurabilityIsMarkedInEveryRow() throws {
        let flags = Self.heap + " -Dzookeeper.forceSync=no"
        let refused = try run([], flags: flags)
        #expect(
            refused.status == 64 && refused.errors.contains("zookeeper (forceSync=no) without"),
            "\(refused.errors)"
        )
        let result = try run(["--allow-unequal-durability", "--set", "ensemble.sizes=1"], flags: flags)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try rows().map { $0["unequal_durability"] } == ["true", "true"])
        #expect(result.output.contains("UNEQUAL DURABILITY"), "\(result.output)")
        #expect(try self.result("report.html").contains("UNEQUAL DURABILITY"))
        #expect(try self.result("manifest.json").contains("\"durability\" : \"forceSync=no\""))
    }

    /// An Apache release has its jars in `lib`.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func aReleaseIsRunFromItsFolder() throws {
        try folder.make("home/lib")
        for (name, jar) in [("zookeeper-3.8.0.jar", "zookeeper.jar"), ("slf4j-simple-1.7.jar", "slf4j-simple.jar")] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.path(of: "home/lib/\(name)"),
                withDestinationPath: "/usr/share/java/\(jar)"
            )
        }
        let result = try run(["--zookeeper-home", "home", "--set", "ensemble={sizes: 1, systems: zookeeper}"])
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try rows().first)
        #expect(row["system_version"] == "3.8.0" && row["ensemble_size"] == "1" && row["valid"] == "true", "\(row)")
    }

    /// A Java that cannot start says why.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func theLastWordsOfAServerAreInTheError() throws {
        let result = try run(["--set", "ensemble={sizes: 1, systems: zookeeper}"], flags: "-Xmx1k")
        #expect(result.status == 1)
        #expect(result.errors.contains("server 1 exited (exit code 1) before it was serving"), "\(result.errors)")
        #expect(result.errors.contains("heap"), "\(result.errors)")
    }

    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func aKilledServerIsStartedAgain() async throws {
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        let environment = ProcessInfo.processInfo.environment.merging(["ZOOKEEPER_JVMFLAGS": Self.heap]) { $1 }
        let ensemble = ProcessEnsemble(
            size: 3,
            launch: ZooKeeperLaunch(
                installation: try ZooKeeperInstallation(home: nil, environment: environment),
                settings: TestEnsemble.settings,
                size: 3,
                outstanding: 1
            ),
            folder: try folder.make("ensemble"),
            janitor: janitor,
            startSeconds: 90
        )
        do {
            try await ensemble.start()
            let leader = try #require(await ensemble.leader())
            try ensemble.kill(leader.id, signal: SIGKILL)
            #expect(await ensemble.waitForExit(of: leader.id, seconds: 30))
            #expect(ensemble.exit(of: leader.id) == "signal 9" && ensemble.pid(of: leader.id) == nil)
            try await ensemble.restart(leader.id)
            try await ensemble.waitUntilServing(seconds: 90)
        } catch {
            await ensemble.stop()
            await janitor.finish()
            throw error
        }
        await ensemble.stop()
        await janitor.finish()
    }

    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func aKilledHarnessLeavesNoJavaBehind() async throws {
        try folder.write(Self.workload.utf8, "w.yaml")
        let pipe = folder.path(of: "stderr")
        try #require(mkfifo(pipe, 0o600) == 0)
        // A reader first, without blocking, so that the child's open for writing does not block either.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let harness = try ChildProcess(
            executable: ZabbenchProgram.path(),
            arguments: [
                "run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r", "--set", "duration_s=600", "--set",
                "ensemble.systems=zookeeper",
            ],
            directory: folder.path,
            outputPath: pipe
        )
        _ = fcntl(reader, F_SETFL, fcntl(reader, F_GETFL) & ~O_NONBLOCK)
        let output = FileHandle(fileDescriptor: reader, closeOnDealloc: true)
        var said = ""
        while !said.contains("leader elected") {
            let more = output.availableData
            try #require(!more.isEmpty, "\(said)")
            said += String(decoding: more, as: UTF8.self)
        }
        let servers = said.matches(of: /pid ([0-9]+)/).compactMap { Int32($0.1) }
        #expect(servers.count == 3)
        let ends = servers.map { zb_pidfd_open($0) }
        defer { for end in ends { close(end) } }
        #expect(ends.allSatisfy { $0 >= 0 } && folder.names(in: "data").count == 1)
        harness.send(signal: SIGKILL)
        #expect(await harness.waitForExit(seconds: 30) == .signal(SIGKILL))
        // The harness and its janitor are the only writers: the end of the text is the end of both.
        _ = try output.readToEnd()
        for end in ends {
            var wait = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, 10_000) == 1)
        }
        #expect(folder.names(in: "data").isEmpty)
    }
}

/// What of a manifest is looked at here.
private struct Systems: Decodable {
    struct Run: Decodable { var system: String? }
    var systems: [Manifest.System]
    var runs: [Run]
    var skipped: [SkippedRuns]
}

extension JSONDecoder {
    fileprivate static var manifest: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }
}
