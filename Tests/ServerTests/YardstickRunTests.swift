import CPlatform
import Foundation
import Glibc
import Results
import Targets
import TestSupport
import Testing

/// `ensemble.systems: yardstick`: the floor started, loaded, proven and stopped by the harness.
@Suite(.serialized, .timeLimit(.minutes(2))) struct YardstickRunTests {
    private let place = YardstickPlace()
    private var folder: TemporaryFolder { place.folder }

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ProgramRun {
        try place.run(arguments, environment: environment)
    }

    private func rows() throws -> [[String: String]] { try place.rows() }

    @Test func itIsARowLikeAnyOther() throws {
        let result = try run([])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try rows()
        #expect(rows.count == 1)
        for row in rows {
            #expect(row["system"] == "yardstick" && row["system_version"] == "1" && row["valid"] == "true", "\(row)")
            #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["writes_acknowledged"] != "0")
            #expect(row["of_yardstick"] == "1" && row["x_yardstick_p50"] == "1" && row["unequal_durability"] == "false")
            let known = [
                "cpu_us_per_write", "syncs_per_write", "log_bytes_per_write", "response_p999_us", "batch_mean",
            ]
            #expect(known.allSatisfy { row[$0]?.isEmpty == false }, "\(row)")
            #expect(row["fsync_strategy"] == "" && row["allocations_per_write"] == "")
        }
        let manifest = String(decoding: try folder.read("r/latest/manifest.json"), as: UTF8.self)
        #expect(manifest.contains("\"durability\" : \"fdatasync of a log written before\""))
        #expect(folder.names(in: "data").isEmpty)
    }

    /// Its servers leave out some groups of writes, and acknowledge them.
    @Test(.enabled(if: YardstickRunTests.isDebug, "release builds have no planted bugs"))
    func aLogThatLacksWritesIsALostWrite() throws {
        let result = try run([], environment: ["ZABBENCH_YARDSTICK_BUG": "1"])
        #expect(result.status == 4, "\(result.errors)")
        let row = try #require(try rows().first)
        #expect(row["valid"] == "false" && row["invalid_reason"]?.hasPrefix("acknowledged writes violated") == true)
        let found = try #require(row["acknowledged_verified"].flatMap { Int($0) })
        #expect(found < Int(row["writes_acknowledged"] ?? "") ?? 0)
        #expect(result.output.contains("FOUND"), "\(result.output)")
    }

    @Test func anOpenLoopKeepsItsRate() throws {
        let result = try run(["--set", "load={mode: open, rate_per_s: 2000, clients: 4, outstanding: 64}"])
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try rows().first)
        #expect(
            row["load_mode"] == "open_poisson" && row["x_yardstick_p50"] == "1" && row["of_yardstick"] == "",
            "\(row)"
        )
        let offered = try #require(row["offered_per_s"].flatMap { Double($0) })
        #expect((1700...2300).contains(offered))
        #expect(row["acknowledged_verified"] == row["writes_acknowledged"] && row["service_p50_us"]?.isEmpty == false)
    }

    /// A point goes on until three of its seconds are alike enough, or its time is up; then its row says so. Both curves at once:
    /// most of their time is that of what they measure, at a small part of what the floor can do.
    @Test func aPointOfACurveEndsWhenItIsPrecise() async throws {
        try await withThrowingTaskGroup { group in
            for (precision, longest, isTimeUp) in [(10.0, 6.0, false), (0.01, 1, true)] {
                group.addTask { try Self.curve(precision: precision, longest: longest, isTimeUp: isTimeUp) }
            }
            try await group.waitForAll()
        }
    }

    private static func curve(precision: Double, longest: Double, isTimeUp: Bool) throws {
        let place = YardstickPlace()
        let bounds = "precision: \(precision), longest_s: \(longest)"
        let load = "load={mode: curve, shares: [0.05, 0.1], \(bounds), clients: 4, outstanding: 64, keys: 80}"
        let result = try place.run(["--set", load, "--set", "ensemble.sizes=1"])
        #expect(result.status == 0, "\(result.errors)")
        let rows = try place.rows()
        #expect(rows.count == 2 && rows.allSatisfy { $0["ended_by_time"] == "\(isTimeUp)" }, "\(rows)")
        for row in rows {
            let measured = try #require(row["duration_s"].flatMap { Double($0) })
            #expect(isTimeUp ? measured < 1.5 : measured < 5.5, "\(row)")
        }
    }

    @Test func aKilledServerIsAFailedRun() async throws {
        let started = try await begun(["--set", "duration_s=600"])
        let pid = try #require(started.servers.first)
        #expect(Glibc.kill(pid, SIGKILL) == 0)
        _ = try started.output.readToEnd()
        #expect(await started.harness.waitForExit(seconds: 30) == .code(1))
        #expect(folder.names(in: "data").isEmpty)
    }

    @Test func aKilledHarnessLeavesNothingBehind() async throws {
        let started = try await begun(["--set", "duration_s=600"])
        let ends = started.servers.map { zb_pidfd_open($0) }
        defer { for end in ends { close(end) } }
        #expect(ends.count == 3 && ends.allSatisfy { $0 >= 0 } && folder.names(in: "data").count == 1)
        started.harness.send(signal: SIGKILL)
        #expect(await started.harness.waitForExit(seconds: 30) == .signal(SIGKILL))
        _ = try started.output.readToEnd()
        for end in ends {
            var wait = pollfd(fd: end, events: Int16(POLLIN), revents: 0)
            #expect(poll(&wait, 1, 10_000) == 1)
        }
        #expect(folder.names(in: "data").isEmpty)
    }

    /// A harness whose load has begun.
    private func begun(_ arguments: [String]) async throws -> (
        harness: ChildProcess, output: FileHandle, servers: [Int32]
    ) {
        try folder.write(YardstickPlace.workload.utf8, "w.yaml")
        let pipe = folder.path(of: "stderr")
        try #require(mkfifo(pipe, 0o600) == 0)
        // A reader first, without blocking, so that the child's open for writing does not block either.
        let reader = open(pipe, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
        let harness = try ChildProcess(
            executable: ZabbenchProgram.path(),
            arguments: ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"] + arguments,
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
        return (harness, output, said.matches(of: /pid ([0-9]+)/).compactMap { Int32($0.1) })
    }

    static var isDebug: Bool {
        #if DEBUG
            true
        #else
            false
        #endif
    }
}

/// Where the floor is run, and what it has left there.
private struct YardstickPlace {
    static let workload = """
        name: floor
        ensemble: {sizes: 3, systems: yardstick}
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """

    let folder = TemporaryFolder()

    func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        let common = ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        return try ProgramRun(ZabbenchProgram.path(), common + arguments, in: folder.path, environment: environment)
    }

    func rows() throws -> [[String: String]] {
        let table = CSVTable(parsing: String(decoding: try folder.read("r/latest/summary.csv"), as: UTF8.self))
        return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
    }
}
