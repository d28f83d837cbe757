/// How long things took, counted: number, sum, extremes, and a histogram whose steps are an eighth of a value at most.
///
/// Adding costs the same whatever has been added before, and nothing is sampled. It is never set back, but for the
/// extremes: whoever wants "since then" keeps a copy of then and subtracts (`since`).
public struct LatencyTally: Sendable {
    /// Values below this have steps of their own.
    private static let linear: UInt32 = 16
    /// So many steps between a power of two and the next.
    private static let stepsLog2: UInt32 = 3
    private static let stepCount = 16 + (32 - 4) * 8

    public private(set) var count: UInt64 = 0
    /// Microseconds, like all values here.
    public private(set) var sum: UInt64 = 0
    /// Of the values since `resetExtremes`; above `most` if there is none.
    public private(set) var least = UInt32.max
    public private(set) var most: UInt32 = 0
    /// How many values each step has; empty before the first.
    private var steps: [UInt64] = []

    public init() {}

    public mutating func add(_ microseconds: UInt32, times: UInt64 = 1) {
        if steps.isEmpty { steps = Array(repeating: 0, count: Self.stepCount) }
        count &+= times
        sum &+= UInt64(microseconds) &* times
        if microseconds < least { least = microseconds }
        if microseconds > most { most = microseconds }
        steps[Self.step(of: microseconds)] &+= times
    }

    /// What came after `earlier`, which is an older copy of this. The extremes are this one's.
    public func since(_ earlier: LatencyTally) -> LatencyTally {
        var rest = self
        rest.count &-= earlier.count
        rest.sum &-= earlier.sum
        for place in earlier.steps.indices { rest.steps[place] &-= earlier.steps[place] }
        return rest
    }

    public mutating func resetExtremes() { (least, most) = (.max, 0) }

    /// The mean; 0 of nothing.
    public var mean: Double { count == 0 ? 0 : Double(sum) / Double(count) }

    /// The value that the share `q` of all values does not exceed, as the lower end of its step; 0 of nothing.
    public func quantile(_ q: Double) -> UInt32 {
        guard count > 0 else { return 0 }
        let rank = max(1, UInt64((q * Double(count)).rounded(.up)))
        var seen: UInt64 = 0
        for (step, number) in steps.enumerated() {
            seen &+= number
            if seen >= rank { return Self.start(of: step) }
        }
        return most
    }

    private static func step(of value: UInt32) -> Int {
        guard value >= linear else { return Int(value) }
        let power = 31 &- UInt32(truncatingIfNeeded: value.leadingZeroBitCount)
        let offset = (value &>> (power &- stepsLog2)) & 7
        return Int(linear &+ (power &- 4) &* 8 &+ offset)
    }

    private static func start(of step: Int) -> UInt32 {
        guard step >= Int(linear) else { return UInt32(step) }
        let (power, offset) = (UInt32(step - Int(linear)) / 8 + 4, UInt32(step - Int(linear)) % 8)
        return (8 + offset) << (power - stepsLog2)
    }
}
