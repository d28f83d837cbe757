import Foundation
import Glibc
import Results
import Targets
import TestSupport
import Testing
import Wire

/// `ensemble.systems: [etcd]`: Debian's etcd started, loaded, read back and stopped by the harness.
@Suite(.serialized, .timeLimit(.minutes(5))) struct EtcdRunTests {
    private static let workload = """
        name: etcd
        ensemble: {sizes: 3, systems: etcd}
        warmup_s: 0
        duration_s: 1
        load: {clients: 4, outstanding: 16, keys: 80}
        """

    #if Etcd
        private static let hasClient = true
    #else
        private static let hasClient = false
    #endif
    private static let isInstalled = (try? EtcdInstallation(home: nil)) != nil

    private let folder = TemporaryFolder()

    private func run(_ arguments: [String], _ environment: [String: String] = [:]) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        return try ProgramRun(
            ZabbenchProgram.path(),
            ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"] + arguments,
            in: folder.path,
            environment: environment
        )
    }

    private func rows() throws -> [[String: String]] {
        let table = CSVTable(parsing: String(decoding: try folder.read("r/latest/summary.csv"), as: UTF8.self))
        return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
    }

    @Test(.enabled(if: !hasClient, "this build has the client")) func aBuildWithoutTheClientSaysSo() throws {
        let result = try run([])
        #expect(result.status == 1)
        #expect(result.errors.contains("this build has no etcd client; make peers makes one"), "\(result.errors)")
        let connected = try run(["--connect", "etcd://127.0.0.1:1", "--set", "ensemble={placement: external}"])
        #expect(connected.status == 64, "\(connected.errors)")
    }

    @Test func whatCannotBeIsOneLineBefore() throws {
        let result = try run(["--etcd-home", "x", "--set", "ensemble.systems=zabbench"])
        #expect(result.status == 64 && result.errors.hasPrefix("zabbench: --etcd-home: no run of w.yaml is etcd's"))
        let none = try run(["--etcd-home", "x"])
        #expect(none.status == 64 && none.errors.hasPrefix("zabbench: --etcd-home x: no such folder; name the folder"))
        #expect(folder.names == ["w.yaml"])
    }

    @Test(.enabled(if: hasClient && isInstalled, "make peers")) func itIsLoadedAndProven() throws {
        let mix = "load.mix={set: 6, get: 2, exists: 1, create: 2, delete: 1}"
        let result = try run(["--set", mix])
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try rows().first)
        #expect(row["system"] == "etcd" && row["valid"] == "true" && row["fsync_strategy"] == "", "\(row)")
        #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["writes_acknowledged"] != "0")
        #expect(row["syncs_per_write"] != "" && row["unequal_durability"] == "false")
        // With reads in the mix nobody knows what of it a write has cost.
        #expect(row["cpu_us_per_operation"] != "" && row["cpu_us_per_write"] == "")
        let manifest = String(decoding: try folder.read("r/latest/manifest.json"), as: UTF8.self)
        #expect(manifest.contains("\"durability\" : \"fsync\"") && manifest.contains("--log-level=warn"))
        #expect(folder.names(in: "data").isEmpty)
    }

    @Test(.enabled(if: hasClient && isInstalled, "make peers")) func oneThatDoesNotSyncIsRefusedThenMarked() throws {
        let lax = ["ETCD_UNSAFE_NO_FSYNC": "true"]
        // A closed loop on an etcd that syncs nothing keeps a debug build's client busy all the time.
        let both = [
            "--set", "ensemble={sizes: 1, systems: [zabbench, etcd]}",
            "--set", "load={mode: open, rate_per_s: 500, clients: 4, outstanding: 16, keys: 80}",
        ]
        let refused = try run(both, lax)
        #expect(refused.status == 64 && refused.errors.contains("etcd (unsafe-no-fsync) without"), "\(refused.errors)")
        let result = try run(both + ["--allow-unequal-durability"], lax)
        #expect(result.status == 0, "\(result.errors)")
        #expect(try rows().map { $0["unequal_durability"] } == ["true", "true"])
        let manifest = String(decoding: try folder.read("r/latest/manifest.json"), as: UTF8.self)
        #expect(manifest.contains("\"durability\" : \"unsafe-no-fsync\""))
    }

    /// Killed, restarted on its data and ports, and leader or follower again.
    @Test(.enabled(if: isInstalled, "make peers")) func aKilledServerIsStartedAgain() async throws {
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        let ensemble = ProcessEnsemble(
            size: 3,
            launch: EtcdLaunch(
                installation: try EtcdInstallation(home: nil),
                size: 3,
                hasLogFolders: false,
                seconds: 1,
                payloadBytes: 20
            ),
            folder: try folder.make("ensemble"),
            janitor: janitor,
            stopSeconds: 1
        )
        do {
            try await ensemble.start()
            let leader = try #require(await ensemble.leader())
            try ensemble.kill(leader.id, signal: SIGKILL)
            #expect(await ensemble.waitForExit(of: leader.id, seconds: 30))
            #expect(await ensemble.report(of: leader) == nil)
            try await ensemble.restart(leader.id)
            try await ensemble.waitUntilServing(seconds: 30)
            let report = try #require(await ensemble.fullReport(of: leader))
            #expect(report.system == "etcd" && report.isServing && report.number(.syncs) ?? 0 > 0)
        } catch {
            await ensemble.stop()
            await janitor.finish()
            throw error
        }
        await ensemble.stop()
        await janitor.finish()
    }
}
