import Measure
import Testing

@testable import Targets

/// What a ZooKeeper says of where its writes are: lines of Debian's 3.8.0, recorded under a closed loop.
@Suite struct PeerStagesTests {
    private static let leader = """
        zk_version\t3.8.0-${mvngit.commit.id}, built on 2024-12-29 17:54 UTC
        zk_server_state\tleader
        zk_cnt_fsynctime\t2046
        zk_sum_fsynctime\t6445
        zk_avg_quorum_ack_latency\t26.5286
        zk_cnt_quorum_ack_latency\t57084
        zk_sum_quorum_ack_latency\t1514361
        zk_cnt_write_final_proc_time_ms\t0
        zk_sum_write_final_proc_time_ms\t0

        """

    private static func sample(_ text: String, seconds: UInt64, threads: [ThreadUsage] = []) -> ServerSample {
        var sample = ServerSample(serverID: 2, report: MonitorReport(parsing: text), pid: nil, isShared: false)
        sample.monotonicNanoseconds = seconds * 1_000_000_000
        sample.counters.merge(ThreadCounters.eachThread(threads)) { $1 }
        return sample
    }

    private static func history(_ samples: ServerSample...) -> ServerHistory {
        var history = ServerHistory()
        for sample in samples { history.add([sample]) }
        return history
    }

    @Test func aMeanIsThatOfTheStretch() throws {
        let later = Self.leader.replacing("57084", with: "57184").replacing("1514361", with: "1514861")
        let history = Self.history(Self.sample(Self.leader, seconds: 10), Self.sample(later, seconds: 20))
        let means = PeerStages.means(history, server: 2, from: 10_000_000_000, to: 20_000_000_000)
        // No sync and no final step in between: nothing is said of them.
        #expect(means == [PeerStages.Mean(stage: "quorum_ack_latency", microseconds: 5000, count: 100)])
        #expect(PeerStages.means(history, server: 1, from: 0, to: 1).isEmpty)
    }

    @Test func aServerThatWasStartedAgainSaysNothing() {
        let history = Self.history(
            Self.sample(Self.leader, seconds: 10),
            Self.sample(Self.leader.replacing("57084", with: "7"), seconds: 20)
        )
        #expect(PeerStages.means(history, server: 2, from: 10_000_000_000, to: 20_000_000_000).isEmpty)
    }

    /// What only ZooKeeper counts is nothing that ours say.
    @Test func oursHaveNone() {
        let ours = ServerSample(
            serverID: 1,
            report: MonitorReport(parsing: MonitorReportTests.ours),
            pid: nil,
            isShared: false
        )
        #expect(!ours.counters.keys.contains { $0.hasPrefix("stage_") })
    }

    /// Two of a pool have one name and are two.
    @Test func theBusiestThreadIsOneThread() throws {
        func thread(_ id: Int32, _ name: String, milliseconds: UInt64) -> ThreadUsage {
            var usage = ThreadUsage(name: name, runNanoseconds: milliseconds * 1_000_000, waitNanoseconds: 0)
            usage.id = id
            return usage
        }
        func threads(_ pool: UInt64, _ sync: UInt64) -> [ThreadUsage] {
            [
                thread(7, "NIOWorkerThread", milliseconds: pool), thread(8, "NIOWorkerThread", milliseconds: pool),
                thread(9, "SyncThread:2", milliseconds: sync),
            ]
        }
        let history = Self.history(
            Self.sample(Self.leader, seconds: 10, threads: threads(9000, 0)),
            Self.sample(Self.leader, seconds: 20, threads: threads(12_000, 4000))
        )
        let busiest = try #require(history.busiestThread(of: 2, from: 10_000_000_000, to: 20_000_000_000))
        #expect(busiest.name == "SyncThread:2" && busiest.microseconds == 4_000_000)
        #expect(history.busiestThread(of: 1, from: 0, to: 1) == nil)
    }
}

/// Flags that a release keeps for itself.
@Suite struct JavaEnvironmentFileTests {
    @Test(arguments: [
        ("", []), ("JVMFLAGS=-Xint", ["-Xint"]), ("export JVMFLAGS=\"-Xmx1g -Xint $JVMFLAGS\"\n", ["-Xmx1g", "-Xint"]),
        ("# JVMFLAGS=-Xint\nexport SERVER_JVMFLAGS='-Da=b ${SERVER_JVMFLAGS}'\nJAVA_HOME=/x", ["-Da=b"]),
        ("JVMFLAGS=-Xa\nSERVER_JVMFLAGS=-Xb", ["-Xa", "-Xb"]),
    ])
    func theFlagsAreRead(text: String, flags: [String]) throws {
        #expect(try JavaEnvironmentFile(parsing: text, path: "java.env").flags == flags)
    }

    @Test(arguments: ["JVMFLAGS=-Xmx$HEAP", "JVMFLAGS=`flags`", "JVMFLAGS=\"-Da=\\\"b\\\"\"", "\nJVMFLAGS=\"-Xint"])
    func whatTakesAShellIsRefused(text: String) {
        #expect { _ = try JavaEnvironmentFile(parsing: text, path: "/z/conf/java.env") } throws: {
            "\($0)".contains(/^\/z\/conf\/java\.env:[12]: only a shell understands it/)
        }
    }
}
