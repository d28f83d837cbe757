import Randomness

/// The tosses that decide what a crash leaves, a stream of its own for each file and directory.
struct Coins {
    private var random: SplitMix64

    init(seed: UInt64, stream: UInt64) { random = SplitMix64(seed: seed, stream: stream) }

    mutating func next() -> Bool { random.next() >> 63 == 0 }
    mutating func below(_ bound: Int) -> Int { random.below(bound) }
}
