import Client
import Foundation
import Report
import Targets
import TestSupport
import Testing

@testable import Bench
@testable import Workload

@Suite struct RunPlanTests {
    private let folder = TemporaryFolder()

    private func options(logRoots: [String] = [], keepsData: Bool = false) -> BenchSession.Options {
        BenchSession.Options(
            outRoot: folder.path(of: "results"),
            dataRoot: folder.path(of: "data"),
            logRoots: logRoots,
            keepsData: keepsData,
            overrides: [],
            survey: nil,
            serverProgram: "another program",
            commandLine: []
        )
    }

    private func plan(_ yaml: String, _ options: BenchSession.Options? = nil) throws -> RunPlan {
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml")
        return RunPlan(file.plannedRuns(), file: file, options: options ?? self.options())
    }

    private static let segment = 64 << 20

    @Test func evenSizesGetAHint() throws {
        let hint = try #require(try plan("{ensemble: {sizes: [2, 3, 4]}, load: {clients: [1, 2]}}").notes.first)
        #expect(
            hint == "Hint: 2 servers tolerate no failure, as 1 does; 4 servers tolerate 1 failure, as 3 do; "
                + "an even number only adds a server to wait for."
        )
        #expect(try !plan("{ensemble: {sizes: [1, 3, 5]}}").notes.contains { $0.hasPrefix("Hint") })
    }

    // MARK: Time

    @Test func aRunTakesItsLoadAndItsServers() throws {
        let plan = try plan("{warmup_s: 1, duration_s: 4, repeats: 3, ensemble: {sizes: [1, 5]}, shuffle: false}")
        #expect(plan.runs.map(\.number) == [1, 2, 3, 4, 5, 6])
        #expect(plan.runs.map(\.repeat) == [1, 1, 2, 2, 3, 3])
        let (one, five) = (5.8 + 0.2, 5.8 + 1)
        for (run, seconds) in zip(plan.runs, [one, five, one, five, one, five]) {
            #expect(abs(run.seconds - seconds) < 1e-9)
        }
        #expect(abs(plan.seconds - 3 * (one + five)) < 1e-9 && plan.preparationSeconds == 0)
        #expect(plan.runs[0].log == "fdatasync_recycled, natural")
        #expect(plan.runs[0].load == "closed 16x64, 128 B")
    }

    /// A rate says beforehand that a load will have to go on, and for how long.
    @Test(arguments: [(1000.0, 4.0), (250, 4), (100, 10), (7, 60)])
    func anOpenLoopThatIsTooSlowIsPlannedToGoOn(rate: Double, measured: Double) throws {
        let yaml = "{warmup_s: 0, duration_s: 4, load: {mode: open, rate_per_s: \(rate)}}"
        #expect(abs(try plan(yaml).runs[0].seconds - (measured + 0.8 + 0.6)) < 1e-9)
    }

    /// As much as it may be.
    @Test func aPointOfACurveIsPlannedAtItsLongest() throws {
        let plan = try plan("{warmup_s: 1, duration_s: 3, load: {mode: curve, shares: [0.1, 1], longest_s: 6}}")
        #expect(plan.runs.allSatisfy { abs($0.seconds - (6 + 1 + 0.8 + 0.6 + 1.75)) < 1e-9 })
        #expect(plan.notes.contains { $0.contains("known to ±20 %, after 6 s at most") })
    }

    /// The closed loop that finds a curve's capacity is as warm as its points.
    @Test func aWarmUpIsThatOfTheClosedLoopToo() throws {
        let text = "{warmup_s: 1, duration_s: 3, ensemble: {warmup_s: {zabbench: 10}}, "
        let curve = try plan(text + "load: {mode: curve, shares: [0.1, 1], longest_s: 6}}")
        #expect(curve.runs.allSatisfy { abs($0.seconds - (6 + 10 + 0.8 + 0.6 + (10 + 2 + 0.5) / 2)) < 1e-9 })
        let share = try plan("{warmup_s: 0, duration_s: 3, load: {mode: open, rate_share: 0.9}}")
        #expect(abs(share.seconds - (3 + 0.8 + 0.6 + 1 + 2 + 0.5)) < 1e-9)
    }

    /// workloads/versus.yaml, etcd among its systems.
    @Test func theComparisonOfTheHouseTakesTwentyMinutes() throws {
        let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let plan = try plan(WorkloadFile.contents(of: "/\(root)/workloads/versus.yaml"))
        #expect(plan.runs.count == 89 && plan.seconds + plan.preparationSeconds <= 20 * 60, "\(plan.seconds)")
    }

    /// What does not speak the null target's protocol has no bound there.
    @Test func onlyZooKeepersProtocolHasABound() throws {
        func seconds(_ system: String) throws -> Double {
            try plan("{null_target: true, ensemble: {systems: \(system)}, load: {clients: [1, 2]}}").preparationSeconds
        }
        #expect(try seconds("yardstick") == 0)
        #expect(abs(try seconds("[zookeeper, yardstick]") - 4) < 1e-9)
    }

    @Test func whatComesFirstTakesTime() throws {
        #expect(abs(try plan("{null_target: true, load: {clients: [1, 2]}}").preparationSeconds - 4) < 1e-9)
        // Servers of another build are not what the simulator tries; those of ours are, once for each program.
        var own = options()
        own.serverProgram = try ZabbenchProgram.path()
        own.wantsVerdicts = false
        #expect(try plan("{}", own).preparationSeconds == 0)
    }

    /// The stored sweeps of this machine, from the first run's start to the last one's end.
    @Test(arguments: ["ensemble-size", "fsync-default", "fsync", "leader-bottleneck", "lossy"])
    func theEstimateIsNearWhatSweepsTook(name: String) throws {
        struct Times: Decodable { var startedAt, finishedAt, workloadText: String }
        let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let manifest = repository.appending(path: "results/reference/\(name)/manifest.json")
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let times = try decoder.decode(Times.self, from: Data(contentsOf: manifest))
        let format = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
        let took = try format.parse(times.finishedAt).timeIntervalSince(format.parse(times.startedAt))
        let estimate = try plan(times.workloadText).seconds
        #expect(estimate > took * 0.75 && estimate < took * 1.25, "\(estimate) s for \(took) s")
    }

    @Test func runsOfMissingSystemsAreCountedApart() throws {
        let yaml = "{repeats: 2, shuffle: false, ensemble: {systems: [zabbench, zookeeper, yardstick]}}"
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml")
        let runs = file.plannedRuns()
        let offer = SystemOffer(runs, home: nil, environment: ["PATH": "/nowhere"])
        let (plan, whole) = (
            RunPlan(runs, file: file, options: options(), offer: offer), RunPlan(runs, file: file, options: options())
        )
        // The numbers of the runs' ids.
        #expect(plan.runs.map(\.number) == [1, 3, 4, 6] && !plan.runs.contains { $0.system == "zookeeper" })
        #expect(plan.summary.hasPrefix("4 of 6 runs, about ") && whole.summary.hasPrefix("6 runs, about "))
        #expect(plan.seconds < whole.seconds && whole.skipped.isEmpty)
        #expect(plan.skipped.map(\.system) == ["zookeeper"] && plan.skipped.map(\.runs) == [2])
        #expect(plan.table().contains("Would be skipped: 2 runs of zookeeper.\n4 of 6 runs, "), "\(plan.table())")
        #expect(try plan.json().contains("\"skipped\":[{\"reason\":\"zookeeper is not installed: make peers"))
        try offer.check(runs, of: file)
        let alone = runs.filter { $0.ensemble.system == .zookeeper }
        #expect { try offer.check(alone, of: file) } throws: {
            "\($0)".hasPrefix("w.yaml: no run can be made: zookeeper is not installed: make peers (")
        }
    }

    @Test func aPlanSaysWhichLoadsAFlagLeavesOut() throws {
        let yaml = "{ensemble: {sizes: [3, 5]}, load: [{name: a}, {name: b, only_sizes: 3}]}"
        let file = try WorkloadFile(yaml: yaml, source: "w.yaml", overrides: ["ensemble.sizes=5"])
        let plan = RunPlan(file.plannedRuns(), file: file, options: options())
        let words = "w.yaml: left out b: --set ensemble.sizes=5 leaves none of its only_sizes"
        #expect(plan.warnings == [words] && plan.paired(2, isInTurns: true).warnings == [words])
    }

    // MARK: Room

    /// One segment in use and one prepared, whatever is written: less than a segment here.
    @Test func aQuietLoadNeedsWhatIsPrepared() throws {
        let place = try #require(try plan("load: {mode: open, rate_per_s: 100}").places.first)
        #expect(place.least == 3 * 2 * Self.segment)
        #expect((place.least..<place.least + (64 << 20)).contains(place.needed))
        #expect(place.path == folder.path(of: "data"))
        #expect(try #require(place.free) > 0)
    }

    /// What was measured on three servers: 820 MB, 403 MB, 2.8 GB.
    @Test(arguments: [
        ("{clients: 16, outstanding: 64}", 820), ("{clients: 1, outstanding: 1}", 403),
        ("{mode: open, rate_per_s: 10000}", 403), ("{clients: 16, outstanding: 64, payload_bytes: 10000}", 2816),
    ])
    func whatWasMeasuredFits(load: String, megabytes: Int) throws {
        let place = try #require(try plan("{warmup_s: 1, duration_s: 8, load: \(load)}").places.first)
        #expect(place.needed >= megabytes * 1_000_000 && place.needed < 2 * megabytes * 1_000_000, "\(place.needed)")
        #expect(place.least <= megabytes * 1_000_000)
    }

    @Test func aLogThatGrowsNeedsWhatIsWritten() throws {
        let yaml = "{warmup_s: 0, duration_s: 10, log: {strategy: fsync_append}, load: {mode: open, rate_per_s: 1000}}"
        let place = try #require(try plan(yaml).places.first)
        #expect(place.least == 3 * 10_000 * 128)
        #expect(place.needed < 3 * Self.segment)
    }

    /// However long it goes on: what a snapshot has made superfluous is dropped.
    @Test func aSoakNeedsNoMoreThanTheServersKeep() throws {
        let (short, long) = (try plan("duration_s: 60").places, try plan("duration_s: 6000").places)
        #expect(short.map(\.needed) == long.map(\.needed) && short.count == 1)
    }

    @Test func logsHaveTheirOwnDisksAndKeptDataAddUp() throws {
        let yaml = "{repeats: 2, log: {directories: separate}, load: {mode: open, rate_per_s: 100}}"
        let one = try #require(try plan(yaml).places.first)
        // All on one file system: one place, and the sum.
        let roots = ["x", "y"].map { folder.path(of: $0) }
        let both = try plan(yaml, options(logRoots: roots)).places
        #expect(both.map(\.needed) == [one.needed] && both.map(\.path) == [one.path])
        #expect(try #require(try plan(yaml, options(keepsData: true)).places.first).needed == 2 * one.needed)
        // Another file system than the tests' folder.
        let other = try plan(yaml, options(logRoots: ["/dev/shm/zabbench-none"])).places
        #expect(other.count == 2)
        #expect(other.last?.path == "/dev/shm/zabbench-none")
        #expect(other.reduce(0) { $0 + $1.needed } == one.needed)
    }

    @Test func aDiskThatIsTooSmallIsRefusedAndOneThatMayBeIsNamed() throws {
        var plan = try plan("{}")
        try plan.check()
        plan.places[0].free = plan.places[0].least
        #expect(plan.places[0].warning?.contains("the runs may need up to") == true)
        try plan.check()
        plan.places[0].free = plan.places[0].least - 1
        #expect(plan.places[0].warning == nil)
        #expect { try plan.check() } throws: {
            "\($0)"
                == "\(folder.path(of: "data")): the servers need at least 403 MB and 403 MB are free; make room, or "
                + "choose another disk with --data or --log-data"
        }
        plan.places[0].free = nil
        try plan.check()
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (402_755_584, "403 MB"), (999_600_000, "1.0 GB"),
        (9_940_000_000, "9.9 GB"), (85_400_000_000, "85 GB"), (3_000_000_000_000_000, "3000 TB"),
    ])
    func sizesAreShort(bytes: Int, words: String) { #expect(RunPlan.size(bytes) == words) }

    // MARK: Servers that run already, and pairs

    @Test func serversThatRunAlreadyNeedNoRoom() throws {
        let file = try WorkloadFile(yaml: "{warmup_s: 1, duration_s: 4}", source: "w.yaml")
        let runs = try BenchSession.runs(of: file, endpoints: [Endpoint(host: "h", port: 1)])
        let plan = RunPlan(runs, file: file, options: options())
        #expect(plan.places.isEmpty && plan.runs[0].log == nil)
        #expect(abs(plan.seconds - 5.8) < 1e-9)
        #expect(plan.summary == "1 run, about 5 seconds")
    }

    @Test func pairsInTurnsHaveTwoEnsemblesAtOnce() throws {
        let plan = try plan("{warmup_s: 1, duration_s: 4}")
        let (turns, whole) = (plan.paired(12, isInTurns: true), plan.paired(12, isInTurns: false))
        #expect(abs(turns.seconds - 12 * (5 + 0.8 + 2 * 0.6)) < 1e-9)
        #expect(abs(whole.seconds - 12 * 2 * (5 + 0.8 + 0.6)) < 1e-9)
        #expect(turns.places.map(\.needed) == plan.places.map { 2 * $0.needed })
        #expect(whole.places.map(\.needed) == plan.places.map(\.needed))
        #expect(turns.summary.hasPrefix("12 pairs of 1 run, about 85 seconds, needs up to "))
    }

    // MARK: The manifest

    @Test func aSelectionIsRecordedInOneOrder() throws {
        var file = try WorkloadFile(yaml: "load: [{name: a}, {name: b}, {name: c}]", source: "w.yaml")
        try file.choose(["c,a"])
        var options = options()
        options.overrides = ["repeats=2"]
        #expect(BenchSession.overrides(of: file, options) == ["repeats=2", "only=a", "only=c"])
    }

    @Test func servedLogsCannotBeChosen() throws {
        var file = try WorkloadFile(yaml: "load: [{name: a}, {name: b}]", source: "w.yaml")
        let endpoints = [Endpoint(host: "h", port: 1)]
        try file.choose(["a"])
        #expect(try BenchSession.runs(of: file, endpoints: endpoints).map(\.loadName) == ["a"])
        try file.choose(["a", "natural"])
        #expect(throws: UsageError.self) { try BenchSession.runs(of: file, endpoints: endpoints) }
    }

    // MARK: The program

    private func run(_ arguments: [String]) throws -> ProgramRun {
        try ProgramRun(ZabbenchProgram.path(), arguments, environment: ["XDG_CACHE_HOME": folder.path(of: "cache")])
    }

    @Test func aDryRunMakesNothing() throws {
        let yaml = "{repeats: 2, warmup_s: 0.5, duration_s: 1, load: [{name: one}, {name: other, clients: 2}]}"
        try folder.write(yaml.utf8, "w.yaml")
        let common = [
            folder.path(of: "w.yaml"), "--results", folder.path(of: "results"), "--data", folder.path(of: "data"),
        ]
        let history = ["--history", folder.path(of: "history.jsonl")]
        let whole = try run(["run", "--dry-run"] + common + history)
        #expect(whole.status == 0, "\(whole.errors)")
        let last = try #require(whole.output.split(separator: "\n").last)
        #expect(last.hasPrefix("4 runs, about 10 seconds, needs up to "), "\(whole.output)")
        let json = try run(["run", "--dry-run", "--json", "--only", "other"] + common)
        let members = try JSONSerialization.jsonObject(with: Data(json.output.utf8)) as? [String: Any]
        let runs = try #require(members?["runs"] as? [[String: Any]])
        #expect(runs.map { $0["load"] as? String } == Array(repeating: "other: closed 2x64, 128 B", count: 2))
        #expect(runs.compactMap { $0["about_s"] as? Double }.count == 2)
        let places = try #require(members?["places"] as? [[String: Any]])
        #expect(places.first?["needed_bytes"] is Int && places.first?["free_bytes"] is Int)
        let pairs = try run(
            ["ab", "--a", "HEAD", "--b", "HEAD", "--dry-run", "--pairs", "3", "--only", "one"] + common
        )
        #expect(pairs.status == 0 && pairs.output.contains("\n3 pairs of 1 run, about "), "\(pairs.errors)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["w.yaml"])
    }

    @Test func whatRunWouldRefuseADryRunRefuses() throws {
        try folder.write("load: [{name: one}, {name: other}]".utf8, "w.yaml")
        let path = folder.path(of: "w.yaml")
        for (flags, words) in [
            (
                ["--only", "nope"],
                "It has loads one, other; systems zabbench; strategies fdatasync_recycled; batchings"
            ),
            (["--log-data", folder.path(of: "logs")], "--log-data"), (["--server", "/nowhere"], "--server"),
            (["--set", "load.one.clients=0"], "load.one.clients"), (["--connect", "127.0.0.1:99999"], "--connect"),
        ] {
            let refused = try run(["run", path, "--dry-run"] + flags)
            #expect(refused.status == 64 && refused.errors.contains(words), "\(refused.errors)")
            #expect(refused.output.isEmpty)
        }
    }
}
