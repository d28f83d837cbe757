import Statistics

/// Makes the verdicts of a comparison, for stored runs and for pairs alike.
public struct ComparisonJudge: Sendable {
    /// The valid runs of one load. Of pairs, the same index is the same pair on both sides.
    public struct Samples: Sendable {
        public var label: String
        public var members: [String: String]
        /// Each run's values, by metric.
        public var baseline: [[String: Double]]
        public var candidate: [[String: Double]]

        public init(
            label: String,
            members: [String: String],
            baseline: [[String: Double]],
            candidate: [[String: Double]]
        ) {
            self.label = label
            self.members = members
            self.baseline = baseline
            self.candidate = candidate
        }
    }

    public struct Result: Sendable {
        public let groups: [Comparison.Group]
        /// How many tests were made.
        public let tests: Int
    }

    public let design: Comparison.Design
    public let metrics: [ComparedMetric]
    public let level: Double
    public let confidence: Double
    /// Of the bootstrap of pairs.
    public let seed: UInt64

    public init(
        design: Comparison.Design,
        metrics: [ComparedMetric] = ComparedMetric.all,
        level: Double = 0.01,
        confidence: Double = 0.95,
        seed: UInt64 = 1
    ) {
        self.design = design
        self.metrics = metrics
        self.level = level
        self.confidence = confidence
        self.seed = seed
    }

    /// A metric on its way: what is known before Holm's method has seen all of them.
    private struct Draft {
        var result: Comparison.Metric
        var runs: Runs?
    }

    private enum Runs {
        case stored(UnpairedRuns)
        case pairs(PairedRuns)
    }

    /// Judges all loads at once, since a gate fails at the first of them: p is adjusted over all.
    public func judge(_ samples: [Samples]) throws(SampleError) -> Result {
        var drafts: [[Draft]] = []
        for samples in samples {
            var group: [Draft] = []
            for metric in metrics {
                if let draft = try draft(metric, samples) { group.append(draft) }
            }
            drafts.append(group)
        }
        let tests = drafts.joined().count { $0.runs != nil }
        for group in drafts.indices {
            for place in drafts[group].indices { measure(&drafts[group][place], tests: tests) }
        }
        let adjusted = try Holm.adjusted(drafts.joined().compactMap(\.result.p))
        var next = adjusted.makeIterator()
        for group in drafts.indices {
            for place in drafts[group].indices where drafts[group][place].runs != nil {
                judge(&drafts[group][place].result, adjustedP: next.next())
            }
        }
        let groups = zip(samples, drafts).map { samples, drafts in
            Comparison.Group(label: samples.label, members: samples.members, metrics: drafts.map(\.result))
        }
        return Result(groups: groups, tests: tests)
    }

    /// Nil if no run of either side has the metric.
    private func draft(_ metric: ComparedMetric, _ samples: Samples) throws(SampleError) -> Draft? {
        var baseline = samples.baseline.map { $0[metric.name] }
        var candidate = samples.candidate.map { $0[metric.name] }
        if design == .pairs {
            // A pair without one side is none.
            let whole = zip(baseline, candidate).filter { $0 != nil && $1 != nil }
            baseline = whole.map(\.0)
            candidate = whole.map(\.1)
        }
        let (before, after) = (baseline.compactMap(\.self), candidate.compactMap(\.self))
        guard !before.isEmpty || !after.isEmpty else { return nil }
        var draft = Draft(
            result: Comparison.Metric(
                metric: metric,
                baseline: Distribution(before),
                candidate: Distribution(after),
                verdict: .inconclusive,
                reason: .missing
            )
        )
        guard !before.isEmpty, !after.isEmpty else { return draft }
        if min(before.count, after.count) > 1, Set(before + after).count == 1 {
            draft.result.ratio = 1
            draft.result.verdict = .equivalent
            draft.result.reason = .constant
            return draft
        }
        guard (before + after).allSatisfy({ $0 > 0 }) else {
            draft.result.reason = .zero
            return draft
        }
        switch design {
        case .stored: draft.runs = .stored(try UnpairedRuns(baseline: before, candidate: after))
        case .pairs: draft.runs = .pairs(try PairedRuns(baseline: before, candidate: after))
        }
        return draft
    }

    private func measure(_ draft: inout Draft, tests: Int) {
        let margin = draft.result.metric.margin
        // The strictest level that Holm's method may ask of a test.
        let alpha = level / Double(tests)
        switch draft.runs {
        case nil: return
        case .stored(let runs):
            let shift = HodgesLehmann(runs, confidence: confidence)
            draft.result.ratio = shift.ratio
            draft.result.interval = shift.interval
            draft.result.p = MannWhitney.run(runs).p
            draft.result.smallestEffect = UnpairedPower(runs, alpha: alpha)?.smallestEffect(power: 0.95, margin: margin)
        case .pairs(let runs):
            let comparison = PairedComparison(runs, level: 1 - confidence, margin: margin, seed: seed)
            draft.result.ratio = comparison.ratio
            draft.result.interval = comparison.interval
            draft.result.p = comparison.signFlip.p
            let seen = PairedPower(runs, alpha: alpha)?.smallestEffect(pairs: runs.count, power: 0.95)
            draft.result.smallestEffect = seen.map { max($0, margin.share) }
        }
    }

    private func judge(_ result: inout Comparison.Metric, adjustedP: Double?) {
        guard let ratio = result.ratio else { return }
        let judgement = Judgement(
            ratio: ratio,
            interval: result.interval,
            adjustedP: adjustedP,
            level: level,
            margin: result.metric.margin,
            direction: result.metric.direction
        )
        result.adjustedP = adjustedP
        result.verdict = judgement.verdict
        result.reason = .judged(judgement.reason)
        result.proved = judgement.proved
    }
}
