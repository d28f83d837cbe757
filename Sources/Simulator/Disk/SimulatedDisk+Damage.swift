import Randomness

extension SimulatedDisk {
    /// Damages something of what is stored, somewhere: files of the log and snapshots, each as likely as its size.
    ///
    /// - Returns: false if there was nothing to be damaged in that way.
    func damage(_ kind: Fault.Kind, _ random: inout SplitMix64) -> Bool {
        let files = paths.compactMap { path in
            platter(of: path).flatMap { $0.isEmpty ? nil : (path: path, size: $0.count) }
        }
        guard let victim = draw(files, &random) else { return false }
        switch kind {
        case .bitFlip:
            // Most of a recycled segment is not in use; near its beginning there is something to be hit.
            let reach = random.below(2) == 0 ? min(victim.size, 2_048) : victim.size
            return flipBit(victim.path, at: random.below(reach), bit: random.below(8))
        case .staleBlock:
            let sectors = changedSectors(of: victim.path)
            return !sectors.isEmpty && makeStale(victim.path, at: sectors[random.below(sectors.count)])
        default:
            let sectors = changedSectors(of: victim.path)
            guard !sectors.isEmpty, let other = draw(files, &random), other.size >= 512 else { return false }
            return misdirect(
                victim.path,
                at: sectors[random.below(sectors.count)],
                to: other.path,
                at: random.below(other.size / 512) * 512
            )
        }
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
}
