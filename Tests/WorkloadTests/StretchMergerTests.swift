import Histogram
import Testing

@testable import Workload

/// Seconds and tenths of them, from what two lanes hand in.
@Suite struct StretchMergerTests {
    private static let tenth: UInt64 = 100_000_000

    /// The `ordinal`-th tenth of a load that began at 5 s: ten operations of as many microseconds, one error.
    private static func stretch(_ ordinal: Int, isBorder: Bool = false) -> LaneStretch {
        var response = LoadLane.histogram(.two)
        response.record(UInt64(ordinal + 1) * 1000, count: 10)
        let from = 5_000_000_000 + UInt64(ordinal) * tenth
        return LaneStretch(
            ordinal: ordinal,
            from: from,
            to: from + tenth,
            start: 5_000_000_000,
            isWarmUp: ordinal < 12,
            isBorder: isBorder,
            offered: 12,
            completed: 10,
            errors: 1,
            response: response,
            sessionsConnected: 4
        )
    }

    @Test func tenTenthsAreASecond() {
        var plan = LoadPlan(warmUpSeconds: 1.2, durationSeconds: 3)
        plan.cutsPerSecond = 10
        var merger = StretchMerger(lanes: 2, plan: plan)
        var reported: [ProgressSample] = []
        // The warm-up ends within a second, and the load too.
        for ordinal in 0..<27 {
            let stretch = Self.stretch(ordinal, isBorder: ordinal == 11 || ordinal == 26)
            #expect(merger.add(stretch) == nil)
            if let sample = merger.add(stretch) { reported.append(sample) }
        }
        #expect(merger.bins.count == 27)
        #expect(merger.bins[13].elapsedSeconds == 1.4 && merger.bins[13].lengthSeconds == 0.1)
        #expect(merger.bins[13].completed == 20 && merger.bins[13].offered == 24 && merger.bins[13].errors == 2)
        #expect(merger.bins[13].sessionsConnected == 8)
        #expect(merger.seconds.map(\.lengthSeconds) == [1, 0.2, 1, 0.5])
        #expect(merger.seconds.map(\.elapsedSeconds) == [1, 1.2, 2.2, 2.7])
        #expect(merger.seconds.map(\.completed) == [200, 40, 200, 100])
        #expect(merger.seconds.map(\.isWarmUp) == [true, true, false, false])
        #expect(merger.seconds.map(\.sessionsConnected) == [8, 8, 8, 8])
        // The quantiles are of all operations of the second, and not of its last tenth.
        let median = merger.seconds[2].responseP50Nanoseconds ?? 0
        #expect((17_000...17_200).contains(median), "\(median)")
        #expect(reported.map(\.second) == merger.seconds)
        #expect(reported.map(\.isBorder) == [false, true, false, true])
        #expect(reported.last?.completed == 300)
    }

    /// Lanes have loops of their own: where a hand ends the load, one has made a cut that another has not.
    @Test(arguments: [false, true])
    func aLaneThatIsOneCutBehindAtTheEndLosesNothing(_ isLateFirst: Bool) {
        var plan = LoadPlan(warmUpSeconds: 0, durationSeconds: 86_400)
        plan.cutsPerSecond = 10
        var merger = StretchMerger(lanes: 2, plan: plan)
        for ordinal in 0..<12 {
            _ = merger.add(Self.stretch(ordinal))
            _ = merger.add(Self.stretch(ordinal))
        }
        // 30 ms of the next tenth in one lane; a tenth and those 30 ms, uncut, in the other.
        var late = Self.stretch(12, isBorder: true)
        late.to += 30_000_000
        var rest = Self.stretch(13, isBorder: true)
        rest.to = rest.from + 30_000_000
        for stretch in isLateFirst ? [late, Self.stretch(12), rest] : [Self.stretch(12), rest, late] {
            #expect(merger.add(stretch) == nil)
        }
        let sample = merger.finish()
        #expect(sample?.second == merger.seconds.last && sample?.isBorder == true)
        #expect(merger.seconds.map(\.lengthSeconds) == [1, 0.33])
        #expect(merger.bins.count == 14 && merger.bins.last?.lengthSeconds == 0.03)
        #expect(merger.seconds.last?.elapsedSeconds == merger.bins.last?.elapsedSeconds)
        #expect(merger.bins.reduce(0) { $0 + $1.completed } == 27 * 10)
        #expect(merger.seconds.reduce(0) { $0 + $1.completed } == 27 * 10)
        #expect(merger.seconds.last?.sessionsConnected == 8)
        #expect(merger.finish() == nil && merger.seconds.count == 2)
    }

    /// Two lanes that a hand ends at a cut of one of them: it has nothing left to hand in.
    @Test func aSecondThatNoBorderEndsIsReported() {
        var plan = LoadPlan(warmUpSeconds: 0, durationSeconds: 86_400)
        plan.cutsPerSecond = 10
        var merger = StretchMerger(lanes: 2, plan: plan)
        for ordinal in 0..<3 {
            #expect(merger.add(Self.stretch(ordinal)) == nil)
            #expect(merger.add(Self.stretch(ordinal)) == nil)
        }
        #expect(merger.finish()?.second.map(\.completed) == 60)
        #expect(merger.seconds.map(\.lengthSeconds) == [0.3] && merger.finish() == nil)
    }

    @Test func oneCutASecondMakesNoBins() {
        var merger = StretchMerger(lanes: 1, plan: LoadPlan(warmUpSeconds: 0, durationSeconds: 3))
        // A load that went on has a short second where it was to end.
        #expect(merger.add(Self.stretch(0)) != nil)
        #expect(merger.add(Self.stretch(1)) != nil)
        #expect(merger.seconds.count == 2 && merger.bins.isEmpty)
    }
}
