/// Which zxid of one side is which of the other's.
///
/// The counters run apart: ZooKeeper gives a zxid to every failed write, we give one to a batch of them. But each zxid in
/// a `Stat` is that of a change, and the changes are the same in the same order. So the zxids of changes are pairs, and
/// pairs never cross; what lies between two of them means the same as the first.
struct Chronicle {
    private(set) var changes: [Pair<Int64>] = [Pair(apache: 0, ours: 0)]

    /// How many changes there are up to `zxid`.
    func rank(_ zxid: Int64, _ side: Side) -> Int {
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = (low + high) / 2
            if changes[middle][side] <= zxid { low = middle + 1 } else { high = middle }
        }
        return low
    }

    /// Whether these are the same change. A pair that is between two known ones is learned.
    mutating func isSameChange(_ zxids: Pair<Int64>) -> Bool {
        let apache = rank(zxids.apache, .apache)
        let ours = rank(zxids.ours, .ours)
        guard apache == ours else { return false }
        guard apache > 0 else { return zxids.apache == zxids.ours }
        let known = changes[apache - 1]
        if known == zxids { return true }
        guard known.apache != zxids.apache, known.ours != zxids.ours else { return false }
        changes.insert(zxids, at: apache)
        return true
    }

    /// Whether both have seen the same changes.
    func isSameMoment(_ zxids: Pair<Int64>) -> Bool {
        rank(zxids.apache, .apache) == rank(zxids.ours, .ours)
    }
}

/// Which session of one side is which of the other's.
struct SessionRoll {
    private var numbers = Pair<[Int64: Int]> { _ in [:] }
    private(set) var sessions: [Pair<Int64>] = []

    /// The number of a new session.
    mutating func add(_ ids: Pair<Int64>) -> Int {
        for side in Side.allCases { numbers[side][ids[side]] = sessions.count }
        sessions.append(ids)
        return sessions.count - 1
    }

    func number(_ id: Int64, _ side: Side) -> Int? { numbers[side][id] }
}
