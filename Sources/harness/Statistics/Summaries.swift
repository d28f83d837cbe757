import Glibc

extension [Double] {
    /// Not for an empty list.
    var mean: Double { reduce(0, +) / Double(count) }

    /// Not for an empty list. The middle two are averaged.
    public var median: Double { sorted().medianOfSorted }

    var medianOfSorted: Double {
        let middle = count / 2
        return count % 2 == 1 ? self[middle] : (self[middle - 1] + self[middle]) / 2
    }

    /// With n − 1; 0 for a single value.
    var standardDeviation: Double {
        guard count > 1 else { return 0 }
        let center = mean
        return (reduce(0) { $0 + ($1 - center) * ($1 - center) } / Double(count - 1)).squareRoot()
    }

    /// All values are one, but for the rounding of a logarithm.
    var isConstant: Bool {
        guard let low = self.min(), let high = self.max() else { return true }
        return high - low <= 1e-13 * Swift.max(1, Swift.max(abs(low), abs(high)))
    }

    /// The quantile of a sorted list by linear interpolation (Hyndman and Fan's type 7, NumPy's default).
    func quantileOfSorted(_ share: Double) -> Double {
        let place = share * Double(count - 1)
        let index = Swift.min(Swift.max(Int(place), 0), count - 1)
        guard index + 1 < count else { return self[count - 1] }
        return self[index] + (self[index + 1] - self[index]) * (place - Double(index))
    }

    func checkPositive() throws(SampleError) {
        for (index, value) in enumerated() where !(value > 0 && value.isFinite) {
            throw .notPositive(value: value, index: index)
        }
    }

    func checkFinite() throws(SampleError) {
        for (index, value) in enumerated() where !value.isFinite { throw .notFinite(value: value, index: index) }
    }
}
