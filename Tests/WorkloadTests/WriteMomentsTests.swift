import Testing

@testable import Workload

@Suite struct WriteMomentsTests {
    /// Milliseconds to nanoseconds.
    private static func ms(_ value: Double) -> UInt64 { UInt64(value * 1e6) }

    private static func moments(_ times: [Double], epoch: Int64 = 1) -> WriteMoments {
        var moments = WriteMoments()
        for time in times { moments.note(ms(time), zxid: epoch << 32 | 1) }
        return moments
    }

    private static func silence(_ from: Double, _ to: Double) -> WriteMoments.Silence {
        WriteMoments.Silence(from: ms(from), to: ms(to))
    }

    @Test func answersCloseTogetherAreOneRun() {
        let moments = Self.moments([1, 1.2, 1.7, 2.3, 10])
        #expect(moments.runs.map(\.first) == [Self.ms(1), Self.ms(2.3), Self.ms(10)])
        #expect(moments.runs.map(\.last) == [Self.ms(1.7), Self.ms(2.3), Self.ms(10)])
    }

    /// However many answers come, what is kept grows with the time alone.
    @Test func memoryIsBoundedByTime() {
        var moments = WriteMoments()
        for microsecond in 0..<200_000 { moments.note(UInt64(microsecond) * 1000, zxid: 1) }
        #expect(moments.runs.count == 1)
        var sparse = WriteMoments()
        for step in 0..<2000 { sparse.note(UInt64(step) * (WriteMoments.gap + 1), zxid: 1) }
        #expect(sparse.runs.count == 2000)
    }

    @Test func theSilenceIsThatOfAllLanesTogether() {
        let moments = WriteMoments(merging: [Self.moments([1, 5, 30]), Self.moments([2, 12, 31, 60])])
        #expect(
            moments.longestSilence(endingAfter: Self.ms(6), beginningBefore: Self.ms(40)) == Self.silence(31, 60)
        )
        #expect(
            moments.longestSilence(endingAfter: Self.ms(6), beginningBefore: Self.ms(31)) == Self.silence(12, 30)
        )
        #expect(
            moments.longestSilence(endingAfter: Self.ms(6), beginningBefore: Self.ms(12)) == Self.silence(5, 12)
        )
        // One that has ended before is over, and one that does not end is none.
        #expect(moments.longestSilence(endingAfter: Self.ms(60), beginningBefore: .max) == nil)
    }

    @Test func neighboursOfAMoment() {
        let moments = Self.moments([1, 1.4, 5])
        #expect(moments.last(before: Self.ms(3)) == Self.ms(1.4))
        #expect(moments.first(from: Self.ms(3)) == Self.ms(5))
        #expect(moments.first(from: Self.ms(5)) == Self.ms(5))
        #expect(moments.last(before: Self.ms(1)) == nil)
        #expect(moments.first(from: Self.ms(6)) == nil)
        // Within a run of answers there is one everywhere.
        #expect(moments.last(before: Self.ms(1.2)) == Self.ms(1.2))
        #expect(moments.first(from: Self.ms(1.2)) == Self.ms(1.2))
    }

    @Test func anEpochBeginsWithItsFirstAnswerInAnyLane() {
        var late = Self.moments([1, 40], epoch: 3)
        late.note(Self.ms(50), zxid: 4 << 32)
        var early = Self.moments([2], epoch: 3)
        early.note(Self.ms(45), zxid: 4 << 32 | 9)
        early.note(Self.ms(46), zxid: 3 << 32)
        let moments = WriteMoments(merging: [late, early])
        #expect(moments.epochs.map(\.epoch) == [3, 4])
        #expect(moments.epoch(at: Self.ms(44)) == 3)
        #expect(moments.nextEpoch(after: Self.ms(44)) == Self.ms(45))
        #expect(moments.nextEpoch(after: Self.ms(45)) == nil)
        #expect(WriteMoments().epoch(at: 5) == 0)
    }
}
