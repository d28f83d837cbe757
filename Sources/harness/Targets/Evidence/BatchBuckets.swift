/// How many records a group commit held, as far as counters of powers of two tell.
public struct BatchBuckets: Sendable, Hashable {
    /// The bounds of the counters, which count the group commits with at most so many records.
    public static let bounds = (0...17).map { 1 << $0 }

    /// The counter's name in `ServerSample`.
    public static func counter(_ bound: Int) -> String { "group_records_le_\(bound)" }

    /// Group commits with at most `bounds[i]` records, ascending. Not whole where a stretch of time begins between two samples.
    private let counts: [Double]

    /// The server's group commits between two moments of CLOCK_MONOTONIC; nil where it does not count them.
    public init?(_ history: ServerHistory, server id: Int, from: UInt64, to: UInt64) {
        var counts: [Double] = []
        for bound in Self.bounds {
            guard let growth = history.growth(of: Self.counter(bound), server: id, from: from, to: to) else {
                return nil
            }
            counts.append(growth)
        }
        self.init(counts: counts)
    }

    init?(counts: [Double]) {
        guard counts.count == Self.bounds.count, let total = counts.last, total > 0 else { return nil }
        self.counts = counts
    }

    /// The least bound that holds at least this share (from 0 to 1) of the group commits. The greatest, at 1, may be
    /// off by half of one: where the stretch begins or ends between two samples, parts are counted.
    public func bound(holding share: Double) -> Int {
        let total = counts[counts.count - 1]
        let wanted = share < 1 ? share * total : max(total - 0.5, total * 0.5)
        let index = counts.firstIndex { $0 >= wanted } ?? counts.count - 1
        return Self.bounds[index]
    }
}
