import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Which containers and TTL nodes the leader deletes, and which it leaves alone.
@Suite struct SweepTests {
    private func leader() -> Leader {
        let leader = Leader()
        for path in ["/unused", "/emptied", "/full"] {
            #expect(leader.run(.createContainer, Request.create(path, flags: 4)) == .ok)
        }
        for path in ["/emptied/a", "/full/a"] { leader.create(path) }
        #expect(leader.run(.delete, Request.delete("/emptied/a")) == .ok)
        #expect(leader.run(.createTTL, Request.createTTL("/short", ttl: 10)) == .ok)
        #expect(leader.run(.createTTL, Request.createTTL("/long", ttl: 1_000)) == .ok)
        #expect(leader.run(.createTTL, Request.createTTL("/parent", ttl: 10)) == .ok)
        leader.create("/parent/a")
        leader.create("/plain")
        return leader
    }

    @Test func aSweepTakesWhatHasNoChildrenAndHadItsTime() throws {
        let leader = leader()
        leader.time += 100
        #expect(leader.sweep() == ["/emptied", "/short"])
        leader.time += 1_000
        #expect(leader.sweep() == ["/long"])
        #expect(leader.run(.delete, Request.delete("/parent/a")) == .ok)
        #expect(leader.run(.delete, Request.delete("/full/a")) == .ok)
        #expect(leader.sweep() == ["/full", "/parent"])
        #expect(leader.state.sweepablePaths == ["/unused"])
        #expect(leader.children("/") == ["plain", "unused", "zookeeper"])
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    /// More than its time must have passed, and its time begins anew with each write.
    @Test func aTimeToLiveCountsFromTheLastWrite() {
        let leader = Leader()
        #expect(leader.run(.createTTL, Request.createTTL("/t", ttl: 100)) == .ok)
        leader.time += 90
        #expect(leader.run(.setData, Request.setData("/t")) == .ok)
        let written = leader.time
        leader.time = written + 100
        #expect(leader.sweep() == [])
        #expect(leader.run(.setACL, Request.setACL("/t", [ACL(permissions: 1, scheme: "world", id: "anyone")])) == .ok)
        leader.time = written + 101
        #expect(leader.sweep() == ["/t"])
    }

    @Test func anUnusedContainerGoesAfterItsTime() {
        let leader = Leader()
        #expect(leader.run(.createContainer, Request.create("/c")) == .ok)
        let made = leader.time
        let rules = SweepRules(unusedContainerMilliseconds: 50)
        leader.time = made + 50
        #expect(leader.sweep(rules) == [])
        leader.time = made + 51
        #expect(leader.sweep() == [])
        #expect(leader.sweep(rules) == ["/c"])
    }

    /// Transactions that are not applied yet: nothing that one of them touches goes.
    @Test func whatIsUnderWayIsLeftAlone() {
        let leader = leader()
        leader.time += 100
        #expect(leader.prepare(.create, Request.create("/emptied/b")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/short")) == .ok)
        #expect(leader.sweep(applies: false) == [])
        leader.apply()
        #expect(leader.sweep() == [], "one has a child now, and the other was written")
        leader.time += 100
        #expect(leader.sweep() == ["/short"])
    }

    /// What a sweep has proposed is not there for those who come after it.
    @Test func aSweptNodeIsGoneForLaterRequests() {
        let leader = leader()
        leader.time += 100
        #expect(leader.sweep(applies: false) == ["/emptied", "/short"])
        #expect(leader.sweep(applies: false) == [], "not twice")
        #expect(leader.prepare(.create, Request.create("/emptied/b")) == .noNode)
        #expect(leader.prepare(.setData, Request.setData("/short")) == .noNode)
        #expect(leader.prepare(.createContainer, Request.create("/emptied")) == .ok)
        leader.apply()
        #expect(leader.state.extendedOwner("/emptied") == .min && leader.state.extendedOwner("/short") == nil)
    }

    /// A sweep looks at each node once, in parts of any size, while nodes come and go.
    @Test func aSweepInPartsSeesEachNodeOnce() {
        let leader = Leader()
        for number in 0..<10 {
            #expect(leader.run(.createTTL, Request.createTTL("/t\(number)", ttl: 10)) == .ok)
        }
        leader.time += 100
        leader.state.beginSweep()
        // The newest comes first.
        #expect(leader.sweepOn(visits: 2) == ["/t8", "/t9"])
        #expect(leader.run(.delete, Request.delete("/t7")) == .ok)
        #expect(leader.run(.delete, Request.delete("/t6")) == .ok)
        #expect(leader.run(.createTTL, Request.createTTL("/new", ttl: 1)) == .ok)
        #expect(leader.run(.setData, Request.setData("/t5")) == .ok)
        leader.time += 5
        #expect(leader.sweepOn(visits: 3) == ["/t3", "/t4"])
        #expect(leader.state.isSweeping)
        #expect(leader.sweepOn(visits: 100) == ["/t0", "/t1", "/t2"])
        #expect(!leader.state.isSweeping && leader.sweepOn(visits: 100) == [])
        #expect(leader.state.sweepablePaths == ["/new", "/t5"])
    }
}

extension Leader {
    /// A whole sweep, its transactions applied unless told not to; the paths that go, sorted.
    func sweep(_ rules: SweepRules = SweepRules(), applies: Bool = true) -> [String] {
        state.beginSweep()
        return sweepOn(rules, visits: 1_000, applies: applies)
    }

    func sweepOn(_ rules: SweepRules = SweepRules(), visits: Int, applies: Bool = true) -> [String] {
        var paths: [String] = []
        var visits = visits
        while let transaction = prepareSweep(rules, &visits) {
            #expect(transaction[28..<32].elementsEqual(Request.make { $0.append(OpCode.deleteContainer.rawValue) }))
            paths.append(String(decoding: transaction[36...], as: UTF8.self))
        }
        if applies { apply() }
        return paths.sorted()
    }
}
