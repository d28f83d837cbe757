import Measure
import Testing

@testable import Targets

@Suite struct BatchTimelineTests {
    static let text = """
        server\t2
        clock\t99000
        lost\t3
        batch\t100000001\t100000004\t1000\t1100\t1200\t512
        group\t100000004\t1300\t1800\t4
        ack\t3\t100000004\t1700
        commit\t100000004\t1750\t1850
        reply\t100000004\t1900
        weather\tfine

        """

    @Test func everyLineIsRead() throws {
        let timeline = try BatchTimeline(parsing: Self.text)
        #expect(timeline.serverID == 2 && timeline.lost == 3)
        let batch = BatchTimeline.Batch(
            first: 0x1_0000_0001,
            last: 0x1_0000_0004,
            readAt: 1000,
            closedAt: 1100,
            handedAt: 1200,
            recordBytes: 512
        )
        #expect(timeline.batches == [batch])
        #expect(timeline.groups == [.init(last: 0x1_0000_0004, takenAt: 1300, syncedAt: 1800, records: 4)])
        #expect(timeline.acknowledgements == [.init(peer: 3, zxid: 0x1_0000_0004, heardAt: 1700)])
        #expect(timeline.commits == [.init(zxid: 0x1_0000_0004, knownAt: 1750, appliedAt: 1850)])
        #expect(timeline.replies == [.init(zxid: 0x1_0000_0004, sentAt: 1900)])
    }

    /// ZooKeeper, which knows no such word, and a server that has nothing to tell yet.
    @Test(arguments: [
        "", "zbat is not executed because it is not in the whitelist.\n", "server\t1\nclock\t5\nlost\t0\n",
    ])
    func nothingToTell(_ text: String) throws {
        let timeline = try BatchTimeline(parsing: text)
        #expect(timeline.batches.isEmpty && timeline.groups.isEmpty && timeline.lost == 0)
    }

    @Test(arguments: [
        "batch\t1\t2\t3\t4", "batch\t5\t2\t3\t4\t5\t6", "batch\tx\t2\t3\t4\t5\t6", "group\t1\t2\t3", "ack\t1\t2",
        "commit\t1\t-2\t3", "reply\t1", "lost\t", "server\tone",
    ])
    func aBrokenLineIsNamed(_ line: String) {
        let error = #expect(throws: TargetError.self) { try BatchTimeline(parsing: "server\t1\n\(line)\n") }
        #expect(error?.description == "zbat: a line that cannot be read: \(line)")
    }

    @Test func answersAreJoined() throws {
        var whole = try BatchTimeline(parsing: Self.text)
        whole.add(try BatchTimeline(parsing: "server\t2\nlost\t2\nreply\t100000009\t7\n"))
        #expect(whole.lost == 5)
        #expect(whole.replies.map(\.zxid) == [0x1_0000_0004, 0x1_0000_0009])
    }

    @Test func residenceIsOfWhatWasSyncedThen() throws {
        let timeline = try BatchTimeline(parsing: Self.text)
        let found = timeline.residence(from: 1500, to: 2000)
        #expect(found.logQueue == 100 && found.sync == 500)
        let none = timeline.residence(from: 1900, to: 2900)
        #expect(none.logQueue == nil && none.sync == nil)
    }

    @Test func threadsAreToldApartByTheirNames() throws {
        let threads = try [
            ("zab-loop\n", "5000 7000 3\n"), ("zab-log\n", "1000 0 1\n"), ("zab-log-2\n", "2000 0 1\n"),
            ("zab-snapshot\n", "9000 1 1\n"), ("zab-segments\n", "4000 1 1\n"), ("NIO (x)\n", "8999 1 1\n"),
        ].map { try #require(ThreadUsage(comm: $0.0, schedstat: $0.1)) }
        let expected: [String: UInt64] = [
            "cpu_loop_us": 5, "loop_wait_us": 7, "cpu_log_us": 3, "cpu_snapshot_us": 9, "cpu_other_us": 12,
        ]
        #expect(ThreadCounters.counters(threads) == expected)
        // Another system has none of our threads, which is not the same as threads that did nothing.
        let java = try #require(ThreadUsage(comm: "java\n", schedstat: "6000 1 1\n"))
        #expect(ThreadCounters.counters([java]) == ["cpu_other_us": 6])
        #expect(ThreadUsage(comm: "x", schedstat: "") == nil)
    }
}
