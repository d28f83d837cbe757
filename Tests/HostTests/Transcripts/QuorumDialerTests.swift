import Replica
import Testing
import Zab

@testable import Host

struct QuorumDialerTests {
    private let second: Nanoseconds = 1_000_000_000
    private func wish(_ number: UInt64) -> Wish { Wish(ServerID(3), number: number) }

    @Test func whoRefusesAtOnceIsDialledLaterAndLater() {
        var dialer = QuorumDialer()
        let steps = (1...9).map { dialer.begin(wish($0), at: 10 * second + $0) }
        let milliseconds: Nanoseconds = 1_000_000
        #expect(steps[0] == .dial && steps[1] == .dial)
        #expect(steps[2...] == ([4, 8, 16, 32, 64, 128, 128] as [Nanoseconds]).map { .wait($0 * milliseconds) }[...])
        let later = dialer.begin(wish(10), at: 12 * second)
        #expect(later == .dial, "a second without a wish is no refusal")
    }

    @Test func whoServesIsRefusedByNobody() {
        var dialer = QuorumDialer()
        for number in 1...5 as ClosedRange<UInt64> { _ = dialer.begin(wish(number), at: second) }
        dialer.settled()
        let next = dialer.begin(wish(6), at: second)
        #expect(next == .dial)
    }

    @Test func dialsThatFailComeAfterLongerAndLongerPauses() {
        var dialer = QuorumDialer()
        _ = dialer.begin(wish(1), at: second)
        var pauses: [Nanoseconds] = []
        for _ in 0..<9 {
            pauses.append(dialer.failed(wish(1))! / 1_000_000)
            let again = (
                failed: dialer.failed(wish(1)), isDue: dialer.isDue(wish(1)), isDueAgain: dialer.isDue(wish(1))
            )
            #expect(again.failed == nil && again.isDue && !again.isDueAgain, "it fails once, and is dialled once")
        }
        #expect(pauses == [2, 4, 8, 16, 32, 64, 128, 200, 200])
    }

    @Test func anEarlierWishComesToNothing() {
        var dialer = QuorumDialer()
        _ = dialer.begin(wish(1), at: second)
        _ = dialer.begin(wish(2), at: second)
        let old = (failed: dialer.failed(wish(1)), isDue: dialer.isDue(wish(1)), opened: dialer.opened(wish(1)))
        #expect(old.failed == nil && !old.isDue && !old.opened)
        dialer.end(wish(1))
        let opened = [dialer.opened(wish(2)), dialer.opened(wish(2))]
        #expect(opened == [true, false], "it is fulfilled once")
        _ = dialer.begin(wish(3), at: second)
        dialer.end(wish(3))
        let ended = (failed: dialer.failed(wish(3)), opened: dialer.opened(wish(3)))
        #expect(ended.failed == nil && !ended.opened)
    }
}
