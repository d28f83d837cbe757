import Client
import Testing

@testable import Targets

@Suite struct ServerAnswerTests {
    private static let endpoint = Endpoint(host: "h1", port: 2181)
    /// As Debian's ZooKeeper 3.8.0 prints it.
    static let summary = """
        Zookeeper version: 3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC
        Latency min/avg/max: 0/0.0/0
        Received: 12
        Sent: 11
        Connections: 1
        Outstanding: 3
        Zxid: 0x100000002
        Mode: follower
        Node count: 5

        """

    private static func words(_ text: String, to word: String) -> String {
        switch ServerAnswer.read(text, to: word, of: endpoint) {
        case .report(let report): "report: \(report.state ?? "")"
        case .notYet(let why): "not yet: \(why)"
        case .problem(let why): "problem: \(why)"
        case nil: "not allowed"
        }
    }

    @Test func theSummaryHasRoleVersionZxidAndCounts() {
        let report = MonitorReport(summary: Self.summary)
        #expect(report.state == "follower" && report.isServing && !report.isLeading)
        #expect(report.version == "3.8.0" && report.system == "zookeeper")
        #expect(report["zk_last_applied_zxid"] == "0x100000002")
        #expect(report.number("zk_znode_count") == 5 && report.number("zk_packets_received") == 12)
        let sample = ServerSample(serverID: 1, report: report, pid: nil, isShared: false)
        #expect(sample.gauges["znodes"] == 5 && sample.gauges["outstanding_requests"] == 3)
        #expect(sample.counters["messages_in"] == 12 && sample.counters["syncs"] == nil)
        #expect(sample.lastZxid == "0x100000002")
    }

    @Test(arguments: [
        ("mntr is not executed because it is not in the whitelist.\n", "mntr", "not allowed"),
        (summary, "srvr", "report: follower"),
        ("zk_server_state\tleader\n", "mntr", "report: leader"),
        ("zk_server_state\tlooking\n", "mntr", "not yet: h1:2181: looking"),
        ("zk_version\t3.8.0\n", "mntr", "not yet: h1:2181: not serving"),
        (
            "This ZooKeeper instance is not currently serving requests\n", "srvr",
            "not yet: h1:2181: not serving"
        ),
        ("", "mntr", "problem: h1:2181: closed the connection without a reply"),
        (
            "HTTP/1.1 400 Bad Request\r\nX: y\r\n", "mntr",
            "problem: h1:2181: not a ZooKeeper reply to mntr: \"HTTP"
        ),
    ])
    func everyAnswerIsToldFromTheOthers(_ text: String, _ word: String, _ expected: String) {
        #expect(Self.words(text, to: word).hasPrefix(expected), "\(Self.words(text, to: word))")
    }

    @Test func aProcessThatIsOverIsToldFromOneThatRuns() throws {
        let own = try #require(RunOwner.current)
        #expect(!own.isOver)
        #expect(RunOwner(parsing: own.text) == own)
        var words = own.text.split(separator: " ").map(String.init)
        words[3] = "1"
        #expect(RunOwner(parsing: words.joined(separator: " "))?.isOver == true)
        // Of another machine nobody knows.
        words[0] = "another"
        #expect(RunOwner(parsing: words.joined(separator: " "))?.isOver == false)
        #expect(RunOwner(parsing: "") == nil)
    }
}
