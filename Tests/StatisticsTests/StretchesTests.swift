import Glibc
import Randomness
import Testing

@testable import Statistics

@Suite struct StretchesTests {
    /// The work of an order is a step for each stretch.
    @Test func theirNumberGrowsWithTheLengthOfALongSeries() {
        let counts = [2_000, 4_000, 8_000, 16_000].map { Stretches(count: $0, fewest: 3).all.count }
        for (count, double) in zip(counts, counts.dropFirst()) { #expect(Double(double) < 2.1 * Double(count)) }
        #expect(counts[3] < 3 * 16_000, "\(counts)")
        // All of a short one: a cut's two parts have one distance, so a beginning and an end are one stretch.
        #expect(Stretches(count: 256, fewest: 3).all.count > 256 * 256 / 4)
    }

    /// Each stretch has one among them that shares at least seven tenths of both.
    @Test func noStretchIsFarFromOneThatIsLookedAt() {
        let count = 1000
        let all = Stretches(count: count, fewest: 3).all
        var random = SplitMix64(seed: 1)
        for _ in 0..<200 {
            let length = Stretches.shortest + random.below(count / 2)
            let low = random.below(count - length)
            let best =
                all.map { one -> Double in
                    let shared = Double(max(0, min(one.high, low + length) - max(one.low, low)))
                    return shared / (Double(length) * Double(one.high - one.low)).squareRoot()
                }.max() ?? 0
            #expect(best > 0.7, "\(low), \(length)")
        }
    }

    /// The bound must never promise more than the orders themselves.
    @Test func theBoundIsAboveTheShareOfOrders() {
        for count in [12, 40, 300] {
            let stretches = Stretches(count: count, fewest: 3)
            var random = SplitMix64(seed: 2)
            var ranks = (1...count).map { Double($0) - Double(count + 1) / 2 }
            let drawn = 400
            let distances = (0..<drawn).map { _ in
                random.shuffle(&ranks)
                return stretches.largest(ranks).distance
            }.sorted()
            for share in [0.5, 0.1, 0.01] {
                let distance = distances[drawn - 1 - Int(share * Double(drawn))]
                #expect(stretches.bound(distance) >= share)
            }
        }
    }

    @Test func changesOfALongSeriesAreFoundWhereTheyAre() throws {
        var noise = RunNoise(seed: 7, spread: 0)
        let values = ChangePointTests.series(
            [(100, 1500), (103, 60), (100, 900), (98, 500), (99, 25)],
            spread: 0.01,
            noise: &noise
        )
        let found = try ChangePoints.find(values, level: 0.001, seed: 1)
        try #require(found.count >= 3 && found.count <= 4)
        for (point, place) in zip(found, [1500, 1560, 2460, 2960]) { #expect(abs(point.index - place) <= 8) }
        #expect(found.allSatisfy { $0.p <= 0.001 })
    }

    @Test func aLongSeriesWithoutAChangeHasNone() throws {
        var noise = RunNoise(seed: 8, spread: 0)
        let trials = 20
        let alarms = try (0..<trials).count { trial in
            let values = ChangePointTests.series([(100, 600)], spread: 0.05, noise: &noise)
            return try !ChangePoints.find(values, level: 0.05, seed: UInt64(trial)).isEmpty
        }
        #expect(Double(alarms) <= RunNoise.most(0.05, of: trials))
    }
}
