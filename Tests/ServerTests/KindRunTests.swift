import Foundation
import Results
import Targets
import TestSupport
import Testing

/// Transactions, linearizable reads and observers on real servers: ours, and Apache ZooKeeper's.
@Suite(.serialized, .timeLimit(.minutes(3))) struct KindRunTests {
    private static let workload = """
        name: kinds
        shuffle: false
        ensemble: {sizes: 3, observers: 1}
        warmup_s: 0
        duration_s: 1
        load:
          - {name: writes, clients: 8, outstanding: 64, keys: 80, multi: 4}
          - {name: reads, clients: 8, outstanding: 256, keys: 80, mix: {set: 1, get: 1}, multi: 2, reads: linearizable}
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

    /// What both rows must say, whoever's servers they are.
    private func judge(_ row: [String: String], multi: Int) {
        #expect(row["valid"] == "true" && row["ensemble_size"] == "3" && row["multi"] == "\(multi)", "\(row)")
        #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["reordered"] == "0")
        let acknowledged = Int(row["writes_acknowledged"] ?? "") ?? 0
        #expect(acknowledged > 0 && acknowledged.isMultiple(of: multi))
    }

    @Test func oursDoWhatIsAsked() throws {
        let result = try run([])
        #expect(result.status == 0, "\(result.errors)")
        let found = try rows("summary.csv")
        #expect(found.map { $0["point"] } == ["writes", "reads"])
        judge(found[0], multi: 4)
        judge(found[1], multi: 2)
        for row in found { #expect(row["observers"] == "1" && row["digests_agree"] == "true") }
        #expect(found[0]["reads"] == "" && found[1]["reads"] == "linearizable")
        #expect(found[0]["read_response_p99_us"] == "" && found[0]["cpu_us_per_write"] != "")
        #expect(found[1]["read_response_p99_us"] != "" && found[1]["write_response_p50_us"] != "")
        #expect(found[1]["cpu_us_per_write"] == "" && found[1]["cpu_us_per_operation"] != "")
        let states = Dictionary(grouping: try rows("servers.csv"), by: { $0["server_id"] ?? "" })
        #expect(states["4"]?.allSatisfy { $0["state"] == "observer" } == true)
        #expect(["1", "2", "3"].allSatisfy { states[$0]?.contains { $0["state"] == "observer" } == false })
        let log = String(decoding: try folder.read("r/latest/latency.hlog"), as: UTF8.self)
        #expect(log.contains("Tag=2_reads,") && log.contains("Tag=2_writes,") && !log.contains("Tag=1_reads,"))
        #expect(result.output.contains("read p99") && result.output.contains("znodes/s"), "\(result.output)")
    }

    /// On the observer: on its leader ZooKeeper's sync waits for nothing.
    @Test(.enabled(if: ApacheEnsemble.isInstalled, "make peers")) func zookeepersDoToo() throws {
        let result = try run([
            "--only", "reads", "--set", "ensemble.systems=zookeeper", "--set", "ensemble.sizes=2", "--set",
            "load.reads.connect_to=observers",
        ])
        #expect(result.status == 0, "\(result.errors)")
        let row = try #require(try rows("summary.csv").first)
        #expect(row["system"] == "zookeeper" && row["observers"] == "1" && row["connect_to"] == "observers")
        #expect(row["valid"] == "true" && row["multi"] == "2" && row["reads"] == "linearizable", "\(row)")
        #expect(row["writes_acknowledged"] == row["acknowledged_verified"] && row["writes_acknowledged"] != "0")
        #expect(row["write_response_p99_us"] != "" && row["reordered"] == "0")
        #expect(try rows("servers.csv").contains { $0["server_id"] == "3" && $0["state"] == "observer" })
    }
}
