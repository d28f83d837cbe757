import Glibc

/// What some sectors of a file held on the platter before they were last changed: the newest `capacity` of them.
///
/// A drive that forgets a write, or puts it elsewhere, leaves just this. In a recycled segment it may be a whole valid
/// group of the file's former life.
struct SectorMemory: Sendable {
    static let sector = 512
    private static let capacity = 64

    private var offsets: [Int] = []
    private var bytes: [UInt8] = []
    private var next = 0

    /// `replacement` is about to be put at `offset` of `platter`. Sectors that it does not change, and those of which
    /// it is not known what they held, are passed over.
    mutating func note(
        _ platter: UnsafeRawBufferPointer,
        at offset: Int,
        replacedBy replacement: UnsafeRawBufferPointer
    ) {
        let end = min(offset + replacement.count, platter.count)
        guard offset < end else { return }
        var start = offset & ~(Self.sector - 1)
        let last = (end - 1) & ~(Self.sector - 1)
        start = max(start, last - (Self.capacity - 1) * Self.sector)
        while start <= last, start + Self.sector <= platter.count {
            let from = max(start, offset)
            let count = min(start + Self.sector, end) - from
            if memcmp(platter.baseAddress! + from, replacement.baseAddress! + (from - offset), count) != 0 {
                remember(UnsafeRawBufferPointer(rebasing: platter[start..<(start + Self.sector)]), at: start)
            }
            start += Self.sector
        }
    }

    private mutating func remember(_ sector: UnsafeRawBufferPointer, at offset: Int) {
        if offsets.isEmpty { bytes = [UInt8](repeating: 0, count: Self.capacity * Self.sector) }
        if offsets.count < Self.capacity { offsets.append(offset) } else { offsets[next] = offset }
        let place = next * Self.sector
        bytes.withUnsafeMutableBytes {
            UnsafeMutableRawBufferPointer(rebasing: $0[place..<(place + Self.sector)]).copyMemory(from: sector)
        }
        next = (next + 1) % Self.capacity
    }

    /// What the sector at `offset` held before its last change; nil if that is not known any more.
    func former(at offset: Int) -> [UInt8]? {
        for back in 1...Self.capacity {
            let index = (next + Self.capacity - back) % Self.capacity
            if index < offsets.count, offsets[index] == offset {
                return Array(bytes[(index * Self.sector)..<((index + 1) * Self.sector)])
            }
        }
        return nil
    }

    /// The offsets of the sectors that are remembered, ascending.
    var sectors: [Int] { Set(offsets).sorted() }
}
