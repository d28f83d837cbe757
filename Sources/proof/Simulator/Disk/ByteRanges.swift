/// A set of bytes of a file, as few ranges. For what is rare: the ranges are searched one by one.
struct ByteRanges: Sendable {
    private(set) var ranges: [Range<Int>] = []

    var isEmpty: Bool { ranges.isEmpty }
    var count: Int { ranges.reduce(0) { $0 + $1.count } }

    func overlaps(_ range: Range<Int>) -> Bool { ranges.contains { $0.overlaps(range) } }

    mutating func insert(_ range: Range<Int>) {
        guard !range.isEmpty else { return }
        remove(range)
        ranges.append(range)
    }

    mutating func remove(_ range: Range<Int>) {
        guard overlaps(range) else { return }
        var rest: [Range<Int>] = []
        for old in ranges {
            guard old.overlaps(range) else {
                rest.append(old)
                continue
            }
            if old.lowerBound < range.lowerBound { rest.append(old.lowerBound..<range.lowerBound) }
            if range.upperBound < old.upperBound { rest.append(range.upperBound..<old.upperBound) }
        }
        ranges = rest
    }
}
