import Foundation
import Results
import Targets
import TestSupport
import Testing

/// Faults of Apache ZooKeeper's servers: found, made, repaired and proven as those of ours.
@Suite(.serialized, .timeLimit(.minutes(5))) struct VersusFaultTests {
    /// Short ticks, so that a cut-off leader is given up soon.
    private static let workload = """
        name: faults
        ensemble: {sizes: 3, systems: zookeeper, tick_time_ms: 100, init_limit: 100, sync_limit: 5}
        warmup_s: 0
        load: {mode: open, rate_per_s: 500, clients: 6, keys: 60, session_timeout_ms: 2000}
        faults: {kinds: [leader_killed, leader_cut], pause_s: 0.2, watches: 10, state: {znodes: 20, data_bytes: 10}}
        """

    private let folder = TemporaryFolder()

    private func run(_ arguments: [String], environment: [String: String] = [:]) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        let common = ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        return try ProgramRun(
            ZabbenchProgram.path(),
            common + arguments,
            in: folder.path,
            environment: ["ZOOKEEPER_JVMFLAGS": "-Xmx128m"].merging(environment) { $1 }
        )
    }

    private func rows(_ file: String) throws -> [[String: String]] {
        let table = CSVTable(parsing: String(decoding: try folder.read("r/latest/\(file)"), as: UTF8.self))
        return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
    }

    /// All in one ensemble with the proxy between its servers.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func aKilledAndACutOffLeaderGiveOutages() throws {
        let result = try run(["--set", "links={}"])
        #expect(result.status == 0, "\(result.errors)")
        let faults = try rows("elections.csv")
        #expect(Set(faults.map { $0["fault"] }) == ["leader_killed", "leader_cut"])
        for fault in faults {
            #expect(
                fault["system"] == "zookeeper" && fault["complete"] == "true" && fault["proxied"] == "true",
                "\(fault)"
            )
            #expect(fault["leader_after"] != "" && fault["leader_after"] != fault["leader_before"])
            let epochs = ["epoch_before", "epoch_after"].compactMap { fault[$0].flatMap { Int($0) } }
            #expect(epochs.count == 2 && epochs[0] < epochs[1], "\(fault)")
            #expect(fault["watches_kept"] == "10" && fault["watches_placed"] == "10")
            #expect(fault["detection_ms"] == "" && fault["phases_sum_ms"] == "" && fault["rounds"] == "")
            #expect(fault["old_leader_back_ms"] != "")
        }
        // A silent leader is given up after its ticks, less what had passed of one.
        let cut = try #require(faults.first { $0["fault"] == "leader_cut" }?["outage_ms"].flatMap(Double.init))
        #expect(cut > 300)
        let row = try #require(try rows("summary.csv").first)
        #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["writes_acknowledged"] != "0")
        #expect(result.output.replacing("\n", with: " ").contains("Phases of zookeeper are not reported"))
        #expect(folder.names(in: "data").isEmpty)
    }

    /// A Java that forgets: when a server is started for the third time, its data are those of the second start, but for the
    /// epochs, without which its clients would know.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func aWriteLostInAFaultIsExitCodeFour() throws {
        let java = try #require(
            ["/usr/bin/java", "/usr/local/bin/java"].first { FileManager.default.isExecutableFile(atPath: $0) }
        )
        try folder.make("java/bin")
        let script = """
            #!/bin/sh
            if [ -f zoo.cfg ]; then
              if [ -d kept ]; then cp data/version-2/*Epoch kept/version-2 && rm -rf data && cp -r kept data
              elif [ -d data/version-2 ]; then cp -r data kept
              fi
            fi
            exec \(java) "$@"

            """
        try folder.write(script.utf8, "java/bin/java")
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: folder.path(of: "java/bin/java")
        )
        let result = try run(
            ["--set", "ensemble.sizes=2", "--set", "faults.kinds=ensemble_restarted", "--set", "faults.repeats=2"],
            environment: ["JAVA_HOME": folder.path(of: "java")]
        )
        #expect(result.status == 4, "\(result.output)\n\(result.errors)")
        // What was measured in such a run is worth nothing.
        let faults = try rows("elections.csv")
        #expect(faults.map { $0["fault"] } == ["ensemble_restarted", "ensemble_restarted"])
        #expect(faults.allSatisfy { $0["complete"] == "false" && $0["why"] == "acknowledged writes violated" })
        #expect(faults.allSatisfy { $0["outage_ms"] == "" && $0["session_outage_max_ms"] == "" }, "\(faults)")
        let row = try #require(try rows("summary.csv").first)
        #expect(
            row["valid"] == "false" && row["invalid_reason"]?.contains("acknowledged writes violated") == true,
            "\(row)"
        )
    }
}
