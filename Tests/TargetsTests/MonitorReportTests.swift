import Testing

@testable import Targets

@Suite struct MonitorReportTests {
    static let ours = """
        zk_version\tzabbench 0.1.0, built somewhere
        zk_server_state\tleader
        zk_znode_count\t1005
        zk_outstanding_requests\t12
        zk_last_applied_zxid\t0x200000010
        zab_epoch\t2
        zab_pid\t4242
        zab_syncs\t77
        zab_log_bytes_written\t123456789
        zab_allocations\t5000
        zab_digest\t00000000deadbeef
        zab_digest_zxid\t0x200000010

        """
    static let zooKeeper = """
        zk_version\t3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC\r
        zk_server_state\tstandalone\r
        zk_max_client_response_size\t-1\r
        zk_cnt_fsynctime\t31\r
        zk_sum_fsynctime\t1234.0\r
        """

    @Test func readsOurs() {
        let report = MonitorReport(parsing: Self.ours)
        #expect(report.system == "zabbench")
        #expect(report.version == "zabbench 0.1.0")
        #expect(report.isLeading)
        #expect(report.number("zk_znode_count") == 1005)
        #expect(report.hexadecimal("zab_digest") == 0xdead_beef)
        #expect(report.hexadecimal("zab_digest_zxid") == 0x2_0000_0010)
        #expect(report.number("zk_server_state") == nil)
    }

    @Test func readsZooKeepers() {
        let report = MonitorReport(parsing: Self.zooKeeper)
        #expect(report.system == "zookeeper")
        #expect(report.version == "3.8.0")
        #expect(report.isLeading)
        #expect(report.isServing)
        #expect(report.number("zk_max_client_response_size") == nil)
        #expect(report.number("zk_sum_fsynctime") == 1234)
    }

    /// It counts by our keys, and is no server of ours.
    @Test func readsAYardsticks() {
        let report = MonitorReport(
            parsing: "zk_version\t1-yardstick\nzk_server_state\tleader\nzk_last_applied_zxid\t0x10\nzab_syncs\t7\n"
        )
        #expect(report.system == "yardstick" && report.version == "1" && report.isLeading)
        let sample = ServerSample(serverID: 1, report: report, pid: nil, isShared: false)
        #expect(sample.counters["syncs"] == 7 && sample.counters["allocations"] == nil && sample.lastZxid == "0x10")
    }

    @Test(arguments: [
        ("", false), ("This ZooKeeper instance is not currently serving requests\n", false),
        ("zk_server_state\tlooking\n", false), ("zk_server_state\tfollower\n", true),
        ("zk_server_state\tobserver", true),
    ])
    func servingIsSaidInSoManyWords(_ text: String, _ serves: Bool) {
        #expect(MonitorReport(parsing: text).isServing == serves)
        #expect(!MonitorReport(parsing: text).isLeading)
    }

    @Test func whatASystemDoesNotTellIsAbsent() {
        let ours = ServerSample(serverID: 1, report: MonitorReport(parsing: Self.ours), pid: nil, isShared: false)
        #expect(ours.counters["syncs"] == 77)
        #expect(ours.counters["allocations"] == 5000)
        #expect(ours.counters["cpu_user_us"] == nil)
        #expect(ours.digest == 0xdead_beef)
        let theirs = ServerSample(
            serverID: 1,
            report: MonitorReport(parsing: Self.zooKeeper),
            pid: nil,
            isShared: false
        )
        #expect(theirs.counters["syncs"] == 31)
        #expect(theirs.counters["sync_time_us"] == 1_234_000)
        #expect(theirs.counters["allocations"] == nil)
        #expect(theirs.digest == nil)
    }

    @Test func aSharedProcessBelongsToNoServer() {
        let sample = ServerSample(serverID: 1, report: MonitorReport(parsing: Self.ours), pid: nil, isShared: true)
        #expect(sample.counters["allocations"] == nil)
        #expect(sample.gauges["rss_bytes"] == nil)
        #expect(sample.counters["syncs"] == 77)
    }
}

@Suite struct ServerHistoryTests {
    /// Samples of one server: seconds and the counter `syncs`.
    static func history(_ values: [(Double, UInt64)], id: Int = 1) -> ServerHistory {
        var history = ServerHistory()
        for (second, value) in values {
            var sample = ServerSample(serverID: id, report: MonitorReport(parsing: ""), pid: nil, isShared: true)
            sample.monotonicNanoseconds = UInt64(second * 1e9)
            sample.counters = ["syncs": value]
            history.add([sample])
        }
        return history
    }

    @Test(arguments: [
        (1.0, 2.0, 100.0), (1.5, 2.5, 150), (0, 9, 300), (2, 2, 0), (0.5, 1, 0), (2.5, 9, 100),
    ])
    func growthIsEvenBetweenSamples(_ from: Double, _ to: Double, _ growth: Double) throws {
        let history = Self.history([(1, 1000), (2, 1100), (3, 1300)])
        let found = try #require(
            history.growth(of: "syncs", server: 1, from: UInt64(from * 1e9), to: UInt64(to * 1e9))
        )
        #expect(abs(found - growth) < 1e-6)
    }

    @Test func whatIsNotKnownOfAllIsNotSummed() {
        let history = Self.history([(1, 10), (2, 20)])
        #expect(history.growth(of: "syncs", servers: [1], from: 0, to: 9_000_000_000) == 10)
        #expect(history.growth(of: "syncs", servers: [1, 2], from: 0, to: 9_000_000_000) == nil)
        #expect(history.growth(of: "allocations", servers: [1], from: 0, to: 9) == nil)
        #expect(history.growth(of: "syncs", servers: [], from: 0, to: 9) == nil)
    }

    @Test func aRestartedServerHasNoGrowth() {
        let history = Self.history([(1, 1000), (2, 5), (3, 50)])
        #expect(history.growth(of: "syncs", server: 1, from: 0, to: 9_000_000_000) == nil)
    }
}

@Suite struct ListeningProcessTests {
    @Test func findsListenersByTheirPortInHexadecimal() {
        let table = """
              sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
               0: 0100007F:0885 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100
               1: 0100007F:0885 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20
               2: 00000000:0886 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100
            """
        #expect(ListeningProcess.listeningInodes(port: 0x885, table: table) == ["111"])
        #expect(ListeningProcess.listeningInodes(port: 9, table: table) == [])
    }
}

@Suite struct ServerFolderTests {
    @Test func configurationNamesEveryServer() {
        let ports = [ServerPorts(client: 1, peer: 2, election: 3), ServerPorts(client: 4, peer: 5, election: 6)]
        let text = ServerFolder(id: 2, in: "/d").configuration(settings: ServerSettings(), ports: ports)
        let lines = text.split(separator: "\n").map(String.init)
        for line in [
            "tickTime=2000", "initLimit=10", "syncLimit=5", "dataDir=/d/server2/data", "clientPort=4",
            "clientPortAddress=127.0.0.1", "server.1=127.0.0.1:2:3", "server.2=127.0.0.1:5:6",
            "zabbench.log.strategy=fdatasync_recycled", "admin.enableServer=false",
        ] { #expect(lines.contains(line), "\(line)") }
        #expect(lines.count { $0.hasPrefix("server.") } == 2)
    }

}
