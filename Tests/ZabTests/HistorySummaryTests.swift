import Testing

@testable import Zab

@Suite struct HistorySummaryTests {
    private func zxid(_ epoch: Epoch, _ counter: UInt32) -> Zxid { Zxid(epoch: epoch, counter: counter) }

    private func summary(_ base: (Epoch, UInt32), _ ends: (Epoch, UInt32)...) -> HistorySummary {
        HistorySummary(base: zxid(base.0, base.1), epochEnds: ends.map { zxid($0.0, $0.1) })
    }

    @Test func theCommonPointIsExact() {
        let cases: [(HistorySummary, HistorySummary, Zxid?)] = [
            (summary((0, 0)), summary((0, 0)), .zero),
            (summary((0, 0), (1, 5)), summary((0, 0), (1, 3)), zxid(1, 3)),
            (summary((0, 0), (1, 5)), summary((0, 0), (1, 9)), zxid(1, 5)),
            (summary((0, 0), (1, 5), (3, 1)), summary((0, 0), (1, 9), (2, 4)), zxid(1, 5)),
            (summary((0, 0), (3, 1)), summary((0, 0), (2, 4)), .zero),
            (summary((1, 4), (1, 5)), summary((0, 0), (1, 4)), zxid(1, 4)),
            (summary((1, 4)), summary((0, 0), (1, 9)), zxid(1, 4)),
            (summary((1, 4), (2, 2)), summary((1, 4)), zxid(1, 4)),
            (summary((3, 7), (4, 1)), summary((0, 0), (2, 5)), nil),
            (summary((0, 0), (2, 5), (4, 1)), summary((3, 7)), nil),
        ]
        for (mine, theirs, expected) in cases {
            #expect(mine.commonPoint(with: theirs) == expected, "\(mine) and \(theirs)")
            #expect(theirs.commonPoint(with: mine) == expected, "the same from the other side")
        }
    }

    @Test func containsOnlyWhatIsThere() {
        let history = summary((1, 4), (1, 6), (3, 2))
        for inside in [zxid(1, 4), zxid(1, 5), zxid(1, 6), zxid(3, 1), zxid(3, 2)] { #expect(history.contains(inside)) }
        for outside in [zxid(1, 3), zxid(1, 7), zxid(2, 1), zxid(3, 0), zxid(3, 3), zxid(4, 1)] {
            #expect(!history.contains(outside))
        }
    }

    @Test func truncationEndsExactlyThere() {
        var history = summary((1, 4), (1, 6), (3, 2), (5, 9))
        history.truncate(to: zxid(3, 2))
        #expect(history == summary((1, 4), (1, 6), (3, 2)))
        history.truncate(to: zxid(3, 1))
        #expect(history == summary((1, 4), (1, 6), (3, 1)))
        history.truncate(to: zxid(1, 5))
        #expect(history == summary((1, 4), (1, 5)))
        history.truncate(to: zxid(1, 4))
        #expect(history == summary((1, 4)))
    }

    @Test func appendingExtendsTheEpochOrBeginsOne() {
        var history = summary((1, 4))
        history.append(through: zxid(1, 6))
        history.append(through: zxid(1, 8))
        history.append(through: zxid(2, 1))
        #expect(history == summary((1, 4), (1, 8), (2, 1)))
        history.drop(through: zxid(1, 8))
        #expect(history == summary((1, 8), (2, 1)))
    }
}
