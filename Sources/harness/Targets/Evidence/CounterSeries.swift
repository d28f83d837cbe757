/// A growing counter, read now and then.
public struct CounterSeries: Sendable {
    /// In the order of time; moments of CLOCK_MONOTONIC.
    private var readings: [(at: UInt64, value: UInt64)]

    public init(_ readings: [(at: UInt64, value: UInt64)] = []) { self.readings = readings }

    public mutating func add(_ value: UInt64, at moment: UInt64) { readings.append((moment, value)) }

    /// What the counter grew by between two moments.
    ///
    /// Between two readings it is taken to grow evenly, so the moments need not fall on readings. Outside the readings
    /// the nearest one counts. Nil where there are none to compare, or where the counter went back: its owner was
    /// restarted, and a part of its work is in no reading.
    public func growth(from: UInt64, to: UInt64) -> Double? {
        guard readings.count >= 2 else { return nil }
        for (one, next) in zip(readings, readings.dropFirst()) where next.value < one.value { return nil }
        return value(at: to) - value(at: from)
    }

    private func value(at moment: UInt64) -> Double {
        guard let after = readings.firstIndex(where: { $0.at >= moment }) else {
            return Double(readings[readings.count - 1].value)
        }
        guard after > 0 else { return Double(readings[0].value) }
        let (left, right) = (readings[after - 1], readings[after])
        guard right.at > left.at else { return Double(right.value) }
        let share = Double(moment - left.at) / Double(right.at - left.at)
        return Double(left.value) + share * (Double(right.value) - Double(left.value))
    }
}
