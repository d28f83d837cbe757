/// Operations one by one, for a load of which only a stretch is wanted that nobody knows before it is over: a storm's readers,
/// from the fault until the last of the crowd is back. Moments are nanoseconds of CLOCK_MONOTONIC.
public struct AnswerLog: Sendable {
    /// What was seen between two moments.
    public struct Figures: Sendable, Hashable {
        /// Operations answered in the stretch.
        public var perSecond: Double
        /// Of the operations planned in it, whenever they were answered; nil for none. Nanoseconds.
        public var p99: UInt64?
        /// The longest time in the stretch without an answer, nanoseconds.
        public var longestSilence: UInt64
    }

    private struct Entry {
        var plannedAt: UInt64
        var answeredAt: UInt64
    }

    /// 64 MiB of them; of a load with more, nothing is said.
    private static let most = 1 << 22
    private var entries: [Entry] = []
    private var isFull = false

    public init() {}

    /// - Parameter answeredAt: or when it was given up.
    public mutating func note(plannedAt: UInt64, answeredAt: UInt64) {
        if entries.count < Self.most {
            entries.append(Entry(plannedAt: plannedAt, answeredAt: answeredAt))
        } else {
            isFull = true
        }
    }

    mutating func add(_ other: AnswerLog) {
        entries += other.entries
        isFull = isFull || other.isFull
    }

    /// Nil where nothing is known of the stretch, or it has no length.
    public func figures(from: UInt64, to: UInt64) -> Figures? {
        guard !isFull, to > from else { return nil }
        let answers = entries.map(\.answeredAt).filter { $0 >= from && $0 <= to }.sorted()
        var silence: UInt64 = 0
        var last = from
        for answer in answers + [to] {
            silence = max(silence, answer - last)
            last = answer
        }
        let times = entries.filter { $0.plannedAt >= from && $0.plannedAt <= to }
            .map { $0.answeredAt > $0.plannedAt ? $0.answeredAt - $0.plannedAt : 0 }
            .sorted()
        return Figures(
            perSecond: Double(answers.count) * 1e9 / Double(to - from),
            p99: times.isEmpty ? nil : times[(times.count * 99 + 99) / 100 - 1],
            longestSilence: silence
        )
    }
}
