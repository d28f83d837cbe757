import Replica
import Testing
import Zab

@Suite struct SessionSlotsTests {
    /// Against a dictionary, through growth and the holes that removal leaves.
    @Test func behavesLikeADictionary() {
        var slots = SessionSlots()
        var model: [Int64: Int32] = [:]
        var seed: UInt64 = 42
        for step in 0..<20_000 as Range<Int32> {
            seed = seed &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            let key = Int64(seed >> 40 & 0x3ff) + 1
            if seed >> 33 & 3 == 0 {
                slots.remove(key)
                model[key] = nil
            } else {
                slots.set(key, to: step)
                model[key] = step
            }
            #expect(slots.count == model.count)
        }
        for key in 1...1024 as ClosedRange<Int64> { #expect(slots[key] == model[key]) }
    }
}

@Suite struct SessionTrackerTests {
    static let second: Nanoseconds = 1_000_000_000

    @Test func expiresWhoIsNotHeard() {
        var tracker = SessionTracker()
        tracker.open(7, timeoutMilliseconds: 2000, owner: ServerID(1), now: 0)
        tracker.open(5, timeoutMilliseconds: 2000, owner: ServerID(1), now: 0)
        #expect(tracker.touch(7, from: ServerID(1), now: Self.second) == .live)
        #expect(tracker.expired(now: 2 * Self.second) == [5])
        tracker.close(5)
        #expect(tracker.expired(now: 2 * Self.second) == [])
        #expect(tracker.touch(5, from: ServerID(1), now: Self.second) == .gone, "an expired session is not revived")
        tracker.remove(5)
        #expect(tracker.expired(now: 3 * Self.second) == [7])
        #expect(tracker.count == 1)
    }

    @Test func aSessionThatMovedBelongsToItsNewServer() {
        var tracker = SessionTracker()
        tracker.open(7, timeoutMilliseconds: 2000, owner: ServerID(1), now: 0)
        #expect(tracker.move(7, to: ServerID(2), timeoutMilliseconds: 3000, now: 0) == 3000)
        #expect(tracker.touch(7, from: ServerID(1), now: 0) == .moved)
        #expect(tracker.touch(7, from: ServerID(2), now: 0) == .live)
        #expect(tracker.move(8, to: ServerID(2), timeoutMilliseconds: 3000, now: 0) == nil)
        #expect(tracker.expired(now: 2 * Self.second) == [], "the timeout is the one that it came back with")
        #expect(tracker.expired(now: 3 * Self.second) == [7])
    }

    @Test func whoIsHeardAtTheWrongServerLives() {
        var tracker = SessionTracker()
        tracker.open(7, timeoutMilliseconds: 2000, owner: ServerID(1), now: 0)
        #expect(tracker.touch(7, from: ServerID(2), now: Self.second) == .moved)
        #expect(tracker.expired(now: 2 * Self.second) == [])
        #expect(tracker.expired(now: 3 * Self.second) == [7])
    }
}

@Suite struct SessionIdentityTests {
    /// `new java.util.Random(id ^ 0xB3415C00L).nextBytes(16)`, printed by Java 17.
    @Test func passwordIsZooKeepers() {
        let expected: [UInt8] = [
            0xf7, 0x72, 0x1b, 0x38, 0x3f, 0xd5, 0x83, 0xba, 0x74, 0xd2, 0x20, 0xed, 0xe3, 0x9f, 0x7b, 0x43,
        ]
        #expect(SessionIdentity.password(for: 0x1234_5678_90ab_cdef) == expected)
    }

    @Test func idsOfDifferentServersNeverMeet() {
        let first = share(1, of: [1, 2]).firstID(wallClockMilliseconds: 1_700_000_000_000)
        let second = share(2, of: [1, 2]).firstID(wallClockMilliseconds: 1_700_000_000_000)
        #expect(UInt64(bitPattern: first) >> 56 == 1)
        #expect(UInt64(bitPattern: second) >> 56 == 2)
        #expect(first & 0xff_ffff_ffff_ffff == (1_700_000_000_000 << 16) & 0xff_ffff_ffff_ffff + 1)
    }

    private func share(_ server: Int, of servers: [Int]) -> SessionShare {
        SessionShare(of: ServerID(server), among: servers.map { ServerID($0) })
    }

    /// Real ensembles of ZooKeeper 3.8 with these ids gave out sessions with these first bytes.
    @Test(arguments: [(0, 0), (256, 0), (300, 0x2c), (-2, 0xfe), (1 << 40, 0), (255, 0xff)])
    func theLowByteOfAnIDIsOnTop(server: Int, byte: UInt64) {
        let id = share(server, of: [server, 5]).firstID(wallClockMilliseconds: 0)
        #expect(UInt64(bitPattern: id) >> 56 == byte && id & 0xffff == 1)
    }

    /// Whatever their clocks show: of servers whose ids end alike each has its own part of the numbers.
    @Test func idsThatEndAlikeNeverMeet() {
        let servers = [-255, 1, 257, 2, 513, 769]
        let alike = [-255, 1, 257, 513, 769]
        var owners: [Int64: Int] = [:]
        for server in alike {
            let share = share(server, of: servers)
            for clock in 7...9 as ClosedRange<Int64> {
                var id = share.firstID(wallClockMilliseconds: clock)
                for _ in 0..<20_000 {
                    #expect(owners.updateValue(server, forKey: id).map { $0 == server } ?? true)
                    id += share.step
                }
            }
        }
        for (id, server) in owners where id % 101 == 0 {
            for other in servers { #expect(share(other, of: servers).has(id) == (other == server)) }
        }
        #expect(share(2, of: servers).step == 1)
    }
}

@Suite struct SessionEdgeTests {
    @Test func sessionZeroIsNobody() {
        var tracker = SessionTracker()
        #expect(tracker.touch(0, from: ServerID(1), now: 0) == .gone)
        tracker.open(7, timeoutMilliseconds: 2000, owner: nil, now: 0)
        #expect(tracker.touch(0, from: ServerID(1), now: 0) == .gone)
    }

    @Test func aPauseOfTheLeaderExpiresNobody() {
        var tracker = SessionTracker()
        tracker.open(7, timeoutMilliseconds: 2000, owner: nil, now: 0)
        tracker.postpone(by: 5_000_000_000)
        #expect(tracker.expired(now: 6_000_000_000) == [])
        #expect(tracker.expired(now: 7_000_000_000) == [7])
    }
}
