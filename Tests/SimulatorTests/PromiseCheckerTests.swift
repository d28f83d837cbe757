import Testing
import Zab

@testable import Simulator

/// Server 0 and server 1 both want to lead; server 2 promises.
@Suite struct PromiseCheckerTests {
    private static let history = HistorySummary(base: Zxid(epoch: 1, counter: 5))

    private static func promise(
        _ epoch: Epoch,
        to leader: Int,
        counts: Bool = true,
        in checker: inout PromiseChecker
    ) -> Violation? {
        let offer = checker.sent(.leaderInfo(newEpoch: epoch), by: leader, to: 2)
        let named = counts ? 1 : Message.uncountedEpoch
        return offer ?? checker.sent(.ackEpoch(currentEpoch: named, history: history), by: 2, to: leader)
    }

    @Test func risingPromisesAreGood() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        #expect(Self.promise(2, to: 0, in: &checker) == nil)
        #expect(Self.promise(3, to: 1, in: &checker) == nil)
        #expect(Self.promise(3, to: 1, in: &checker) == nil)
    }

    @Test func anEpochThatLeavesOneOutIsCaught() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        let kept = [checker.accepts(0, epoch: 1), checker.accepts(1, epoch: 2), checker.accepts(2, epoch: 1)]
        #expect(kept == [nil, nil, nil])
        let broken = checker.accepts(0, epoch: 4)
        #expect(broken?.kind == .counters)
    }

    /// Seed 140, mixed: the first hierarchy in which one server is a quorum.
    @Test func whoIsAQuorumAloneNeedsNobodysHistory() {
        for (weight, isGood) in [(3, true), (1, false)] {
            let group = (0..<3).map { Electorate.Share(voter: $0, weight: $0 == 0 ? weight : 1) }
            var checker = PromiseChecker(servers: 3, electorate: Electorate(groups: [group]))
            _ = checker.sent(.leaderInfo(newEpoch: 2), by: 0, to: 2)
            checker.received(.ackEpoch(currentEpoch: 1, history: Self.history), by: 0, from: 2)
            let broken = checker.sent(.newLeader(2, historyEnd: .zero), by: 0, to: 2)
            #expect((broken == nil) == isGood, "\(weight)")
        }
    }

    @Test func anOlderEpochIsCaught() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        #expect(Self.promise(3, to: 0, in: &checker) == nil)
        #expect(Self.promise(2, to: 1, in: &checker)?.kind == .promises)
    }

    @Test func anEpochPromisedTwiceIsCaughtWhereItCounts() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        #expect(Self.promise(2, to: 0, in: &checker) == nil)
        #expect(Self.promise(2, to: 1, counts: false, in: &checker) == nil)
        #expect(Self.promise(2, to: 1, in: &checker)?.kind == .promises)
    }

    @Test func aLeaderHasPromisedToItself() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        _ = checker.sent(.leaderInfo(newEpoch: 2), by: 0, to: 2)
        _ = checker.sent(.leaderInfo(newEpoch: 2), by: 1, to: 0)
        #expect(checker.sent(.ackEpoch(currentEpoch: 1, history: Self.history), by: 0, to: 1)?.kind == .promises)
    }

    @Test func whoStartsEmptyHasPromisedNothing() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        #expect(Self.promise(3, to: 0, in: &checker) == nil)
        checker.wiped(2)
        #expect(Self.promise(2, to: 1, in: &checker) == nil)
    }

    /// Server 2 was paused between what it heard and its answer (mixed 14082).
    @Test func anOfferOutlivesWhoMadeIt() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        #expect(Self.promise(2, to: 1, in: &checker) == nil)
        #expect(checker.sent(.leaderInfo(newEpoch: 3), by: 0, to: 2) == nil)
        checker.wiped(0)
        #expect(checker.sent(.ackEpoch(currentEpoch: 1, history: Self.history), by: 2, to: 0) == nil)
        #expect(Self.promise(2, to: 1, in: &checker)?.kind == .promises)
    }

    @Test(arguments: [(4, true), (5, false), (6, false)] as [(UInt32, Bool)])
    func anInitialHistoryWorseThanAPromisersIsCaught(counter: UInt32, isWorse: Bool) {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        checker.took(0, epoch: 1)
        #expect(Self.promise(2, to: 0, in: &checker) == nil)
        checker.received(.ackEpoch(currentEpoch: 1, history: Self.history), by: 0, from: 2)
        let begin = Message.newLeader(2, historyEnd: Zxid(epoch: 1, counter: counter))
        #expect(checker.sent(begin, by: 0, to: 2)?.kind == (isWorse ? .bestHistory : nil))
    }

    @Test func latecomersMayHaveMore() {
        var checker = PromiseChecker(servers: 3, electorate: Electorate(majorityOf: 3))
        checker.took(0, epoch: 1)
        _ = checker.sent(.leaderInfo(newEpoch: 2), by: 0, to: 1)
        let begin = Message.newLeader(2, historyEnd: Zxid(epoch: 1, counter: 4))
        checker.begins(0, epoch: 2)
        #expect(checker.sent(begin, by: 0, to: 1) == nil)
        #expect(Self.promise(2, to: 0, in: &checker) == nil)
        checker.received(.ackEpoch(currentEpoch: 1, history: Self.history), by: 0, from: 2)
        #expect(checker.sent(begin, by: 0, to: 2) == nil)
    }
}
