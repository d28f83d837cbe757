import Foundation
import TestSupport
import Testing
import Wire

@testable import Targets

/// How etcd's servers are found, told what to do, and asked.
@Suite struct EtcdLaunchTests {
    private let folder = TemporaryFolder()

    private func installation(_ name: String = "home/bin/etcd") throws -> EtcdInstallation {
        try folder.make("home/bin")
        try folder.write("#!/bin/sh\n".utf8, name)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: folder.path(of: name))
        return try EtcdInstallation(home: folder.path(of: "home"), environment: [:])
    }

    private static let ports = [1, 2, 3].map { ServerPorts(client: 10 * $0, peer: 10 * $0 + 1, election: 10 * $0 + 2) }

    @Test func itIsFoundInAFolderOrOnThePath() throws {
        #expect(try installation().program == folder.path(of: "home/bin/etcd"))
        #expect(try installation("home/etcd").program == folder.path(of: "home/etcd"))
        let path = "/nowhere:\(folder.path(of: "home"))"
        #expect(try EtcdInstallation(home: nil, environment: ["PATH": path]).program == folder.path(of: "home/etcd"))
        // A folder of that name is no program.
        try folder.make("other/etcd")
        #expect {
            _ = try EtcdInstallation(home: folder.path(of: "other"), environment: [:])
        } throws: {
            "\($0)" == "no program etcd in \(folder.path(of: "other")) or its bin; name the folder of a release of etcd"
        }
        #expect(EtcdInstallation.objection(toHome: folder.path(of: "home")) == nil)
        #expect(
            EtcdInstallation.objection(toHome: folder.path(of: "none"))
                == "no such folder; name the folder of a release of etcd"
        )
        #expect {
            _ = try EtcdInstallation(home: nil, environment: [:])
        } throws: { "\($0)" == "etcd is not installed: make peers (no etcd on the PATH)" }
    }

    private func launch(hasLogFolders: Bool = false, seconds: Double = 10) throws -> EtcdLaunch {
        EtcdLaunch(
            installation: try installation(),
            size: 3,
            hasLogFolders: hasLogFolders,
            seconds: seconds,
            payloadBytes: 128
        )
    }

    @Test func aServerIsToldItsPortsAndItsFriends() throws {
        let launch = try launch()
        let server = ServerFolder(id: 2, in: folder.path)
        try launch.prepare(server, ports: Self.ports)
        let command = launch.command(for: server)
        #expect(command.program == folder.path(of: "home/bin/etcd"))
        for argument in [
            "--name=server2", "--data-dir=\(server.dataPath)", "--listen-client-urls=http://127.0.0.1:20",
            "--advertise-client-urls=http://127.0.0.1:20", "--listen-peer-urls=http://127.0.0.1:21",
            "--initial-advertise-peer-urls=http://127.0.0.1:21", "--initial-cluster-state=new",
            "--initial-cluster=server1=http://127.0.0.1:11,server2=http://127.0.0.1:21,server3=http://127.0.0.1:31",
        ] {
            #expect(command.arguments.contains(argument), "\(command.arguments)")
        }
        // What nobody has asked for is etcd's own choice.
        for flag in ["snapshot-count", "quota", "fsync", "heartbeat", "election", "compaction", "wal-dir"] {
            #expect(!command.arguments.contains { $0.contains("--\(flag)") }, "\(flag)")
        }
        // etcd looks at what else lies in its folder.
        #expect(try FileManager.default.contentsOfDirectory(atPath: server.dataPath) == [])
        #expect(launch.changes.count == 1 && launch.changes[0].contains("--log-level=warn"))
    }

    @Test func theQuotaIsRaisedWhereTheLoadCouldReachIt() throws {
        let server = ServerFolder(id: 1, in: folder.path)
        let launch = try launch(hasLogFolders: true, seconds: 600)
        let arguments = launch.command(for: server, ports: Self.ports)
        #expect(arguments.contains("--quota-backend-bytes=8589934592"))
        #expect(arguments.contains("--wal-dir=\(server.dataLogPath)/wal"))
        #expect(launch.changes.contains { $0.hasPrefix("--quota-backend-bytes=8589934592 (default 2147483648)") })
    }

    // MARK: What a process was told

    @Test func flagsAreReadAsEtcdReadsThem() {
        let flags = EtcdFlags(
            arguments: ["--data-dir", "/d", "-wal-dir=/w", "--unsafe-no-fsync", "--snapshot-count=7"],
            environment: ["ETCD_SNAPSHOT_COUNT": "9", "ETCD_QUOTA_BACKEND_BYTES": "5", "GOGC": "50", "HOME": "/root"]
        )
        #expect(flags["data-dir"] == "/d" && flags["wal-dir"] == "/w")
        // The command line counts before the environment.
        #expect(flags.snapshotCount == "7" && flags.quota == "5")
        #expect(!flags.isSynced && flags.durability == "unsafe-no-fsync")
        #expect(flags.variables == ["ETCD_QUOTA_BACKEND_BYTES=5", "ETCD_SNAPSHOT_COUNT=9", "GOGC=50"])
        #expect(flags.compaction == "none")
    }

    @Test(
        arguments: [
            ([], [:], true), ([], ["ETCD_UNSAFE_NO_FSYNC": "true"], false), ([], ["ETCD_UNSAFE_NO_FSYNC": "1"], false),
            ([], ["ETCD_UNSAFE_NO_FSYNC": "false"], true),
            (["--unsafe-no-fsync=false"], ["ETCD_UNSAFE_NO_FSYNC": "1"], true),
            (["--unsafe-no-fsync=true"], [:], false), (["--unsafe-no-fsync", "--name=a"], [:], false),
        ] as [([String], [String: String], Bool)]
    )
    func whetherItSyncsIsRead(arguments: [String], environment: [String: String], isSynced: Bool) {
        #expect(EtcdFlags(arguments: arguments, environment: environment).isSynced == isSynced)
    }

    // MARK: What a server says

    @Test func theStatusSaysWhoLeads() throws {
        let json = """
            {"header":{"cluster_id":"15875391935852295136","member_id":"7383792418829112008","revision":"12","raft_term":"3"},
            "version":"3.4.23","dbSize":"20480","leader":"7383792418829112008","raftIndex":"40","raftTerm":"3",
            "raftAppliedIndex":"39","dbSizeInUse":"16384"}
            """
        let status = try #require(EtcdStatus(json: Data(json.utf8)))
        #expect(status.state == "leader" && status.applied == 39 && status.term == 3 && status.revision == 12)
        let report = MonitorReport(values: status.monitorValues)
        #expect(report.system == "etcd" && report.version == "3.4.23")
        #expect(report.isServing && report.isLeading && report.hexadecimal(.lastApplied) == 39)

        let follower = json.replacing("\"leader\":\"7383792418829112008\"", with: "\"leader\":\"5\"")
        #expect(EtcdStatus(json: Data(follower.utf8))?.state == "follower")
        // What is 0 is left out.
        let alone = json.replacing("\"leader\":\"7383792418829112008\",", with: "")
        let looking = try #require(EtcdStatus(json: Data(alone.utf8)))
        #expect(looking.state == "looking" && !MonitorReport(values: looking.monitorValues).isServing)
        #expect(EtcdStatus(json: Data("{\"error\":\"x\"}".utf8)) == nil && EtcdStatus(json: Data()) == nil)
    }

    /// As a follower of three wrote it, etcd 3.4.23 of Debian, after 60 puts; without buckets, and some families.
    @Test func itsCountersAreOurs() throws {
        let path = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "etcd/metrics-3.4.23.txt")
        let metrics = EtcdMetrics(parsing: try String(contentsOf: path, encoding: .utf8))
        let report = MonitorReport(values: [MonitorReport.etcdKey: "1"]).merging(metrics.monitorValues)
        let sample = ServerSample(serverID: 2, report: report, pid: nil, isShared: false)
        #expect(sample.counters["syncs"] == 67 && sample.counters["sync_time_us"] == 75643)
        #expect(sample.counters["log_bytes_written"] == 12_864)
        #expect(sample.counters["proposals"] == 68 && sample.counters["commits"] == 68)
        // Clients' and peers'.
        #expect(sample.counters["bytes_in"] == 11_440 && sample.counters["bytes_out"] == 10_904)
        #expect(sample.gauges["rss_bytes"] == 29_638_656)
        // What it does not count is absent.
        for name in ["messages_in", "group_commits", "allocations", "records_logged"] {
            #expect(sample.counters[name] == nil, "\(name)")
        }
    }

    @Test func linesThatAreNoCountersAreSkipped() {
        let metrics = EtcdMetrics(
            parsing: """
                # HELP a what it is
                a{x="1"} 2
                a{x="2 3"} 1.5e+01
                b_bucket{le="0.1"} 7
                c NaN
                d
                """
        )
        #expect(metrics["a"] == 17 && metrics["b_bucket"] == nil && metrics["d"] == nil)
        #expect(EtcdMetrics(parsing: "").monitorValues.isEmpty)
    }
}
