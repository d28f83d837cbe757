import Glibc

/// The stretches of a series that are looked at when a change of level is sought.
///
/// Of a short series these are all. Of a long one, whose stretches are as many as the square of its length, they are
/// some of each length, so near to each other that every stretch has one that shares most of it: their number grows
/// with the series' length alone. The test stays exact, since the same stretches are looked at in the orders that it is
/// held against.
struct Stretches {
    /// Up to so many values all stretches are looked at.
    static var mostComplete: Int { 256 }
    /// In a longer series: what is shorter is luck, however far its values lie.
    static var shortest: Int { 8 }

    struct Stretch {
        let low: Int
        let high: Int
        /// What a squared distance is multiplied with, so that all lengths weigh alike.
        let weight: Double
    }

    let count: Int
    let all: [Stretch]

    /// - Parameters:
    ///   - count: of the series' values.
    ///   - fewest: values of a level.
    init(count: Int, fewest: Int) {
        self.count = count
        all = count <= Self.mostComplete ? Self.complete(count, fewest) : Self.sparse(count)
    }

    private static func stretch(_ low: Int, _ high: Int, of count: Int) -> Stretch {
        Stretch(low: low, high: high, weight: 1 / (Double(high - low) * Double(count - (high - low))))
    }

    private static func complete(_ count: Int, _ fewest: Int) -> [Stretch] {
        var all: [Stretch] = []
        var low = 0
        while low <= count - fewest {
            // A stretch that begins at the start has its other end within; one that does not may end at the end.
            var high = low + fewest
            if high > count - fewest { high = count }
            while high <= count {
                if high - low < count { all.append(stretch(low, high, of: count)) }
                high += high == count - fewest ? fewest : 1
            }
            low += low == 0 ? fewest : 1
        }
        return all
    }

    private static func sparse(_ count: Int) -> [Stretch] {
        var all: [Stretch] = []
        // Both ends of the series, more closely: the newest runs are those that somebody is waiting for.
        var length = shortest
        while length <= count / 2 {
            all.append(stretch(0, length, of: count))
            all.append(stretch(count - length, count, of: count))
            length += max(1, length / 8)
        }
        length = shortest
        while length <= count - 2 * shortest {
            for low in stride(from: shortest, through: count - shortest - length, by: max(1, length / 4)) {
                all.append(stretch(low, low + length, of: count))
            }
            length += max(1, length * 2 / 5)
        }
        return all
    }

    /// The sums of the first 0, 1, ... ranks.
    static func sums(_ ranks: [Double]) -> [Double] {
        var sums = [0.0]
        sums.reserveCapacity(ranks.count + 1)
        for rank in ranks { sums.append(sums[sums.count - 1] + rank) }
        return sums
    }

    /// The largest distance of a stretch's rank sum from its mean, but for a factor that is the same for all stretches.
    ///
    /// - Parameter ranks: less their mean.
    func largest(_ ranks: [Double]) -> (stretch: Range<Int>, distance: Double) {
        var best = (low: 0, high: 0, distance: 0.0)
        Self.sums(ranks).withUnsafeBufferPointer { sums in
            all.withUnsafeBufferPointer { all in
                for stretch in all {
                    let difference = sums[stretch.high] - sums[stretch.low]
                    let distance = difference * difference * stretch.weight
                    if distance > best.distance { best = (stretch.low, stretch.high, distance) }
                }
            }
        }
        return (best.low..<best.high, best.distance)
    }

    /// The ends of a stretch moved to where it differs most, each by no more than half of its length.
    func sharpened(_ stretch: Range<Int>, _ ranks: [Double]) -> Range<Int> {
        guard count > Self.mostComplete else { return stretch }
        let sums = Self.sums(ranks)
        func distance(_ low: Int, _ high: Int) -> Double {
            let (difference, length) = (sums[high] - sums[low], Double(high - low))
            return difference * difference / (length * (Double(count) - length))
        }
        var (low, high) = (stretch.lowerBound, stretch.upperBound)
        for _ in 0..<2 {
            let reach = (high - low) / 2
            if low > 0 {
                let places = max(Self.shortest, low - reach)...min(low + reach, high - Self.shortest)
                low = places.max { distance($0, high) < distance($1, high) } ?? low
            }
            if high < count {
                let places = max(low + Self.shortest, high - reach)...min(high + reach, count - Self.shortest)
                high = places.max { distance(low, $0) < distance(low, $1) } ?? high
            }
        }
        return low..<high
    }

    /// A bound of the chance that a series without a change has a stretch as far as this: the sum over all stretches.
    ///
    /// A sum of L ranks drawn without replacement deviates no further than with it (Hoeffding, Journal of the American
    /// Statistical Association 58, 1963, theorem 4), a rank's deviation is strictly sub-Gaussian, as that of any evenly
    /// distributed number is, and a stretch and the rest deviate alike, so the shorter of them counts. Shared ranks
    /// deviate less.
    func bound(_ distance: Double) -> Double {
        let size = Double(count)
        var sum = 0.0
        for stretch in all {
            let length = Double(stretch.high - stretch.low)
            sum += 2 * exp(-6 * distance * max(length, size - length) / (size * size - 1))
        }
        return min(1, sum)
    }
}
