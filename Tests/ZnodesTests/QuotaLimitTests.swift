import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Limits of quotas hold where `enforceQuota` says so.
@Suite struct QuotaLimitTests {
    /// /q with 6 nodes and 6 bytes of data, and these limits.
    private func leader(_ limits: String, enforced: Bool = true) -> Leader {
        let leader = Leader(enforcesQuotas: enforced)
        leader.create("/q", data: [1, 2, 3, 4, 5])
        for name in ["a", "b", "c", "d", "e"] { leader.create("/q/\(name)", data: name == "a" ? [1] : []) }
        leader.makeQuota("/q", limits)
        #expect(leader.statistics("/q") == "count=6,bytes=6")
        return leader
    }

    private static let hard = "count=-1,bytes=-1=;byteHardLimit=50;countHardLimit=6"

    private func set(_ path: String, _ size: Int, version: Int32 = -1) -> [UInt8] {
        Request.setData(path, Array(repeating: 0, count: size), version: version)
    }

    @Test func hardLimitsHoldForEveryKindOfWrite() {
        let leader = leader(Self.hard)
        let refused: [(OpCode, [UInt8])] = [
            (.create, Request.create("/q/f")), (.create2, Request.create("/q/a/f", flags: 1)),
            (.create, Request.create("/q/s-", flags: 2)), (.createContainer, Request.create("/q/f")),
            (.createTTL, Request.createTTL("/q/f", ttl: 9)), (.setData, set("/q/a", 46)), (.setData, set("/q", 50)),
            (.setData, set("/q/a", 100, version: 77)),
        ]
        for (op, body) in refused {
            #expect(leader.prepare(op, body) == .quotaExceeded)
            #expect(leader.prepare(.multi, Request.multi([(op, body)])) == .quotaExceeded)
        }
        // What is wrong with a request otherwise comes first.
        #expect(leader.prepare(.create, Request.create("/q/a", data: Array(repeating: 0, count: 99))) == .nodeExists)
        #expect(leader.prepare(.create, Request.create("/q/z/a")) == .noNode)
        #expect(leader.prepare(.setData, set("/q/z", 100)) == .noNode)
        // Up to the limit, and beyond it only by what goes.
        #expect(leader.run(.setData, set("/q/a", 45)) == .ok)
        #expect(leader.statistics("/q") == "count=6,bytes=50")
        #expect(leader.run(.setData, set("/q/b", 0)) == .ok)
        #expect(leader.run(.delete, Request.delete("/q/e")) == .ok)
        #expect(leader.run(.create, Request.create("/q/f")) == .ok)
        #expect(leader.create("/other") == .ok)
        #expect(leader.changes.quotaNotes.sum(of: 1) == (0, 0))
        let free = self.leader(Self.hard, enforced: false)
        #expect(free.run(.create, Request.create("/q/f", data: Array(repeating: 0, count: 99))) == .ok)
    }

    /// Unlike ZooKeeper, which holds each of them against the statistics of what is committed.
    @Test func whatIsUnderWayCounts() {
        let leader = leader("countHardLimit=8,byteHardLimit=16")
        let two = Request.multi([
            (.create, Request.create("/q/f", data: [1])), (.create, Request.create("/q/g", data: [1])),
        ])
        let three = Request.multi([
            (.create, Request.create("/q/f")), (.create, Request.create("/q/g")), (.create, Request.create("/q/f/h")),
        ])
        #expect(leader.prepare(.multi, three) == .quotaExceeded)
        #expect(leader.changes.multiFailure?.failedIndex == 2)
        #expect(leader.changes.quotaNotes.sum(of: 1) == (0, 0), "a multi that fails leaves nothing")
        #expect(leader.prepare(.multi, two) == .ok)
        #expect(leader.prepare(.create, Request.create("/q/f/h")) == .quotaExceeded)
        #expect(leader.prepare(.setData, set("/q/f", 9)) == .ok, "8 and 8 bytes")
        #expect(leader.prepare(.setData, set("/q/f", 10)) == .quotaExceeded)
        #expect(leader.prepare(.setData, set("/q/a", 2)) == .quotaExceeded)
        #expect(leader.prepare(.delete, Request.delete("/q/e")) == .ok)
        #expect(leader.prepare(.create, Request.create("/q/h")) == .quotaExceeded, "what goes must have gone")
        leader.apply()
        #expect(leader.statistics("/q") == "count=7,bytes=16")
        #expect(leader.run(.create, Request.create("/q/h")) == .ok)
        #expect(leader.run(.setData, set("/q/f", 0)) == .ok)
        #expect(leader.statistics("/q") == "count=8,bytes=7")
        #expect(leader.changes.paths.live == 0)
    }

    /// Nodes that are made and not applied yet are of the quota that they will be of.
    @Test func nodesBelowOutstandingOnes() {
        let leader = Leader(enforcesQuotas: true)
        leader.makeQuota("/q", "countHardLimit=3")
        for path in ["/q", "/q/a", "/q/a/b"] { #expect(leader.prepare(.create, Request.create(path)) == .ok) }
        for path in ["/q/c", "/q/a/c", "/q/a/b/c"] {
            #expect(leader.prepare(.create, Request.create(path)) == .quotaExceeded)
        }
        #expect(leader.prepare(.create, Request.create("/r")) == .ok)
        #expect(leader.prepare(.create, Request.create("/r/a")) == .ok)
        leader.apply()
        #expect(leader.statistics("/q") == "count=3,bytes=0")
        // A quota that goes, and one that takes its place, do not stand for each other.
        #expect(leader.prepare(.delete, Request.delete("/q/a/b")) == .ok)
        leader.apply()
        #expect(leader.prepare(.create, Request.create("/q/a/b")) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/zookeeper/quota/q/zookeeper_limits")) == .ok)
        leader.apply(2)
        #expect(leader.prepare(.create, Request.create("/q/a/b/c")) == .ok)
        leader.makeQuota("/r", "countHardLimit=2")
        #expect(leader.prepare(.create, Request.create("/q/a/b/c/d")) == .ok)
        #expect(leader.prepare(.create, Request.create("/r/b")) == .quotaExceeded)
    }

    static let limits: [(String?, ErrorCode)] = [
        ("garbage", .marshallingError), (nil, .marshallingError), ("", .ok), ("count=,bytes=3", .marshallingError),
        ("countHardLimit=2,count=1=;;bytes=5", .quotaExceeded), ("countHardLimit=+2", .quotaExceeded),
        (" countHardLimit=2", .ok),
        ("countHardLimit=2 ", .marshallingError), ("countHardLimit=0", .quotaExceeded), ("countHardLimit=-2", .ok),
        ("byteHardLimit=0", .quotaExceeded), ("countHardLimit=99999999999999999999", .marshallingError),
        ("countHardLimit=1,countHardLimit=100", .ok), ("count=1,bytes=1", .ok), ("count=1,countHardLimit=100", .ok),
    ]

    @Test(arguments: limits) func limitsAsTheyAreWritten(text: String?, expected: ErrorCode) {
        let leader = leader("")
        let body = Request.setData("/zookeeper/quota/q/zookeeper_limits", text.map { Array($0.utf8) })
        #expect(leader.run(.setData, body) == .ok)
        #expect(leader.prepare(.create, Request.create("/q/f", data: [1])) == expected)
    }

    @Test func whatAddsNothingIsNotHeldAgainstALimit() {
        let leader = leader("byteHardLimit=0,countHardLimit=0")
        #expect(leader.run(.setData, set("/q/a", 1)) == .ok)
        #expect(
            leader.run(.setData, set("/q/a", 0)) == .quotaExceeded,
            "less is a change, too, and there is still too much"
        )
        #expect(leader.run(.delete, Request.delete("/q/a")) == .ok)
        let other = self.leader("byteHardLimit=0")
        #expect(other.run(.create, Request.create("/q/f")) == .ok)
        #expect(other.run(.delete, Request.delete("/zookeeper/quota/q/zookeeper_stats")) == .ok)
        #expect(other.run(.create, Request.create("/q/g", data: [1])) == .ok, "without statistics there is no limit")
    }

    @Test func softLimitsAreToldOnce() throws {
        let leader = leader("count=6,bytes=100")
        #expect(leader.run(.create, Request.create("/q/f")) == .ok)
        #expect(leader.run(.create, Request.create("/q/g")) == .ok)
        let told = try #require(leader.changes.takeSoftLimitExceeded())
        #expect(told.path == Array("/q".utf8) && told.unit == "nodes" && told.count == 7 && told.limit == 6)
        #expect(leader.changes.takeSoftLimitExceeded() == nil)
        #expect(leader.run(.setData, set("/q/f", 95)) == .ok)
        #expect(leader.changes.takeSoftLimitExceeded()?.unit == "bytes of data")
    }
}
