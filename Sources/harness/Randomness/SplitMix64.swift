/// Steele, Lea and Flood's SplitMix64: a seeded generator that gives the same numbers on every machine.
public struct SplitMix64: RandomNumberGenerator, Sendable {
    @usableFromInline var state: UInt64

    @inlinable public init(seed: UInt64) { state = seed }

    /// A generator for one of many streams of the same seed: neighbouring streams share no numbers.
    @inlinable public init(seed: UInt64, stream: UInt64) {
        var mixer = SplitMix64(seed: seed ^ (stream &* 0xd1b5_4a32_d192_ed03))
        state = mixer.next() ^ stream
    }

    @inlinable public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }

    /// A number from 0 to `bound` - 1, by multiplication (Lemire): the bias is below bound / 2^64.
    @inlinable public mutating func below(_ bound: Int) -> Int {
        Int(truncatingIfNeeded: next().multipliedFullWidth(by: UInt64(truncatingIfNeeded: bound)).high)
    }

    /// Evenly from the half-open interval (0, 1].
    @inlinable public mutating func unit() -> Double { Double((next() >> 11) &+ 1) * 0x1p-53 }

    /// Fisher and Yates' shuffle, written out so that the order does not depend on the library's version.
    public mutating func shuffle<Element>(_ list: inout [Element]) {
        guard list.count > 1 else { return }
        for i in stride(from: list.count - 1, to: 0, by: -1) { list.swapAt(i, below(i + 1)) }
    }
}
