import Randomness

extension SimulatedDisk {
    /// Damages something of what is stored, somewhere that a server can be asked to detect: of the log, of snapshots.
    ///
    /// - Returns: what was done; nil if there was nothing to be damaged in that way.
    func damage(_ kind: Fault.Kind, _ logDirectory: String, _ random: inout SplitMix64) -> String? {
        let files = paths.compactMap { path -> (path: String, size: Int)? in
            guard let bytes = platter(of: path), path.contains(".") else { return nil }
            let end = path.hasPrefix(logDirectory + "/log.") ? Self.provenEnd(of: bytes) : bytes.count
            return end >= 512 ? (path, end) : nil
        }
        guard let victim = draw(files, &random) else { return nil }
        if kind == .bitFlip {
            let offset = random.below(victim.size)
            guard flipBit(victim.path, at: offset, bit: random.below(8)) else { return nil }
            return "a bit flips in \(victim.path) at \(offset)"
        }
        let sectors = changedSectors(of: victim.path).filter { $0 + 512 <= victim.size }
        guard !sectors.isEmpty else { return nil }
        let offset = sectors[random.below(sectors.count)]
        if kind == .staleBlock {
            return makeStale(victim.path, at: offset) ? "an old block is back in \(victim.path) at \(offset)" : nil
        }
        guard let other = draw(files, &random) else { return nil }
        let otherOffset = random.below(other.size / 512) * 512
        guard misdirect(victim.path, at: offset, to: other.path, at: otherOffset) else { return nil }
        return "a block of \(victim.path) at \(offset) is in \(other.path) at \(otherOffset)"
    }

    private func draw(_ files: [(path: String, size: Int)], _ random: inout SplitMix64) -> (path: String, size: Int)? {
        let total = files.reduce(0) { $0 + $1.size }
        guard total > 0 else { return nil }
        var left = random.below(total)
        for file in files {
            left -= file.size
            if left < 0 { return file }
        }
        return nil
    }

    /// Up to where a segment's bytes are known to be durable by what a later group of it says. Damage before that is to
    /// be detected; damage behind it looks like a write that a crash tore, in any log.
    ///
    /// Read from the bytes as `SegmentFormat` describes them, not with the code that is under test.
    static func provenEnd(of bytes: [UInt8]) -> Int {
        var ends: [UInt64: Int] = [:]
        var offset = 4096
        var proven = 0
        // A recycled file has groups of another segment behind its own.
        while offset + 48 <= bytes.count, number(bytes, offset, 4) == 0x5A42_4752,
            number(bytes, offset + 8, 8) == number(bytes, 16, 8)
        {
            let end = offset + 48 + Int(number(bytes, offset + 4, 4))
            proven = max(proven, ends[number(bytes, offset + 24, 8)] ?? 0)
            // Perhaps damaged before.
            let alignment = Int(number(bytes, offset + 40, 4))
            guard alignment >= 512 else { break }
            let next = (end + alignment - 1) / alignment * alignment
            ends[number(bytes, offset + 16, 8)] = end
            offset = next
        }
        return proven
    }

    private static func number(_ bytes: [UInt8], _ offset: Int, _ count: Int) -> UInt64 {
        bytes[offset..<(offset + count)].reduce(0) { $0 << 8 | UInt64($1) }
    }
}
