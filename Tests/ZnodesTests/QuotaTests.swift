import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Statistics and limits of quotas. What is expected was answered by ZooKeeper 3.8.0 unless a test says otherwise.
@Suite struct QuotaTests {
    // MARK: words

    static let words: [(String?, QuotaFigures?)] = [
        ("", QuotaFigures()), (nil, nil), ("garbage", nil), ("count=", nil), ("=", nil), ("count", nil),
        ("=5", QuotaFigures()),
        (",", QuotaFigures()), (";,;", QuotaFigures()), (",count=5", nil),
        ("count=5,", QuotaFigures(count: 5, bytes: -1)),
        ("count=5,bytes=7", QuotaFigures(count: 5, bytes: 7)), ("bytes=7;;,count=5", QuotaFigures(count: 5, bytes: 7)),
        ("count=5=6", QuotaFigures(count: 5, bytes: -1)), ("count==6", QuotaFigures()), ("count==", nil),
        ("count=+5,bytes=-7", QuotaFigures(count: 5, bytes: -7)), ("count=+", nil), ("count=-", nil), ("count=", nil),
        ("count=5 ", nil), (" count=5", QuotaFigures()), ("count=0x5", nil),
        ("count=1,count=2", QuotaFigures(count: 2, bytes: -1)),
        ("count=9223372036854775807", QuotaFigures(count: .max, bytes: -1)), ("count=9223372036854775808", nil),
        ("bytes=-9223372036854775808", QuotaFigures(count: -1, bytes: .min)),
        ("foo=1,count=2", QuotaFigures(count: 2, bytes: -1)),
        ("foo=x,count=2", nil),
    ]

    @Test(arguments: words) func figuresAreReadAsStatsTrackReadsThem(text: String?, expected: QuotaFigures?) {
        guard let text else { return #expect(QuotaFigures(nil) == expected) }
        Array(text.utf8).withUnsafeBytes { #expect(QuotaFigures($0) == expected, "\(text)") }
    }

    @Test func hardLimitsAreRead() throws {
        let text = "count=-1,bytes=-1=;byteHardLimit=50;countHardLimit=6"
        let figures = try #require(Array(text.utf8).withUnsafeBytes { QuotaFigures($0) })
        #expect(figures.byteHardLimit == 50 && figures.countHardLimit == 6 && figures.count == -1)
        let long = Array(repeating: UInt8(ascii: ","), count: QuotaFigures.sizeMax + 1)
        long.withUnsafeBytes { #expect(QuotaFigures($0) == nil) }
    }

    @Test(arguments: [0, 7, 10, 99, -1, -10, Int64.max, Int64.min]) func statisticsAreWritten(number: Int64) {
        let writer = ByteWriter()
        QuotaFigures(count: number, bytes: 5).encodeStatistics(into: writer)
        #expect(String(decoding: writer.bytes, as: UTF8.self) == "count=\(number),bytes=5")
    }

    // MARK: statistics

    @Test func statisticsFollowEveryChange() throws {
        let leader = Leader()
        leader.create("/q", data: [1, 2, 3, 4, 5])
        leader.create("/q/a", data: [1, 2, 3])
        leader.create("/q/n", data: nil)
        leader.makeQuota("/q")
        #expect(leader.statistics("/q") == "count=3,bytes=8")
        let before = leader.stat("/zookeeper/quota/q/zookeeper_stats")
        leader.create("/q/b", data: [1])
        #expect(leader.statistics("/q") == "count=4,bytes=9")
        #expect(leader.run(.setData, Request.setData("/q/a", Array(repeating: 0, count: 10))) == .ok)
        #expect(leader.statistics("/q") == "count=4,bytes=16")
        var after = leader.stat("/zookeeper/quota/q/zookeeper_stats")
        #expect(after?.dataLength == 16)
        after?.dataLength = 15
        #expect(after == before, "nothing else of the node changes")
        #expect(leader.run(.setData, Request.setData("/q/a", nil)) == .ok)
        #expect(leader.statistics("/q") == "count=4,bytes=6")
        #expect(leader.run(.delete, Request.delete("/q/b")) == .ok)
        #expect(leader.run(.setData, Request.setData("/q", [1])) == .ok)
        #expect(leader.statistics("/q") == "count=3,bytes=1")
        leader.create("/q/e", data: [1, 2], flags: 1)
        #expect(leader.run(.createContainer, Request.create("/q/c", data: [7])) == .ok)
        leader.create("/q/c/d", data: [1, 1])
        #expect(leader.statistics("/q") == "count=6,bytes=6")
        #expect(leader.run(.closeSession) == .ok)
        #expect(leader.statistics("/q") == "count=5,bytes=4")
        leader.create("/qq", data: [1])
        #expect(try leader.log.replayed().digest == leader.state.digest)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
    }

    /// Whoever makes statistics is told of what was to be in them, and reads there what was counted.
    @Test func theAnswerToACreateIsFromBeforeTheCount() throws {
        let leader = Leader()
        for path in ["/q", "/zookeeper/quota/q"] { leader.create(path) }
        let path = "/zookeeper/quota/q/zookeeper_stats"
        #expect(leader.prepare(.create2, Request.create(path, data: Array("bytes=7".utf8))) == .ok)
        let told = try leader.apply().withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            _ = try reader.nonNullBuffer()
            return try Stat(from: &reader)
        }
        #expect(told.dataLength == 7 && leader.stat(path)?.dataLength == 15)
    }

    @Test func ofQuotasInsideEachOtherTheDeepestCounts() {
        let leader = Leader()
        for (path, size) in [("/o", 2), ("/o/i", 3), ("/o/i/x", 4)] {
            leader.create(path, data: Array(repeating: 0, count: size))
        }
        leader.makeQuota("/o")
        leader.makeQuota("/o/i")
        #expect(leader.statistics("/o") == "count=3,bytes=9" && leader.statistics("/o/i") == "count=2,bytes=7")
        leader.create("/o/i/y", data: [1, 2, 3, 4, 5])
        leader.create("/o/z", data: [1])
        #expect(leader.statistics("/o") == "count=4,bytes=10" && leader.statistics("/o/i") == "count=3,bytes=12")
        #expect(leader.run(.delete, Request.delete("/zookeeper/quota/o/i/zookeeper_limits")) == .ok)
        leader.create("/o/i/w", data: [1, 2, 3, 4, 5, 6])
        #expect(leader.statistics("/o") == "count=5,bytes=16" && leader.statistics("/o/i") == "count=3,bytes=12")
        leader.create("/zookeeper/quota/o/i/zookeeper_limits")
        leader.create("/o/i/v")
        #expect(leader.statistics("/o") == "count=5,bytes=16" && leader.statistics("/o/i") == "count=4,bytes=12")
        #expect(leader.run(.delete, Request.delete("/zookeeper/quota/o/i/zookeeper_stats")) == .ok)
        leader.create("/o/i/u", data: [1])
        #expect(leader.statistics("/o") == "count=5,bytes=16", "it is the other quota's, which does not count")
        leader.create("/zookeeper/quota/o/i/zookeeper_stats", data: nil)
        #expect(leader.statistics("/o/i") == "count=6,bytes=19")
    }

    @Test func aPathNeedNotBeThere() throws {
        let leader = Leader()
        leader.makeQuota("/later")
        #expect(leader.statistics("/later") == "count=0,bytes=0")
        leader.create("/later", data: [1, 2])
        leader.create("/later/a", data: [1, 2])
        leader.create("/laterx", data: [1])
        #expect(leader.statistics("/later") == "count=2,bytes=4")
        let loaded = Leader(try leader.state.reloaded(), session: nil)
        #expect(loaded.state.quotaCount == 1)
        for path in ["/later/a", "/later"] { #expect(loaded.run(.delete, Request.delete(path)) == .ok) }
        #expect(loaded.statistics("/later") == "count=0,bytes=0")
        loaded.create("/later", data: [1])
        #expect(loaded.statistics("/later") == "count=1,bytes=1")
    }

    @Test func whatClientsWriteIntoStatisticsIsGoneOnWith() throws {
        let leader = Leader()
        leader.create("/o")
        leader.makeQuota("/o")
        func write(_ text: String) {
            #expect(
                leader.run(.setData, Request.setData("/zookeeper/quota/o/zookeeper_stats", Array(text.utf8))) == .ok
            )
        }
        write("count=2")
        leader.create("/o/a", data: [1])
        #expect(leader.statistics("/o") == "count=3,bytes=0")
        write("")
        leader.create("/o/b", data: [1, 2])
        #expect(leader.statistics("/o") == "count=0,bytes=1")
        write("countHardLimit=2;byteHardLimit=-3")
        for (index, expected) in ["count=0,bytes=0", "count=1,bytes=1"].enumerated() {
            leader.create("/o/h\(index)", data: [1])
            #expect(leader.statistics("/o") == expected + "=;byteHardLimit=-3;countHardLimit=2")
        }
        write("count=4,bytes=5=;countHardLimit=6")
        leader.create("/o/h", data: [1])
        #expect(leader.statistics("/o") == "count=5,bytes=6=;countHardLimit=6")
        // ZooKeeper keeps all other pairs.
        write("bytes=5,foo=7;count=2")
        leader.create("/o/c", data: [1])
        #expect(leader.statistics("/o") == "count=3,bytes=6")
        for word in ["garbage", "count=9223372036854775807,bytes=9223372036854775807"] {
            write(word)
            leader.create("/o/\(word.count)", data: [1])
            #expect(try leader.state.reloaded().digest == leader.state.digest)
        }
        #expect(leader.statistics("/o") == "count=-9223372036854775808,bytes=-9223372036854775808")
    }

    /// One of "/zookeeper" counts its own nodes, too: that of the statistics twice, as in ZooKeeper.
    @Test func aQuotaOfTheQuotas() throws {
        let leader = Leader()
        leader.makeQuota("/zookeeper")
        #expect(leader.statistics("/zookeeper") == "count=7,bytes=47")
        leader.create("/zookeeper/x", data: [1, 2])
        #expect(leader.statistics("/zookeeper") == "count=8,bytes=49")
        #expect(
            leader.run(.setData, Request.setData("/zookeeper/quota/zookeeper/zookeeper_stats", Array("count=1".utf8)))
                == .ok
        )
        #expect(leader.statistics("/zookeeper") == "count=1,bytes=-10")
        #expect(leader.run(.delete, Request.delete("/zookeeper/quota/zookeeper/zookeeper_stats")) == .ok)
        #expect(leader.run(.delete, Request.delete("/zookeeper/quota/zookeeper/zookeeper_limits")) == .ok)
        #expect(leader.state.quotaCount == 0)
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    /// Names that only look like parts of a quota are nodes like others.
    @Test func onlyNodesBelowTheQuotaNodeAreParts() {
        let leader = Leader()
        for path in ["/zookeeper/x", "/zookeeper/quotaX", "/zookeeper/quota/a", "/a"] { leader.create(path) }
        for path in [
            "/zookeeper/x/zookeeper_limits", "/zookeeper/quotaX/zookeeper_limits",
            "/zookeeper/quota/a/my_zookeeper_limits",
            "/zookeeper/quota/azookeeper_limits", "/a/zookeeper_limits",
        ] {
            #expect(leader.create(path) == .ok)
            #expect(leader.state.quotaCount == 0, "\(path)")
            #expect(leader.run(.delete, Request.delete(path)) == .ok)
        }
        #expect(leader.create("/zookeeper/quota/a/zookeeper_limits") == .ok)
        #expect(leader.state.quotaCount == 1)
    }

    // MARK: the whole tree

    /// ZooKeeper's servers end at limits of "/".
    @Test func theWholeTreeHasNoLimits() {
        let leader = Leader()
        #expect(leader.create("/zookeeper/quota/zookeeper_limits") == .badArguments)
        #expect(leader.create("/zookeeper/quota/zookeeper_stats") == .ok)
        #expect(leader.statistics("/") == "count=5,bytes=0")
    }

    @Test func countingIsRationed() {
        let leader = Leader()
        leader.changes.countable = 12
        for path in ["/q", "/q/a", "/q/b", "/q/c", "/zookeeper/quota/q"] { leader.create(path) }
        let path = "/zookeeper/quota/q/zookeeper_stats"
        for _ in 0..<3 {
            #expect(leader.create(path) == .ok)
            #expect(leader.run(.delete, Request.delete(path)) == .ok)
        }
        #expect(leader.changes.countable == 0)
        #expect(leader.create(path) == .throttled)
        leader.changes.advance(milliseconds: 1)
        #expect(leader.create(path) == .ok)
        leader.changes.advance(milliseconds: 1 << 40)
        #expect(leader.changes.countable == OutstandingChanges.countableMax)
    }
}

extension Leader {
    /// As `setquota` of zkCli makes one, with no limits unless some are given.
    func makeQuota(_ path: String, _ limits: String = "count=-1,bytes=-1") {
        var above = "/zookeeper/quota"
        for name in path.split(separator: "/") {
            above += "/\(name)"
            create(above, data: nil)
        }
        create(above + "/zookeeper_limits", data: Array(limits.utf8))
        create(above + "/zookeeper_stats", data: Array("count=0,bytes=0".utf8))
    }

    func statistics(_ path: String) -> String? {
        state.data("/zookeeper/quota\(path == "/" ? "" : path)/zookeeper_stats").map {
            String(decoding: $0 ?? [], as: UTF8.self)
        }
    }
}
