import Foundation
import Results
import Targets
import TestSupport
import Testing

/// Several ensembles over the same hosts with real servers: ours, and Apache ZooKeeper's.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ShardRunTests {
    private static let workload = """
        name: shards
        shuffle: false
        ensemble: {sizes: 3, shards: [1, 2]}
        warmup_s: 0
        duration_s: 1
        load:
          - {name: writes, clients: 8, outstanding: 64, keys: 80}
          - {name: mixed, clients: 8, outstanding: 64, keys: 80, mix: {set: 1, get: 1}, connect_to: followers}
        """

    private let folder = TemporaryFolder()

    private func run(_ arguments: [String]) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        return try ProgramRun(
            ZabbenchProgram.path(),
            ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"] + arguments,
            in: folder.path,
            environment: ["ZOOKEEPER_JVMFLAGS": "-Xmx128m"]
        )
    }

    private func rows(_ name: String) throws -> [[String: String]] {
        let table = CSVTable(parsing: String(decoding: try folder.read("r/latest/\(name)"), as: UTF8.self))
        return table.rows.map { Dictionary(uniqueKeysWithValues: zip(table.header, $0)) }
    }

    /// The leaders of a run by their shards, as its events have them.
    private func leaders(_ run: String) throws -> [(server: Int, detail: String)] {
        try rows("events.csv").filter { $0["run_id"] == run && $0["event"] == "leader_elected" }
            .map { (Int($0["server_id"] ?? "") ?? 0, $0["detail"] ?? "") }
    }

    private func judge(_ row: [String: String], shards: String) {
        #expect(row["valid"] == "true" && row["shards"] == shards && row["ensemble_size"] == "3", "\(row)")
        #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["reordered"] == "0")
        #expect(Int(row["writes_acknowledged"] ?? "") ?? 0 > 0)
    }

    @Test func oursShareTheKeys() throws {
        let result = try run([])
        #expect(result.status == 0, "\(result.errors)")
        let found = try rows("summary.csv")
        #expect(found.map { $0["point"] } == ["writes", "mixed", "writes", "mixed"])
        for (row, shards) in zip(found, ["1", "1", "2", "2"]) {
            judge(row, shards: shards)
            #expect(row["digests_agree"] == "true" && (row["leader_id"] == "") == (shards == "2"))
        }
        #expect(found[2]["cpu_us_per_write"] != "" && found[2]["leader_loop_utilization"] != "")
        let servers = Dictionary(grouping: try rows("servers.csv"), by: { $0["run_id"] ?? "" })
        let run = try #require(found[2]["run_id"])
        let shards = Dictionary(grouping: servers[run] ?? [], by: { $0["server_id"] ?? "" })
            .mapValues { Set($0.map { $0["shard"] ?? "" }) }
        #expect(shards == ["1": ["1"], "2": ["1"], "3": ["1"], "4": ["2"], "5": ["2"], "6": ["2"]])
        #expect(servers[found[0]["run_id"] ?? ""]?.allSatisfy { $0["shard"] == "" } == true)
        // The third seat and the second one.
        let leaders = try leaders(run)
        #expect(leaders.map(\.server) == [3, 5] && leaders.map(\.detail).allSatisfy { $0.contains("of shard ") })
        #expect(result.output.contains("divided by those of one ensemble"), "\(result.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.path + "/data"))
    }

    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func zookeepersDoToo() throws {
        let result = try run([
            "--only", "writes", "--set", "ensemble.systems=zookeeper", "--set", "ensemble.shards=2",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try rows("summary.csv").first)
        judge(row, shards: "2")
        #expect(row["system"] == "zookeeper")
        #expect(try leaders(row["run_id"] ?? "").map(\.server) == [3, 5])
    }
}
