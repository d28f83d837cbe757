import Randomness

/// A place in a series from which on the level is another.
public struct ChangePoint: Sendable, Equatable {
    /// Of the first value of the new level, from 1 up.
    public let index: Int
    /// Medians from the change point before to here, and from here to the next.
    public let before: Double
    public let after: Double
    /// Of the test that found it; at most the level.
    public let p: Double
}

/// Where the level of a series changed, whatever the noise is like.
///
/// The stretch of the series is sought whose ranks differ most from those of the rest, in units of the rank sum's own
/// standard deviation, so that a change near an end weighs as much as one in the middle. A stretch and not only a cut in two,
/// since a regression that was repaired later hides from a single cut (circular binary segmentation: Olshen, Venkatraman,
/// Lucito and Wigler, Biostatistics 5, 2004; with ranks instead of means, since one wild run is common). The stretch stands
/// if a permutation test says so: as large a largest difference among the same values in another order comes up in at most a
/// share `level` of the orders. Then its ends are cuts, and the parts are searched in the same way.
///
/// A series without a change, whose values could as well have come in another order, gets a false one with a chance of at
/// most `level`, since nothing is searched further before the first test rejects. A slow drift is a change, too, and is
/// cut somewhere in it. By ranks alone a change needs some values after it: three after forty could be luck, however far
/// they lie, and eight could not. The work of a search grows with the series' length (`Stretches`).
public enum ChangePoints {
    /// Fewest values of a level: one odd run, or two, are no change of it.
    public static var fewestValues: Int { 3 }

    /// The change points in their order.
    ///
    /// - Parameters:
    ///   - level: of each test, above 0 and below 1.
    ///   - seed: of the permutations.
    /// - Throws: `notFinite` for a value that is no number.
    public static func find(_ values: [Double], level: Double, seed: UInt64) throws(SampleError) -> [ChangePoint] {
        precondition(level > 0 && level < 1)
        try values.checkFinite()
        var random = SplitMix64(seed: seed)
        var cuts: [(index: Int, p: Double)] = []
        var open = [values.startIndex..<values.endIndex]
        while let range = open.popLast() {
            guard let found = cut(Array(values[range]), level: level, random: &random) else { continue }
            let edges = found.places.map { range.lowerBound + $0 }
            cuts += edges.map { ($0, found.p) }
            for (low, high) in zip([range.lowerBound] + edges, edges + [range.upperBound]).reversed() {
                open.append(low..<high)
            }
        }
        guard !cuts.isEmpty else { return [] }
        cuts.sort { $0.index < $1.index }
        refine(&cuts, of: values)
        let edges = [values.startIndex] + cuts.map(\.index) + [values.endIndex]
        let medians = zip(edges, edges.dropFirst()).map { Array(values[$0..<$1]).median }
        return cuts.enumerated().map { place, cut in
            ChangePoint(index: cut.index, before: medians[place], after: medians[place + 1], p: cut.p)
        }
    }

    /// Puts each cut where medians on both sides fit best, by absolute distances. The test's own place leans towards the
    /// middle of the series: there, a value at the edge of its level looks like one of the other.
    private static func refine(_ cuts: inout [(index: Int, p: Double)], of values: [Double]) {
        for place in cuts.indices {
            let low = place == 0 ? values.startIndex : cuts[place - 1].index
            let high = place + 1 < cuts.count ? cuts[place + 1].index : values.endIndex
            // Both sides' medians decide the place, and the place the medians: a few rounds, and it stays.
            for _ in 0..<10 {
                let best = best(values, low, cuts[place].index, high)
                if best == cuts[place].index { break }
                cuts[place].index = best
            }
        }
    }

    /// Where the values from `low` to `high` are divided best, if the levels are the medians before and after `cut`.
    private static func best(_ values: [Double], _ low: Int, _ cut: Int, _ high: Int) -> Int {
        let before = Array(values[low..<cut]).median
        let after = Array(values[cut..<high]).median
        // The misfit, but for a constant.
        var cost = 0.0
        var best = (index: low + fewestValues, cost: 0.0)
        for index in (low + fewestValues)..<max(low + fewestValues, high - fewestValues) {
            cost += abs(values[index] - before) - abs(values[index] - after)
            if cost < best.cost { best = (index + 1, cost) }
        }
        return best.index
    }

    /// The one or two best places to cut, if the test rejects.
    private static func cut(
        _ values: [Double],
        level: Double,
        random: inout SplitMix64
    ) -> (places: [Int], p: Double)? {
        guard values.count >= 2 * fewestValues else { return nil }
        let mean = Double(values.count + 1) / 2
        var ranks = Ranks(values).ranks.map { $0 - mean }
        let stretches = Stretches(count: values.count, fewest: fewestValues)
        let observed = stretches.largest(ranks)
        guard observed.distance > 0 else { return nil }
        let found = places(stretches.sharpened(observed.stretch, ranks), in: values, level: level)
        // What is beyond all doubt needs no other orders, and these are all the work.
        let bound = stretches.bound(observed.distance)
        if bound <= level { return (found, bound) }
        // Of a long series fewer: its p is coarser then, and as true.
        let orders = values.count <= Stretches.mostComplete ? 20 : 4.0
        let drawn = max(1999, Int(min(199_999, (orders / level).rounded(.up))))
        let allowed = level * Double(drawn + 1)
        // The observed order counts as one of those drawn (Phipson and Smyth 2010).
        var atLeast = 1
        let threshold = observed.distance * (1 - 1e-12)
        for _ in 0..<drawn {
            for place in stride(from: ranks.count - 1, to: 0, by: -1) { ranks.swapAt(place, random.below(place + 1)) }
            if stretches.largest(ranks).distance >= threshold { atLeast += 1 }
            // No later order can make it significant any more.
            if Double(atLeast) > allowed { return nil }
        }
        return (found, Double(atLeast) / Double(drawn + 1))
    }

    /// The inner ends of a stretch. Of two the second may be luck, where there is one change only: an end at which the
    /// neighbouring parts do not differ is none, if the other's do.
    private static func places(_ stretch: Range<Int>, in values: [Double], level: Double) -> [Int] {
        let ends = [stretch.lowerBound, stretch.upperBound].filter { $0 > 0 && $0 < values.count }
        guard ends.count == 2 else { return ends }
        let middle = Array(values[stretch])
        let differ = [
            MannWhitney.run(Array(values[..<ends[0]]), middle).p <= level,
            MannWhitney.run(Array(values[ends[1]...]), middle).p <= level,
        ]
        return differ[0] == differ[1] ? ends : differ[0] ? [ends[0]] : [ends[1]]
    }
}
