import Histogram

/// Puts the lanes' stretches together into seconds, and into bins where there are several stretches to a second.
struct StretchMerger {
    let lanes: Int
    let plan: LoadPlan
    private(set) var seconds: [SecondSample] = []
    private(set) var bins: [SecondSample] = []
    /// By ordinal, what has come of stretches that some lanes have not handed in.
    private var pending: [[LaneStretch]] = []
    /// All lanes' together, of the second that has not ended.
    private var open: LaneStretch?
    /// In the measured part.
    private var completed = 0
    /// When the last whole stretch ended.
    private var sessionsConnected = 0

    init(lanes: Int, plan: LoadPlan) {
        self.lanes = lanes
        self.plan = plan
    }

    /// All that `stretches` hands in until it ends.
    /// - Parameter report: called once a second.
    static func merge(
        _ stretches: AsyncStream<LaneStretch>,
        lanes: Int,
        plan: LoadPlan,
        report: (ProgressSample) -> Void
    ) async -> (seconds: [SecondSample], bins: [SecondSample]) {
        var merger = StretchMerger(lanes: lanes, plan: plan)
        for await stretch in stretches {
            if let sample = merger.add(stretch) { report(sample) }
        }
        if let sample = merger.finish() { report(sample) }
        return (merger.seconds, merger.bins)
    }

    /// - Returns: what to report, once all lanes have handed in the last stretch of a second.
    mutating func add(_ stretch: LaneStretch) -> ProgressSample? {
        while pending.count <= stretch.ordinal { pending.append([]) }
        pending[stretch.ordinal].append(stretch)
        guard pending[stretch.ordinal].count == lanes else { return nil }
        let whole = Self.atOnce(pending[stretch.ordinal])
        pending[stretch.ordinal] = []
        sessionsConnected = whole.sessionsConnected
        return append(whole, isLast: false)
    }

    /// No more stretches come. A load that a hand ends finds some lanes with a cut that others have not made yet: what
    /// the former handed in after it belongs to no whole stretch, and is the rest of the load.
    /// - Returns: what to report, if a second had not ended.
    mutating func finish() -> ProgressSample? {
        let parts = pending.filter { !$0.isEmpty }.map(Self.atOnce)
        pending = []
        guard var rest = parts.first else {
            defer { open = nil }
            return open.map { report($0) }
        }
        for part in parts.dropFirst() { rest = rest.followed(by: part) }
        rest.sessionsConnected = sessionsConnected
        return append(rest, isLast: true)
    }

    private mutating func append(_ whole: LaneStretch, isLast: Bool) -> ProgressSample? {
        if plan.cutsPerSecond > 1 { bins.append(whole.sample) }
        let second = open.map { $0.followed(by: whole) } ?? whole
        // A stretch that ends where a load was to end before it went on is short, and a second nevertheless.
        let isOver =
            isLast || plan.cutsPerSecond == 1 || whole.isBorder
            || second.to - second.from >= 1_000_000_000 - UInt64(plan.cutsPerSecond)
        open = isOver ? nil : second
        return isOver ? report(second) : nil
    }

    private mutating func report(_ second: LaneStretch) -> ProgressSample {
        let sample = second.sample
        seconds.append(sample)
        if !sample.isWarmUp { completed += sample.completed }
        let total = plan.warmUpSeconds + plan.durationSeconds
        // Half a millisecond is for rounding.
        let isExtended = sample.elapsedSeconds > total - 0.0005 && !second.isBorder
        return ProgressSample(
            phase: sample.isWarmUp ? .warmUp : isExtended ? .extending : .measuring,
            fraction: min(sample.elapsedSeconds / total, 1),
            second: sample,
            isBorder: second.isBorder,
            completed: completed
        )
    }

    /// What the lanes saw in one stretch. It ends with the first of them: one that a hand ended before its cut has what
    /// came after the others' in it.
    private static func atOnce(_ parts: [LaneStretch]) -> LaneStretch {
        var whole = parts.min { $0.to < $1.to }!
        whole.response = parts[0].response
        for part in parts.dropFirst() { whole.response.add(part.response) }
        whole.offered = parts.reduce(0) { $0 + $1.offered }
        whole.completed = parts.reduce(0) { $0 + $1.completed }
        whole.errors = parts.reduce(0) { $0 + $1.errors }
        whole.sessionsConnected = parts.reduce(0) { $0 + $1.sessionsConnected }
        return whole
    }
}

extension LaneStretch {
    /// This one and the next one as one.
    fileprivate func followed(by next: LaneStretch) -> LaneStretch {
        var both = next
        both.from = from
        both.offered += offered
        both.completed += completed
        both.errors += errors
        both.response.add(response)
        return both
    }

    fileprivate var sample: SecondSample {
        let isEmpty = response.totalCount == 0
        return SecondSample(
            elapsedSeconds: Double(to - start) / 1e9,
            lengthSeconds: Double(to - from) / 1e9,
            isWarmUp: isWarmUp,
            offered: offered,
            completed: completed,
            errors: errors,
            responseP50Nanoseconds: isEmpty ? nil : response.valueAtPercentile(50),
            responseP99Nanoseconds: isEmpty ? nil : response.valueAtPercentile(99),
            responseMaxNanoseconds: isEmpty ? nil : response.max,
            sessionsConnected: sessionsConnected
        )
    }
}
