import Testing

@testable import Agents

/// How far two hosts' monotonic clocks are apart, from timestamps that crossed a network.
@Suite struct ClockOffsetTests {
    /// - Parameters:
    ///   - offset: what their clock is ahead of ours.
    ///   - there, back: how long each way took.
    private static func exchange(_ asked: UInt64, offset: Int64, there: UInt64, busy: UInt64 = 500, back: UInt64)
        -> ClockExchange
    {
        let heard = asked &+ there &+ UInt64(bitPattern: offset)
        return ClockExchange(asked: asked, heard: heard, answered: heard &+ busy, returned: asked + there + busy + back)
    }

    /// Hosts that booted at different times: hours apart, either way.
    @Test(arguments: [0, 1, -1, 7_200_000_000_000, -7_200_000_000_001, 3_000_000_000_000_000_000])
    func theTruthIsWithinTheBound(_ offset: Int64) throws {
        for (there, back) in [(100, 100), (1, 99_999), (99_999, 1), (0, 0), (12_345, 54_321)] as [(UInt64, UInt64)] {
            let exchange = Self.exchange(4_000_000_000_000_000_000, offset: offset, there: there, back: back)
            let found = try #require(exchange.offset)
            #expect((found.nanoseconds - offset).magnitude <= found.bound + 1, "\(there) \(back)")
            #expect(found.bound == (there + back + 1) / 2)
            if there == back { #expect(found.nanoseconds == offset) }
        }
    }

    @Test func theQuickestExchangeDecides() {
        let exchanges = [
            Self.exchange(1_000_000, offset: 50_000, there: 90_000, back: 10_000),
            Self.exchange(2_000_000, offset: 50_000, there: 2_000, back: 1_000),
            Self.exchange(3_000_000, offset: 50_000, there: 1_000, back: 800_000),
        ]
        #expect(ClockOffset(best: exchanges) == ClockOffset(nanoseconds: 50_500, bound: 1_500))
        #expect(ClockOffset(best: []) == nil)
    }

    @Test func timesGoOverAndBack() {
        let offset = ClockOffset(nanoseconds: -5_000_000_000, bound: 10)
        #expect(offset.theirs(9_000_000_000) == 4_000_000_000 && offset.ours(4_000_000_000) == 9_000_000_000)
    }

    /// A clock that goes backwards, or an answer that took longer than there was time for, says nothing.
    @Test func whatCannotBeIsLeftOut() {
        let backwards = ClockExchange(asked: 100, heard: 200, answered: 190, returned: 300)
        let tooLong = ClockExchange(asked: 100, heard: 200, answered: 500, returned: 300)
        let early = ClockExchange(asked: 100, heard: 200, answered: 201, returned: 99)
        #expect(backwards.offset == nil && tooLong.offset == nil && early.offset == nil)
        #expect(ClockOffset(best: [backwards, tooLong, early]) == nil)
    }

    @Test func whatClocksDriftApartIsPartOfTheBound() {
        let before = ClockOffset(nanoseconds: 1_000, bound: 40)
        let after = ClockOffset(nanoseconds: 1_300, bound: 60)
        #expect(before.bound(with: after) == 360 && after.bound(with: before) == 360)
    }
}
