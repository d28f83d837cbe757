import Client
import Foundation
import Targets
import TestSupport
import Testing

/// `zabbench run --connect` on servers of ours: who is named, and what killed runs leave behind.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ConnectTests {
    private static func connect(_ ensemble: TestEnsemble) -> String {
        ensemble.servers.endpoints.map(\.description).joined(separator: ",")
    }

    @Test func aPartOfAnEnsembleIsRefused() async throws {
        try await TestEnsemble.with { ensemble, _ in
            let desk = try ConnectDesk()
            let two = ensemble.servers.endpoints[1...].map(\.description).joined(separator: ",")
            let run = try desk.run(two)
            #expect(run.status == 64)
            #expect(run.errors.contains("has 3 voting servers, but only 2 are listed"), "\(run.errors)")
            #expect(run.errors.contains("missing, according to the servers: server.1="), "\(run.errors)")
            #expect(run.errors.split(separator: "\n").count == 1 && !desk.hasResults)
            let flag = try desk.run(Self.connect(ensemble), ["--set", "log.strategy=none_recycled"])
            #expect(flag.status == 64 && flag.errors.contains("--set log.strategy=none_recycled"), "\(flag.errors)")
        }
    }

    @Test func serversOfTwoEnsemblesAreRefused() async throws {
        try await TestEnsemble.with(size: 1) { one, _ in
            try await TestEnsemble.with(size: 1) { other, _ in
                let run = try ConnectDesk().run(Self.connect(one) + "," + Self.connect(other))
                #expect(run.status == 64 && run.errors.contains("each lead one"), "\(run.errors)")
            }
        }
    }

    /// Whose the servers are is not the file's to say: each load once, on those that are named.
    @Test func systemsOfTheFileAreLeftOut() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let systems = "ensemble: {sizes: 1, systems: [zabbench, zookeeper]}"
            let desk = try ConnectDesk(ConnectDesk.workload.replacing("ensemble: {sizes: 1}", with: systems))
            let run = try desk.run(Self.connect(ensemble))
            #expect(run.status == 0, "\(run.errors)")
            let line = "w.yaml: ensemble.sizes, ensemble.systems, log left out: the servers of --connect keep their own"
            #expect(run.errors.components(separatedBy: line).count == 2, "\(run.errors)")
            #expect(try desk.result("summary.csv").split(separator: "\n").count == 2)
            #expect(try desk.row()["system"] == "zabbench")
        }
    }

    @Test func everyCauseHasItsOwnLine() async throws {
        let held = try HeldPort()
        let free = held.port
        let start = ContinuousClock.now
        let refused = try ConnectDesk().run("127.0.0.1:\(free)")
        #expect(refused.status == 1)
        #expect(refused.errors.contains("--connect: 127.0.0.1:\(free): connection refused"), "\(refused.errors)")
        let name = try ConnectDesk().run("no-such-host.invalid:2181,also-none.invalid")
        #expect(name.status == 1)
        for host in ["no-such-host.invalid", "also-none.invalid"] {
            #expect(name.errors.contains("cannot resolve the host name \(host)"), "\(name.errors)")
        }
        let blank = try ConnectDesk().run("127.0.0.1:\(free), 127.0.0.1:\(free)")
        #expect(blank.status == 64 && blank.errors.contains("a server is listed twice"), "\(blank.errors)")
        #expect(start.duration(to: .now) < .seconds(60), "at once, and not after the 15 s of an election each")
    }

    /// A bench that is killed cannot remove its znodes. The next one can tell that it is over, and does it; one that
    /// goes on is left alone.
    @Test func whatAKilledRunLeftBehindIsRemovedByTheNext() async throws {
        try await TestEnsemble.with(size: 1) { ensemble, _ in
            let desk = try ConnectDesk()
            let watcher = try await ZooKeeperClient.connect(
                to: ensemble.servers.endpoints,
                configuration: ZooKeeperClient.Configuration()
            )
            try await watcher.create("/zabbench-20200101T000000Z-1-1")
            let bench = try ChildProcess(
                executable: ZabbenchProgram.path(),
                arguments: ["run", "w.yaml", "--connect", Self.connect(ensemble), "--set", "duration_s=600"],
                directory: desk.path,
                outputPath: desk.path + "/killed.log"
            )
            let root = try await Self.root(of: bench, watcher)
            let beside = try ConnectDesk().run(Self.connect(ensemble))
            #expect(beside.errors.contains("another zabbench loads these servers (\(root))"), "\(beside.errors)")
            #expect(try await watcher.exists(root) != nil)

            bench.send(signal: SIGKILL)
            #expect(await bench.waitForExit(seconds: 30) == .signal(SIGKILL))
            #expect(try await watcher.getChildren(root).count == 80)
            let next = try desk.run(Self.connect(ensemble))
            #expect(next.status == 0, "\(next.errors)")
            #expect(
                next.errors.contains("removed what killed runs had left behind: \(root) (81 znodes)"),
                "\(next.errors)"
            )
            #expect(try await watcher.exists(root) == nil)
            // It may be anybody's.
            #expect(next.errors.contains("/zabbench-20200101T000000Z-1-1: left alone"), "\(next.errors)")
            #expect(try await watcher.exists("/zabbench-20200101T000000Z-1-1") != nil)
            await watcher.close()
        }
    }

    /// The root of the bench's run, once all of its keys are there.
    private static func root(of bench: ChildProcess, _ watcher: ZooKeeperClient) async throws -> String {
        var events = watcher.events.makeAsyncIterator()
        while bench.exit == nil {
            let names = try await watcher.getChildren("/", watch: true)
            let root = names.first { $0.hasPrefix("zabbench-2") && !$0.hasPrefix("zabbench-2020") }.map { "/\($0)" }
            if let root, try await watcher.getChildren(root, watch: true).count == 80 { return root }
            _ = await events.next()
        }
        throw TargetError("the bench ended: \(bench.exit!)")
    }
}
