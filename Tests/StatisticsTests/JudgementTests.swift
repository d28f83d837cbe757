import Testing

@testable import Statistics

/// Every rule and every edge of it, with a margin of 2 % and a level of 0.05.
@Suite struct JudgementTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// What p could have come to.
        var smallestP: Double?
        var ratio: Double
        var limits: (Double, Double)?
        var p: Double?
        /// Where lower is better; regressed and improved change places where higher is.
        let verdict: Verdict
        let reason: Judgement.Reason
    }

    static func row(
        _ name: String,
        _ ratio: Double,
        _ limits: (Double, Double)?,
        _ p: Double?,
        _ verdict: Verdict,
        _ reason: Judgement.Reason,
        smallestP: Double? = nil
    ) -> Case {
        Case(
            testDescription: name,
            smallestP: smallestP,
            ratio: ratio,
            limits: limits,
            p: p,
            verdict: verdict,
            reason: reason
        )
    }

    static let table: [Case] = [
        row("clearly more", 1.05, (1.03, 1.07), 0.001, .regressed, .beyondMargin),
        row("clearly less", 0.95, (0.93, 0.97), 0.001, .improved, .beyondMargin),
        row("more, and the interval begins within the margin", 1.05, (1.001, 1.1), 0.04, .regressed, .beyondMargin),
        row("p at the level rejects", 1.05, (1.01, 1.09), 0.05, .regressed, .beyondMargin),
        row("p just above the level", 1.05, (0.999, 1.09), 0.0501, .inconclusive, .notSignificant),
        row("nothing seen, wide", 1.0, (0.9, 1.1), 0.9, .inconclusive, .notSignificant),
        row("nothing seen, narrow", 1.001, (0.99, 1.015), 0.6, .equivalent, .withinMargin),
        row("certain and small", 1.01, (1.005, 1.015), 0.0001, .equivalent, .withinMargin),
        row("certain and small, downwards", 0.99, (0.985, 0.995), 0.0001, .equivalent, .withinMargin),
        row("interval ends on the margin", 1.01, (1 / 1.02, 1.02), 0.3, .equivalent, .withinMargin),
        row("interval ends beyond the margin", 1.01, (1 / 1.02, 1.0201), 0.3, .inconclusive, .notSignificant),
        row("interval begins below the margin", 1.0, (0.98, 1.01), 0.9, .inconclusive, .notSignificant),
        row("certain, perhaps small", 1.015, (1.001, 1.03), 0.01, .inconclusive, .mayBeSmall),
        row("certain, perhaps small, downwards", 0.985, (0.97, 0.999), 0.01, .inconclusive, .mayBeSmall),
        row("ratio on the margin is not beyond it", 1.02, (1.001, 1.04), 0.01, .inconclusive, .mayBeSmall),
        row("ratio on the margin, downwards", 1 / 1.02, (0.96, 0.999), 0.01, .inconclusive, .mayBeSmall),
        row("p rejects, the interval does not", 1.05, (0.99, 1.11), 0.01, .inconclusive, .disagreement),
        row("the interval rejects, p does not", 1.05, (1.01, 1.09), 0.2, .inconclusive, .unproved),
        row("interval ends on 1 and p rejects", 1.05, (1, 1.1), 0.01, .inconclusive, .disagreement),
        row("ratio outside of its interval, above", 0.9, (1.05, 1.1), 0.01, .inconclusive, .mayBeSmall),
        row("ratio outside of its interval, below", 1.1, (0.9, 0.95), 0.01, .inconclusive, .mayBeSmall),
        row("no interval", 1.5, nil, 0.0001, .inconclusive, .noEvidence),
        row("nothing", 1, nil, nil, .inconclusive, .noEvidence),
        row("no p, wide", 1.5, (1.4, 1.6), nil, .inconclusive, .noEvidence),
        row("no p, narrow", 1, (0.99, 1.01), nil, .equivalent, .withinMargin),
        row("p is NaN", 1.5, (1.4, 1.6), .nan, .inconclusive, .noEvidence),
        row("p is negative", 1.5, (1.4, 1.6), -1, .inconclusive, .noEvidence),
        row("ratio is NaN", .nan, (1.4, 1.6), 0.001, .inconclusive, .mayBeSmall),
        row("a point beyond the margin", 1.1, (1.1, 1.1), 0.03, .regressed, .beyondMargin),
        row("a point beyond the margin, few pairs", 1.1, (1.1, 1.1), 0.25, .inconclusive, .unproved),
        row("too few", 1.5, (1.3, 1.7), 0.0952, .inconclusive, .undecidable, smallestP: 0.0952),
        row("too few, and none seen", 1, (0.9, 1.1), 0.9, .inconclusive, .undecidable, smallestP: 0.0501),
        row("too few for an interval", 1.5, nil, 0.1, .inconclusive, .undecidable, smallestP: 0.1),
        row("too few, and alike", 1, (0.99, 1.01), 0.9, .equivalent, .withinMargin, smallestP: 0.1),
        row("just enough", 1.5, (1.3, 1.7), 0.05, .regressed, .beyondMargin, smallestP: 0.05),
        row("a point at 1", 1, (1, 1), 1, .equivalent, .withinMargin),
    ]

    static func judge(_ row: Case, _ direction: Direction, margin: Double = 0.02) throws -> Judgement {
        let interval = row.limits.flatMap { Interval(low: $0.0, high: $0.1, confidence: 0.95, method: .bca) }
        return Judgement(
            ratio: row.ratio,
            interval: interval,
            adjustedP: row.p,
            smallestP: row.smallestP,
            level: 0.05,
            margin: try #require(Margin(share: margin)),
            direction: direction
        )
    }

    @Test(arguments: table)
    func lowerIsBetter(row: Case) throws {
        let judgement = try Self.judge(row, .lowerIsBetter)
        #expect(judgement.verdict == row.verdict)
        #expect(judgement.reason == row.reason)
    }

    @Test(arguments: table)
    func higherIsBetter(row: Case) throws {
        let mirrored: Verdict =
            switch row.verdict {
            case .regressed: .improved
            case .improved: .regressed
            case .equivalent: .equivalent
            case .inconclusive: .inconclusive
            }
        let judgement = try Self.judge(row, .higherIsBetter)
        #expect(judgement.verdict == mirrored)
        #expect(judgement.reason == row.reason)
    }

    /// Proved is what p and the interval both say, whatever the margin makes of it.
    @Test func whatIsProvedIsSaidWhateverTheMargin() throws {
        let proved: [String: Judgement.Change] = [
            "clearly more": .worse, "clearly less": .better, "more, and the interval begins within the margin": .worse,
            "p at the level rejects": .worse, "certain and small": .worse, "certain and small, downwards": .better,
            "certain, perhaps small": .worse, "certain, perhaps small, downwards": .better,
            "ratio on the margin is not beyond it": .worse, "ratio on the margin, downwards": .better,
            "a point beyond the margin": .worse, "just enough": .worse,
        ]
        for row in Self.table {
            let change = proved[row.testDescription]
            #expect(try Self.judge(row, .lowerIsBetter).proved == change, "\(row.testDescription)")
            let mirrored = change.map { $0 == .worse ? Judgement.Change.better : .worse }
            #expect(try Self.judge(row, .higherIsBetter).proved == mirrored, "\(row.testDescription)")
            // Nothing that is proved is called the same, once nobody accepts a margin.
            let exacting = try Self.judge(row, .lowerIsBetter, margin: 0)
            #expect((exacting.verdict == .regressed) == (change == .worse), "\(row.testDescription)")
        }
        #expect(Set(proved.keys).isSubset(of: Self.table.map(\.testDescription)))
    }

    @Test func theTableHasEveryVerdictAndReason() {
        #expect(Set(Self.table.map(\.verdict)) == Set(Verdict.allCases))
        #expect(Set(Self.table.map(\.reason)) == Set(Judgement.Reason.allCases))
    }

    @Test func withoutAMarginOnlyAPointIsEquivalent() throws {
        #expect(try Self.judge(Self.table[0], .lowerIsBetter, margin: 0).verdict == .regressed)
        let narrow = Self.row("narrow", 1, (0.9999, 1.0001), 0.9, .inconclusive, .notSignificant)
        #expect(try Self.judge(narrow, .lowerIsBetter, margin: 0).verdict == .inconclusive)
        #expect(try Self.judge(Self.table[Self.table.count - 1], .lowerIsBetter, margin: 0).verdict == .equivalent)
    }

    @Test func marginsThatMakeNoSenseAreNone() {
        for share in [-0.01, .nan, .infinity] { #expect(Margin(share: share) == nil) }
    }

    /// Holm over three metrics: 0.02 alone would reject at 0.05; as the second of three it must not.
    @Test func metricsAreJudgedTogether() throws {
        let margin = try #require(Margin(share: 0.02))
        let slower = try PairedRuns(
            baseline: [100, 101, 99, 100, 102, 98],
            candidate: [110, 112, 108, 111, 112, 109]
        )
        let same = try PairedRuns(baseline: [5, 6, 7, 5, 6, 7], candidate: [5, 6, 7, 5, 6, 7])
        let one = PairedComparison(slower, level: 0.05, margin: margin, seed: 1)
        let none = PairedComparison(same, level: 0.05, margin: margin, seed: 1)
        #expect(one.signFlip.p == 0.03125)
        let alone = Self.judgement(of: one, adjustedP: one.signFlip.p, .lowerIsBetter, margin)
        #expect(alone.verdict == .regressed)
        let both = try Holm.adjusted([one.signFlip.p, none.signFlip.p])
        #expect(both == [0.0625, 1])
        #expect(Self.judgement(of: one, adjustedP: both[0], .lowerIsBetter, margin).verdict == .inconclusive)
        #expect(Self.judgement(of: none, adjustedP: both[1], .higherIsBetter, margin).verdict == .equivalent)
    }

    private static func judgement(
        of comparison: PairedComparison,
        adjustedP: Double,
        _ direction: Direction,
        _ margin: Margin
    ) -> Judgement {
        Judgement(
            ratio: comparison.ratio,
            interval: comparison.interval,
            adjustedP: adjustedP,
            level: 0.05,
            margin: margin,
            direction: direction
        )
    }
}
