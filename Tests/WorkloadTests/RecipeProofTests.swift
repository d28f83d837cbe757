import Testing

@testable import Workload

/// Each recipe's promise, kept and broken.
@Suite struct RecipeProofTests {
    // MARK: Locks and leaders

    /// Holds one after the other, each with so many writes.
    private func holds(_ count: Int, fences: Int32 = 1) -> [Hold] {
        (0..<count).map { place in
            let place32 = Int32(place)
            let zxid = Int64(place) * 10
            return Hold(
                session: place % 3,
                token: 100 + zxid,
                from: UInt64(1000 + 100 * place),
                to: UInt64(1090 + 100 * place),
                firstVersion: place32 * fences + 1,
                lastVersion: (place32 + 1) * fences,
                firstZxid: 104 + zxid,
                lastZxid: 103 + zxid + Int64(fences)
            )
        }
    }

    private func judgeHolds(_ holds: [Hold], final: Int32? = nil, unfinished: Int = 0, fences: Int = 1) -> [String] {
        let count = holds.map(\.lastVersion).max() ?? 0
        return RecipeProof.exclusive(
            holds,
            what: "lock",
            finalVersion: final ?? count,
            unfinished: unfinished,
            fences: fences
        )
    }

    @Test(arguments: [1, 2]) func holdsOneAfterTheOtherAreExclusive(fences: Int32) {
        #expect(judgeHolds([]) == [])
        #expect(judgeHolds(holds(50, fences: fences).shuffled()) == [])
        #expect(holds(2, fences: fences).map(\.writes) == [Int(fences), Int(fences)])
    }

    @Test func twoHoldersAtATimeAreFound() {
        var broken = holds(3)
        broken[0].to = broken[1].from + 1
        #expect(judgeHolds(broken).contains { $0.contains("held the lock while session 0 still did") })
    }

    @Test func aWriteBetweenAHoldersReadAndItsWriteIsFound() {
        var broken = holds(3)
        broken[1].conflict = true
        #expect(judgeHolds(broken).contains { $0.contains("session 1 with token 0x6e: another session wrote") })
    }

    @Test func aLostFencedWriteIsFound() {
        var broken = holds(4)
        // The third holder wrote on top of the first one's version.
        (broken[2].firstVersion, broken[2].lastVersion) = (2, 2)
        #expect(judgeHolds(broken).contains { $0.contains("its write made version 2, 3 was due") })
        #expect(judgeHolds(holds(4), final: 3) == ["the lock's znode ended with 3 writes, and 4 were acknowledged"])
        #expect(judgeHolds(holds(4), final: 5).count == 1)
        // What a hold without an end has done, nobody knows.
        #expect(judgeHolds(holds(4), final: 5, unfinished: 1) == [])
        #expect(judgeHolds(holds(4), final: 3, unfinished: 1).count == 1)
    }

    /// A hold without an end has made its own writes at most.
    @Test func anUnfinishedHoldExcusesItsOwnWritesAlone() {
        #expect(
            judgeHolds(holds(4), final: 6, unfinished: 1) == [
                "the lock's znode ended with 6 writes, and 4 were acknowledged, and 1 more were possible"
            ]
        )
        #expect(judgeHolds(holds(2, fences: 2), final: 8, unfinished: 2, fences: 2) == [])
        #expect(judgeHolds(holds(2, fences: 2), final: 9, unfinished: 2, fences: 2).count == 1)
    }

    @Test func tokensThatDoNotRiseAreFound() {
        var broken = holds(3)
        broken[2].token = broken[1].token
        #expect(judgeHolds(broken).contains { $0.contains("the token before was 0x6e") })
        broken = holds(3)
        broken[1].firstZxid = broken[1].token
        #expect(judgeHolds(broken).contains { $0.contains("a zxid that is not above its token") })
        broken = holds(3)
        (broken[0].lastZxid, broken[1].firstZxid) = (115, 114)
        #expect(judgeHolds(broken).contains { $0.contains("older than that of the holder before") })
    }

    @Test func aFloodOfContradictionsIsCutShort() {
        let broken = holds(500).map { hold in
            var hold = hold
            hold.conflict = true
            return hold
        }
        #expect(judgeHolds(broken).count == 20)
    }

    // MARK: Queues

    private let offers = (0..<6).map { Offer(producer: $0 % 2, item: UInt64($0 / 2 + 1), number: 10 + 2 * $0) }

    private func takes(_ places: [Int]) -> [Take] {
        places.enumerated().map { moment, place in
            let offer = offers[place]
            return Take(producer: offer.producer, item: offer.item, number: offer.number, zxid: Int64(moment) + 500)
        }
    }

    private func judgeQueue(_ takes: [Take], left: [Int]? = [], unanswered: (offers: Int, claims: Int) = (0, 0))
        -> [String]
    {
        RecipeProof.queue(offers, takes, left: left, unanswered: unanswered)
    }

    @Test func itemsTakenOnceAndInOrderAreFine() {
        #expect(judgeQueue(takes([0, 1, 2, 3, 4, 5]).shuffled()) == [])
        #expect(judgeQueue(takes([0, 1, 2, 3]), left: [18, 20]) == [])
    }

    @Test func aLostItemIsFound() {
        #expect(judgeQueue(takes([0, 1, 2, 4, 5])) == ["item 2 of producer 1 was lost"])
        #expect(judgeQueue(takes([0, 1, 2, 4, 5]), unanswered: (0, 1)) == [])
    }

    /// A claim without an answer has taken one item at most, and an offer has made one at most.
    @Test func anUnansweredRequestExcusesOneItemAlone() {
        #expect(judgeQueue(takes([0, 1, 2]), unanswered: (0, 1)).count == 2)
        #expect(judgeQueue(takes([0, 1, 2]), unanswered: (0, 3)) == [])
        // What an offer may have done is no excuse for a lost item.
        #expect(judgeQueue(takes([0, 1, 2, 4, 5]), unanswered: (1, 0)) == ["item 2 of producer 1 was lost"])
        let strangers = (0..<2).map { Take(producer: 1, item: 9 + UInt64($0), number: 99 + $0, zxid: 900 + Int64($0)) }
        let all = takes([0, 1, 2, 3, 4, 5])
        #expect(judgeQueue(all + strangers[...0], unanswered: (1, 0)) == [])
        let lines = judgeQueue(all + strangers, unanswered: (1, 5))
        #expect(lines == ["item 10 of producer 1 was taken and never offered"])
    }

    @Test func anItemTakenTwiceIsFound() {
        #expect(judgeQueue(takes([0, 1, 1, 2, 3, 4, 5])).contains("item 1 of producer 1 was taken twice"))
        #expect(judgeQueue(takes([0, 1, 2, 3, 4, 5]), left: [10]) == ["the item 10 was taken and is still there"])
    }

    @Test func itemsOutOfOrderAreFound() {
        let lines = judgeQueue(takes([0, 1, 4, 3, 2, 5]))
        #expect(lines.contains("item 2 of producer 0 was taken after a later one"))
        #expect(lines.contains("item 2 of producer 0 was taken after item 3 of its producer"))
    }

    @Test func anItemThatNobodyOfferedIsFound() {
        let stranger = Take(producer: 1, item: 9, number: 99, zxid: 900)
        let all = takes([0, 1, 2, 3, 4, 5])
        #expect(judgeQueue(all + [stranger]) == ["item 9 of producer 1 was taken and never offered"])
        var wrong = all
        wrong[0].item = 2
        #expect(judgeQueue(wrong).contains("item 2 of producer 0 was taken where item 1 of producer 0 was offered"))
        #expect(
            RecipeProof.queue(offers + [offers[0]], all, left: [], unanswered: (0, 0)) == [
                "two offers were given one number"
            ]
        )
    }

    /// What is left in the queue was offered, too: one item for each offer without an answer is excused.
    @Test func anItemLeftThatNobodyOfferedIsFound() {
        let all = takes([0, 1, 2, 3, 4, 5])
        #expect(judgeQueue(all, left: [77]) == ["the item 77 is in the queue and was never offered"])
        #expect(judgeQueue(takes([0, 1, 2, 3]), left: [18, 20, 77], unanswered: (1, 0)) == [])
        let stranger = Take(producer: 1, item: 9, number: 99, zxid: 900)
        #expect(
            judgeQueue(all + [stranger], left: [77], unanswered: (1, 0))
                == ["the item 77 is in the queue and was never offered"]
        )
        #expect(judgeQueue(all + [stranger], left: [77], unanswered: (2, 0)) == [])
    }

    // MARK: Configurations

    private func judgeConfig(
        _ seen: [[UInt64]],
        written: UInt64,
        final: UInt64? = nil,
        isChanging: Bool = false,
        untold: Set<Int> = []
    ) -> [String] {
        RecipeProof.config(seen, written: written, finalValue: final ?? written, isChanging: isChanging, untold: untold)
    }

    @Test func subscribersWhoSeeTheLastValueAreFine() {
        #expect(judgeConfig([[0, 1, 2, 3], [0, 3], [0, 1, 1, 3]], written: 3) == [])
        #expect(judgeConfig([[0], [0]], written: 0) == [])
    }

    @Test func aValueThatGoesBackIsFound() {
        #expect(judgeConfig([[0, 1, 2, 3], [0, 2, 1, 3]], written: 3) == ["subscriber 1 saw value 1 after value 2"])
    }

    @Test func aSubscriberWhoEndsWithAnOldValueIsFound() {
        #expect(judgeConfig([[0, 1, 2], [0, 1]], written: 2) == ["subscriber 1 ended with value 1 instead of 2"])
        #expect(judgeConfig([[0, 1, 4]], written: 2) == ["subscriber 0 saw value 4, and the last one written was 2"])
    }

    @Test func aLostChangeIsFound() {
        #expect(judgeConfig([[0, 1, 2]], written: 2, final: 1) == ["the servers ended with value 1 instead of 2"])
        #expect(judgeConfig([[0, 1, 2]], written: 2, final: 3, isChanging: true) == [])
    }

    /// A change without an answer may have been made; it excuses neither another one nor who did not see the one before.
    @Test func anUnansweredChangeExcusesOneValueAlone() {
        #expect(judgeConfig([[0, 1, 2, 3], [0, 2]], written: 2, final: 3, isChanging: true) == [])
        #expect(
            judgeConfig([[0, 1], [0, 2, 4]], written: 2, final: 4, isChanging: true) == [
                "subscriber 0 ended with value 1 instead of 2",
                "subscriber 1 saw value 4, and the last one written was 2",
                "the servers ended with value 4 instead of 2",
            ]
        )
        // Who does not answer may be told later.
        #expect(judgeConfig([[0, 1], [0, 2]], written: 2, isChanging: true, untold: [0]) == [])
        #expect(judgeConfig([[0, 2], [0, 1]], written: 2, isChanging: true, untold: [0]).count == 1)
    }

    // MARK: What is said

    @Test func aComplaintNamesTheRecipe() {
        var outcome = RecipeOutcome(recipe: .queue)
        #expect(outcome.complaint == nil)
        outcome.violations = ["item 1 of producer 2 was lost", "more"]
        #expect(outcome.complaint == "queue: item 1 of producer 2 was lost (and 1 more)")
    }

    @Test func sequentialNamesAreReadFromTheirEnd() {
        #expect(SequentialName(path: "/a/item-0000000042")?.number == 42)
        #expect(SequentialName(path: "/a/item-000000042") == nil && SequentialName(path: "") == nil)
        #expect(SequentialName(number: 42).text(after: "/a/item-") == "/a/item-0000000042")
    }

    @Test func aStormWithoutItsWatchesIsAViolation() {
        var report = StormReport(plan: StormPlan(fault: .leaderKilled, sessions: 10, watches: 1))
        (report.lost, report.expired, report.backAfter) = (10, 2, [1, 2, 3, 4, 5, 6, 7])
        (report.watchesDue, report.watchesFired, report.changes, report.changesVerified) = (8, 8, 10, 10)
        #expect(report.violation == nil && report.missing == 1)
        (report.watchesFired, report.changesVerified, report.example) = (7, 9, "session 3 was not told")
        #expect(
            report.violation
                == "1 of 8 watches were lost; 1 of 10 changes were not found on a quorum; for example session 3 was not told"
        )
    }
}
