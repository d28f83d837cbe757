import Histogram

/// Puts the lanes' seconds together into samples.
struct SecondMerger {
    let lanes: Int
    let plan: LoadPlan
    private(set) var samples: [SecondSample] = []
    private var pending: [[LaneSecond]] = []
    /// In the measured part.
    private var completed = 0

    init(lanes: Int, plan: LoadPlan) {
        self.lanes = lanes
        self.plan = plan
    }

    /// - Returns: what to report, once all lanes have handed in that second.
    mutating func add(_ second: LaneSecond) -> ProgressSample? {
        while pending.count <= second.ordinal { pending.append([]) }
        pending[second.ordinal].append(second)
        guard pending[second.ordinal].count == lanes else { return nil }
        let sample = Self.merge(pending[second.ordinal])
        pending[second.ordinal] = []
        samples.append(sample)
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

    private static func merge(_ parts: [LaneSecond]) -> SecondSample {
        var response = parts[0].response
        for part in parts.dropFirst() { response.add(part.response) }
        let isEmpty = response.totalCount == 0
        return SecondSample(
            elapsedSeconds: Double(parts[0].to - parts[0].start) / 1e9,
            lengthSeconds: Double(parts[0].to - parts[0].from) / 1e9,
            isWarmUp: parts[0].isWarmUp,
            offered: parts.reduce(0) { $0 + $1.offered },
            completed: parts.reduce(0) { $0 + $1.completed },
            errors: parts.reduce(0) { $0 + $1.errors },
            responseP50Nanoseconds: isEmpty ? nil : response.valueAtPercentile(50),
            responseP99Nanoseconds: isEmpty ? nil : response.valueAtPercentile(99),
            responseMaxNanoseconds: isEmpty ? nil : response.max,
            sessionsConnected: parts.reduce(0) { $0 + $1.sessionsConnected }
        )
    }
}
