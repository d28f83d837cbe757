import Log
import TestSupport
import Testing
import Wire
import Zab

@testable import Simulator

/// Rules of `ZabChecker` about reigns and counters, each kept and broken.
@Suite struct ZabCheckerTests {
    private static func checker(epochOnDisks count: Int, lastCounters: UInt32 = .max) -> ZabChecker {
        let checker = ZabChecker(servers: 4, electorate: Electorate(majorityOf: 3), lastCounters: lastCounters)
        for server in 0..<count { checker.took(server, epoch: 2) }
        return checker
    }

    @Test func aLeaderNeedsAQuorumThatHasTheEpoch() {
        let right = Self.checker(epochOnDisks: 2)
        right.led(0, life: 1, epoch: 2)
        #expect(right.violation == nil)
        let wrong = Self.checker(epochOnDisks: 1)
        // An observer is no voter.
        wrong.took(3, epoch: 2)
        wrong.led(0, life: 1, epoch: 2)
        #expect(wrong.violation?.kind == .establishedEpoch)
        #expect(wrong.violation?.text.contains("only [1] of 3 voters") == true)
    }

    @Test func aHierarchyHasQuorumsOfItsOwn() {
        // Two groups that weigh something; server 4 of the second counts for nothing.
        let electorate = Electorate(groups: [
            [.init(voter: 0, weight: 2), .init(voter: 1, weight: 1)],
            [.init(voter: 2, weight: 1), .init(voter: 3, weight: 0)],
            [.init(voter: 4, weight: 0)],
        ])
        for (holders, isQuorum) in [
            ([0, 2], true), ([0, 1, 3, 4], false), ([1, 2, 3, 4], false), ([0, 1, 2], true),
        ] {
            let checker = ZabChecker(servers: 5, electorate: electorate)
            for server in holders { checker.took(server, epoch: 2) }
            checker.led(0, life: 1, epoch: 2)
            #expect((checker.violation == nil) == isQuorum, "\(holders)")
        }
        let weightless = ZabChecker(servers: 5, electorate: electorate)
        for server in 0..<5 { weightless.took(server, epoch: 2) }
        weightless.led(3, life: 1, epoch: 2)
        #expect(weightless.violation?.text.contains("weighs nothing") == true)
        #expect(electorate.canDoWithout([1, 3, 4]) && !electorate.canDoWithout([0]) && !electorate.canDoWithout([2]))
        #expect((0..<5).map(electorate.counts) == [true, true, true, false, false])
    }

    @Test func whoServesServesUnderAnEstablishedLeader() {
        let checker = Self.checker(epochOnDisks: 3)
        checker.led(0, life: 1, epoch: 2)
        checker.serves(1, under: 0, epoch: 2)
        #expect(checker.violation == nil)
        checker.serves(2, under: 1, epoch: 2)
        #expect(checker.violation?.kind == .establishedEpoch)
        let early = Self.checker(epochOnDisks: 3)
        early.serves(1, under: 0, epoch: 2)
        #expect(early.violation?.text.contains("is not established") == true)
    }

    @Test(arguments: [(5 as UInt32, false), (6, true)]) func noBatchBeginsAboveTheLastCounter(
        last: UInt32,
        isWrong: Bool
    ) {
        let checker = Self.checker(epochOnDisks: 3, lastCounters: 5)
        checker.led(0, life: 1, epoch: 2)
        for counter in 1...last {
            let zxid = Zxid(epoch: 2, counter: counter)
            let batch = RecordBatch.make([zxid], chain: checker.ledgers[0].last.chain) { _, _ in }
            checker.logged(0, life: 1, batch, at: 0)
        }
        #expect((checker.violation?.kind == .counters) == isWrong, "\(String(describing: checker.violation))")
    }

    /// An acknowledgement may be under way from before its server's data were taken, however often they have been since. What a
    /// server had that was given an empty disk is gone.
    @Test(arguments: [0, 1, 2]) func whatWasTakenFromAServerCounts(times: Int) {
        let checker = Self.checker(epochOnDisks: 2)
        checker.led(0, life: 1, epoch: 2)
        let zxid = Zxid(epoch: 2, counter: 1)
        let batch = RecordBatch.make([zxid], chain: checker.ledgers[0].last.chain) { _, _ in }
        for server in 0...1 {
            checker.logged(server, life: 1, batch, at: 0)
            checker.synced(server, through: zxid, isOnPlatter: true)
        }
        if times == 0 { checker.wiped(1) }
        for _ in 0..<times { checker.lostItsData(1) }
        _ = checker.delivered(0, LogPosition(zxid: zxid, chain: batch.chainAfter), digest: 1)
        #expect((checker.violation?.kind == .durability) == (times == 0), "\(String(describing: checker.violation))")
    }
}
