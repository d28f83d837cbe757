import Results
import Statistics

/// The logs of one load on one ensemble, the best first, and which of them no other durable one beats.
struct LogFrontier: Sendable {
    struct Entry: Sendable {
        var point: LoadPointSummary
        var achieved: Double?
        var p99: Double?
        /// No other log that loses nothing has both more throughput and a lower p99; at a given rate the latency alone
        /// decides. Never of one that loses writes, or that nobody tried.
        var isOnFrontier = false
    }

    /// At a closed loop's end throughput tells the logs apart, at a given rate the latency does.
    let isClosed: Bool
    let entries: [Entry]

    init(_ points: [LoadPointSummary]) {
        let isClosed = points.allSatisfy { $0.key.mode == "closed" }
        var found = points.map { point in
            Entry(
                point: point,
                achieved: point.distribution(\.achievedPerSecond)?.median,
                p99: point.distribution(\.response.p99Microseconds)?.median
            )
        }
        for index in found.indices where found[index].achieved != nil && found[index].point.durability.isProven {
            let own = found[index]
            found[index].isOnFrontier = !found.contains { Self.beats($0, own, isClosed: isClosed) }
        }
        self.isClosed = isClosed
        entries = found.sorted {
            isClosed ? ($0.achieved ?? 0) > ($1.achieved ?? 0) : ($0.p99 ?? .infinity) < ($1.p99 ?? .infinity)
        }
    }

    private static func beats(_ other: Entry, _ own: Entry, isClosed: Bool) -> Bool {
        guard let achieved = own.achieved, let p99 = own.p99, let more = other.achieved, let less = other.p99,
            other.point.durability.isProven
        else { return false }
        // At a given rate all that keep up achieve it, but for the draw of the arrivals.
        return isClosed ? more >= achieved && less <= p99 && (more > achieved || less < p99) : less < p99
    }

    /// The best that is proven to lose nothing.
    var bestDurable: Entry? { entries.first { $0.achieved != nil && $0.point.durability.isProven } }
    /// The best of all that can lose acknowledged writes.
    var bestLossy: Entry? { entries.first { $0.achieved != nil && $0.point.durability.isLossy } }
    /// The best of those that nobody tried.
    var bestUnknown: Entry? { entries.first { $0.achieved != nil && !$0.point.durability.isKnown } }
}
