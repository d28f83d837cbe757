import Randomness
import Testing

@testable import Workload

@Suite struct ArrivalStreamTests {
    private func gaps(_ arrivals: Arrivals, rate: Double, sessions: Int, count: Int, seed: UInt64) -> [Double] {
        var times: [UInt64] = []
        for session in 0..<sessions {
            var stream = ArrivalStream(
                ratePerSecond: rate,
                arrivals: arrivals,
                session: session,
                sessions: sessions,
                seed: seed,
                start: 1_000
            )
            for _ in 0..<(count / sessions) {
                times.append(stream.next)
                stream.advance()
            }
        }
        times.sort()
        return zip(times.dropFirst(), times).map { Double($0 - $1) }
    }

    /// Ten thousand per second from eight sessions: evenly spaced together, by 100 µs each.
    @Test func fixedArrivalsAreEvenlySpaced() {
        let gaps = gaps(.fixed, rate: 10_000, sessions: 8, count: 80_000, seed: 1)
        #expect(gaps.allSatisfy { abs($0 - 100_000) <= 1 })
    }

    @Test func fixedArrivalsDoNotDrift() {
        // A rate whose gap is no whole number of nanoseconds, over a million operations.
        var stream = ArrivalStream(
            ratePerSecond: 30_000,
            arrivals: .fixed,
            session: 0,
            sessions: 1,
            seed: 1,
            start: 0
        )
        for _ in 0..<1_000_000 { stream.advance() }
        #expect(abs(Double(stream.next) / 1e9 - 33.333333333) < 1e-6)
    }

    /// The gaps of a Poisson process are exponential: mean and deviation are equal, and 1/e of them exceed the mean.
    @Test(arguments: [1, 16]) func poissonArrivalsAreExponential(sessions: Int) {
        let all = gaps(.poisson, rate: 10_000, sessions: sessions, count: 160_000, seed: 42)
        // Streams end at different times; the common part is what counts.
        let gaps = Array(all.prefix(100_000))
        let mean = gaps.reduce(0, +) / Double(gaps.count)
        let variance = gaps.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(gaps.count)
        #expect(abs(mean / 100_000 - 1) < 0.02)
        #expect(abs(variance.squareRoot() / mean - 1) < 0.02)
        let longer = Double(gaps.count { $0 > mean }) / Double(gaps.count)
        #expect(abs(longer - 0.3679) < 0.01)
    }

    @Test func theSameSeedGivesTheSameTimes() {
        #expect(
            gaps(.poisson, rate: 5_000, sessions: 3, count: 300, seed: 9)
                == gaps(.poisson, rate: 5_000, sessions: 3, count: 300, seed: 9)
        )
        #expect(
            gaps(.poisson, rate: 5_000, sessions: 3, count: 300, seed: 9)
                != gaps(.poisson, rate: 5_000, sessions: 3, count: 300, seed: 10)
        )
    }

    /// The first numbers of the published generator with the seed 1234567.
    @Test func splitMixIsTheKnownOne() {
        var generator = SplitMix64(seed: 1_234_567)
        #expect(
            (0..<3).map { _ in generator.next() }
                == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423]
        )
    }

    @Test func numbersBelowABoundAreEven() {
        var generator = SplitMix64(seed: 3)
        var counts = [Int](repeating: 0, count: 10)
        for _ in 0..<100_000 { counts[generator.below(10)] += 1 }
        #expect(counts.allSatisfy { abs($0 - 10_000) < 500 })
    }
}
