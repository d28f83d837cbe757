/// Readings of the processors' and our own processes' counters, and what they say of a stretch of time.
public struct ForeignHistory: Sendable {
    /// In the order of time.
    private(set) var readings: [ForeignLoad.Reading] = []

    public init() {}

    mutating func add(_ reading: ForeignLoad.Reading) { readings.append(reading) }

    /// What others had between two moments of CLOCK_MONOTONIC. Between two readings everything is taken to go on
    /// evenly; outside them nothing is known. Nil where there is nothing to compare.
    public func load(from: UInt64, to: UInt64) -> ForeignLoad? { load(in: [(from, to)]) }

    /// The same of several stretches together, each side's turns for instance.
    public func load(in stretches: [(from: UInt64, to: UInt64)]) -> ForeignLoad? {
        var sum = ForeignLoad.Growth()
        for (from, to) in stretches {
            guard let start = reading(at: from), let end = reading(at: to), end.at > start.at else { continue }
            sum += ForeignLoad.Growth(from: start, to: end)
        }
        return ForeignLoad(sum)
    }

    /// The counters at a moment; at the nearest reading where it is before or after all.
    private func reading(at moment: UInt64) -> ForeignLoad.Reading? {
        guard let first = readings.first, let last = readings.last else { return nil }
        guard moment > first.at else { return first }
        guard moment < last.at else { return last }
        // The first that is not before it.
        var (low, high) = (0, readings.count - 1)
        while low < high {
            let middle = (low + high) / 2
            if readings[middle].at < moment { low = middle + 1 } else { high = middle }
        }
        let (left, right) = (readings[low - 1], readings[low])
        let share = Double(moment - left.at) / Double(right.at - left.at)
        func between(_ one: Double, _ other: Double) -> Double { one + share * (other - one) }
        var found = left
        found.at = moment
        found.own = between(left.own, right.own)
        found.processors.processes = between(left.processors.processes, right.processors.processes)
        found.processors.interrupts = between(left.processors.interrupts, right.processors.interrupts)
        found.processors.all = between(left.processors.all, right.processors.all)
        found.processors.steal = left.processors.steal.flatMap { one in
            right.processors.steal.map { between(one, $0) }
        }
        return found
    }
}
