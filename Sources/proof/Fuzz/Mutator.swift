import Randomness

/// Changes inputs the way broken disks, broken peers and attackers do. The same seed makes the same inputs.
public struct Mutator {
    private var random: SplitMix64
    /// Longer inputs are cut to this.
    private let sizeMax: Int

    public init(seed: UInt64, stream: UInt64, sizeMax: Int = 4096) {
        random = SplitMix64(seed: seed, stream: stream)
        self.sizeMax = sizeMax
    }

    /// What lengths, counts, zxids and epochs break at.
    private static let extremes: [UInt64] = [
        0, 1, 2, 7, 8, 16, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x10_0000, 0x7fff_fffe, 0x7fff_ffff,
        0x8000_0000, 0xffff_fffe, 0xffff_ffff, 0x1_0000_0000, 0x7fff_ffff_ffff_ffff, 0x8000_0000_0000_0000,
        0xffff_ffff_0000_0001, 0xffff_ffff_ffff_fffe, 0xffff_ffff_ffff_ffff,
    ]

    public mutating func pick(_ count: Int) -> Int { random.below(count) }

    /// One to six changes of `input`; `other` is what it may be spliced with.
    public mutating func mutate(_ input: inout [UInt8], with other: [UInt8]) {
        for _ in 0...random.below(6) { change(&input, other) }
        if input.count > sizeMax { input.removeLast(input.count - sizeMax) }
    }

    private mutating func change(_ input: inout [UInt8], _ other: [UInt8]) {
        guard !input.isEmpty else {
            input = other
            return
        }
        let place = random.below(input.count)
        switch random.below(12) {
        case 0, 1: input[place] ^= 1 << UInt8(random.below(8))
        case 2: input[place] = UInt8(truncatingIfNeeded: random.next())
        case 3: input[place] &+= UInt8(truncatingIfNeeded: random.below(9) - 4)
        case 4, 5: store(Self.extremes[random.below(Self.extremes.count)], width: 1 << random.below(4), place, &input)
        case 6: input.removeLast(input.count - place)
        case 7: input.removeSubrange(place..<min(input.count, place + 1 + random.below(16)))
        case 8:
            let bytes = (0...random.below(8)).map { _ in UInt8(truncatingIfNeeded: random.next()) }
            input.insert(contentsOf: bytes, at: place)
        case 9:
            guard !other.isEmpty else { return }
            let start = random.below(other.count)
            let end = min(other.count, start + 1 + random.below(64))
            input.insert(contentsOf: other[start..<end], at: place)
        case 10: input = Array(input[..<place]) + other.dropFirst(other.isEmpty ? 0 : random.below(other.count))
        default:
            // A copy of a part of itself: a record twice, a frame again.
            let end = min(input.count, place + 1 + random.below(64))
            input.insert(contentsOf: input[place..<end], at: random.below(input.count))
        }
    }

    private func store(_ value: UInt64, width: Int, _ place: Int, _ input: inout [UInt8]) {
        for index in 0..<width where place + index < input.count {
            input[place + index] = UInt8(truncatingIfNeeded: value >> UInt64(8 * (width - 1 - index)))
        }
    }
}
