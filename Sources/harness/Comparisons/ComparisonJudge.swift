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
        /// The loads together come first, where there are several.
        public let groups: [Comparison.Group]
        /// How many tests were made of loads by themselves.
        public let tests: Int
        /// How many of all loads together.
        public let pooledTests: Int
        /// Nil if there was no test.
        public let reach: Comparison.Reach?
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
        /// The runs of several loads.
        case pooled([UnpairedRuns])

        /// The smallest p that so many runs can give.
        var smallestP: Double {
            switch self {
            case .stored(let runs): UnpairedPower.smallestP(runs.candidate.count, runs.baseline.count)
            case .pairs(let runs): SignFlipTest.smallestPossible(pairs: runs.count)
            case .pooled(let loads):
                StratifiedRanks.smallestP(loads.map { ($0.candidate.count, $0.baseline.count) })
            }
        }
    }

    /// Judges all loads at once, since a gate fails at the first of them: p is adjusted over all.
    ///
    /// Of stored runs of several loads there are two families of tests, each with half of the level, so that the chance
    /// of a false alarm in either is at most the level: one test for each metric over all loads, and one for each
    /// metric of each load. Holm's method adjusts within each; p is then doubled, so that it is held against the level
    /// itself.
    public func judge(_ samples: [Samples]) throws(SampleError) -> Result {
        var drafts: [[Draft]] = []
        for samples in samples {
            var group: [Draft] = []
            for metric in metrics {
                if let draft = try draft(metric, samples) { group.append(draft) }
            }
            drafts.append(group)
        }
        var pooled = [pool(drafts)]
        let share = pooled[0].isEmpty ? 1 : 0.5
        let weakest = try settle(&drafts, share: share)
        let weakestPooled = try settle(&pooled, share: share)
        var groups = zip(samples, drafts).map { samples, drafts in
            Comparison.Group(label: samples.label, members: samples.members, metrics: drafts.map(\.result))
        }
        if !pooled[0].isEmpty {
            let label = "all \(samples.count) loads together"
            groups.insert(.init(label: label, members: [:], metrics: pooled[0].map(\.result)), at: 0)
        }
        let tests = drafts.joined().count { $0.runs != nil }
        let fewest = samples.map { min($0.baseline.count, $0.candidate.count) }.min() ?? 0
        let most = samples.map { max($0.baseline.count, $0.candidate.count) }.max() ?? 0
        let alpha = level * share / Double(max(1, tests))
        let reach = weakest.map { weakest in
            Comparison.Reach(
                smallestP: weakest,
                pooledSmallestP: weakestPooled,
                runs: fewest...most,
                needed: weakest <= level
                    ? nil
                    : design == .pairs
                        ? SignFlipTest.fewestPairs(alpha: alpha) : UnpairedPower.fewestRuns(alpha: alpha),
                isOneMetric: metrics.count == 1
            )
        }
        return Result(groups: groups, tests: tests, pooledTests: pooled[0].count, reach: reach)
    }

    /// Measures and judges a family of tests.
    ///
    /// - Parameter share: of the level, that the family has.
    /// - Returns: what the weakest test's adjusted p could have come to at best; nil without a test.
    private func settle(_ family: inout [[Draft]], share: Double) throws(SampleError) -> Double? {
        let tests = family.joined().count { $0.runs != nil }
        guard tests > 0 else { return nil }
        for group in family.indices {
            for place in family[group].indices { measure(&family[group][place], alpha: level * share / Double(tests)) }
        }
        func adjusted(_ values: [Double]) throws(SampleError) -> [Double] {
            try Holm.adjusted(values).map { min(1, $0 / share) }
        }
        let smallest = try adjusted(family.joined().compactMap(\.runs?.smallestP))
        let adjusted = try adjusted(family.joined().compactMap(\.result.p))
        var next = zip(adjusted, smallest).makeIterator()
        for group in family.indices {
            for place in family[group].indices where family[group][place].runs != nil {
                guard let (p, smallest) = next.next() else { continue }
                judge(&family[group][place].result, adjustedP: p, smallestP: smallest)
            }
        }
        return smallest.max()
    }

    /// The metrics over all loads: of those that at least two loads can be tested by. Of pairs there are none: a pair
    /// is all its loads at once, so their noise is one.
    private func pool(_ drafts: [[Draft]]) -> [Draft] {
        metrics.compactMap { metric in
            let loads = drafts.compactMap { group -> UnpairedRuns? in
                guard case .stored(let runs)? = group.first(where: { $0.result.metric == metric })?.runs else {
                    return nil
                }
                return runs
            }
            guard loads.count > 1 else { return nil }
            return Draft(
                result: Comparison.Metric(
                    metric: metric,
                    pool: Comparison.Pool(
                        loads: loads.count,
                        baselineRuns: loads.reduce(0) { $0 + $1.baseline.count },
                        candidateRuns: loads.reduce(0) { $0 + $1.candidate.count }
                    ),
                    verdict: .inconclusive,
                    reason: .missing
                ),
                runs: .pooled(loads)
            )
        }
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

    /// - Parameter alpha: the strictest level that Holm's method may ask of a test.
    private func measure(_ draft: inout Draft, alpha: Double) {
        let margin = draft.result.metric.margin
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
        case .pooled(let loads):
            let together = StratifiedRanks(loads, confidence: confidence)
            draft.result.ratio = together.ratio
            draft.result.interval = together.interval
            draft.result.p = together.test.p
        }
    }

    private func judge(_ result: inout Comparison.Metric, adjustedP: Double, smallestP: Double) {
        guard let ratio = result.ratio else { return }
        let judgement = Judgement(
            ratio: ratio,
            interval: result.interval,
            adjustedP: adjustedP,
            smallestP: smallestP,
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
