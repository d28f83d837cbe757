import Report
import Statistics
import Words

/// Sentences that several outputs share.
extension Comparison {
    /// `regressed: 2 of 7 metrics; 4 equivalent, 1 inconclusive`.
    public var headline: String {
        guard violated.isEmpty else {
            return
                "lost writes: the candidate lost or reordered acknowledged writes in \(violated.joined(separator: ", "))"
        }
        let counts = Metric.words.compactMap { word in
            let count = all.count { $0.metric.word == word }
            return count > 0 ? "\(count) \(word)" : nil
        }
        let figures =
            "\(CountedNoun.text(all.count, "figure")): "
            + (counts.isEmpty ? "nothing was compared" : counts.joined(separator: ", "))
        return "\(outcome) (\(figures))"
    }

    /// The verdict in words, which deny nothing that is proved: `slower, within the margin of 5 %` where the verdict is
    /// only *equivalent*, or *inconclusive*.
    private var outcome: String {
        if verdict == .regressed { return verdict.rawValue }
        if !failed.isEmpty { return "failed" }
        let shown = count(.improved) > 0 ? verdict == .improved ? "improved" : "improved in part" : proof(.better)
        let said = proof(.worse) ?? shown
        guard undecidable > 0 else { return said ?? verdict.rawValue }
        return said.map { "\($0); cannot tell for \(CountedNoun.text(undecidable, "figure"))" } ?? "cannot tell"
    }

    /// What is proved and neither regressed nor improved; nil if nothing is.
    private func proof(_ change: Judgement.Change) -> String? {
        let metrics = all.map(\.metric).filter {
            $0.proved == change && $0.verdict != .regressed && $0.verdict != .improved
        }
        guard !metrics.isEmpty else { return nil }
        var words: [String] = []
        for metric in metrics {
            let word = metric.metric.words(change)
            if !words.contains(word) { words.append(word) }
        }
        let margins = Set(metrics.map(\.metric.margin.share))
        let margin = margins.count == 1 ? "the margin of \(Figures.round(margins.first ?? 0))" : "the margins"
        let isWithin = metrics.allSatisfy { $0.verdict == .equivalent }
        return words.joined(separator: " and ")
            + (isWithin ? ", within \(margin)" : "; whether by more than \(margin) cannot be told")
    }

    /// What a reader must know before any number: forced comparisons, runs left out, loads without a result.
    public var remarks: [String] {
        var remarks: [String] = []
        if !differences.isEmpty {
            remarks.append(
                "FORCED: the two sides are not comparable, and what differs may be all that is seen: "
                    + differences.map(\.text).joined(separator: "; ")
            )
        }
        for label in failed.prefix(5) { remarks.append("\(label): no valid run of the candidate to compare") }
        if failed.count > 5 {
            let more = CountedNoun.text(failed.count - 5, "more load", "more loads")
            remarks.append("\(more) of the baseline without a valid run to compare")
        }
        for (name, side) in [("baseline", baseline), ("candidate", candidate)] where side.invalid > 0 {
            let runs = "\(side.invalid) of \(CountedNoun.text(side.runs, "run")) of the \(name)"
            remarks.append("\(runs) \(side.invalid == 1 ? "is" : "are") invalid and left out")
        }
        return remarks + warnings
    }

    /// How the numbers were made, in one line.
    public var method: String {
        let statistics =
            switch design {
            case .stored: "Mann-Whitney's test and Hodges-Lehmann's ratio of runs"
            case .pairs: "sign-flip test and geometric mean of interleaved pairs"
            }
        let adjusted =
            pooledTests == 0
            ? "p by Holm over \(tests) tests, level \(Figures.p(level))"
            : "p by Holm over \(tests) tests of single loads and over \(pooledTests) of all loads together, "
                + "then doubled, level \(Figures.p(level))"
        return "\(statistics); \(Figures.percent(confidence)) intervals; \(adjusted); \"sees\" is the smallest change "
            + "for the worse found in 95 of 100 cases"
    }

    /// What so many runs could have shown, and how many more could: said before anything else.
    var reachText: String? {
        guard let reach else { return nil }
        let (low, high) = (reach.runs.lowerBound, reach.runs.upperBound)
        let counts = low == high ? "\(low)" : "\(low) to \(high)"
        let isPaired = design == .pairs
        var text = "Smallest p possible: \(Figures.p(reach.smallestP)) "
        text +=
            isPaired
            ? "(\(counts) \(CountedNoun.noun(high, "pair")), "
            : "of a single load (\(counts) \(CountedNoun.noun(high, "run")) on each side, "
        text += "\(CountedNoun.text(tests, "test")))"
        if let pooled = reach.pooledSmallestP { text += ", \(Figures.p(pooled)) of all loads together" }
        text += "; level \(Figures.p(level))"
        guard let needed = reach.needed else { return text }
        text +=
            ". No difference\(pooledTests == 0 ? "" : " of a single load") can be proved, whatever was measured: make "
        text +=
            isPaired
            ? CountedNoun.text(needed, "pair") : "\(CountedNoun.text(needed, "run")) of each load on both sides"
        return text + (reach.isOneMetric ? "" : ", or choose fewer --metrics")
    }
}

extension ComparedMetric {
    /// `slower`, `costs more`, `more syncs`.
    func words(_ change: Judgement.Change) -> String {
        switch (quantity, change) {
        case (.speed, .worse): "slower"
        case (.speed, .better): "faster"
        case (.processorTime, .worse): "costs more"
        case (.processorTime, .better): "costs less"
        case (.count, .worse): "more \(unit)"
        case (.count, .better): "fewer \(unit)"
        }
    }
}

extension Comparison.Side {
    public var text: String {
        "\(name)\(commit.isEmpty ? "" : " at \(commit)"), \(CountedNoun.text(runs, "run"))"
            + (invalid > 0 ? ", \(invalid) of them invalid" : "")
    }
}

extension Comparison.Metric {
    /// `7+7`, or the pairs' number.
    func runs(_ design: Comparison.Design) -> String {
        if let pool { return "\(pool.baselineRuns)+\(pool.candidateRuns)" }
        let (before, after) = (baseline?.count ?? 0, candidate?.count ?? 0)
        return design == .pairs ? "\(before)" : "\(before)+\(after)"
    }

    /// The smallest change for the worse that was to be seen: of a rate it is downwards.
    var sees: String {
        guard let smallestEffect else { return "-" }
        return Figures.percent(metric.direction == .higherIsBetter ? 1 - 1 / (1 + smallestEffect) : smallestEffect)
    }

    /// All words of verdicts, the gravest first.
    static let words = ["regressed", "improved", "within margin", "equivalent", "inconclusive", "cannot tell"]

    /// The verdict in a word. A difference that is proved is not called equivalent, however small it is.
    var word: String {
        if isUndecidable { return "cannot tell" }
        return verdict == .equivalent && proved != nil ? "within margin" : verdict.rawValue
    }

    /// Whether a notice is made of it: what is as it was is not.
    var isWorthSaying: Bool { verdict != .equivalent || proved != nil }

    /// The change that is proved or, without a proof, that the interval alone would say.
    private var change: String? {
        (proved ?? interval?.change(metric.direction)).map(metric.words)
    }

    /// Why the verdict is what it is.
    var why: String {
        let margin = Figures.round(metric.margin.share)
        let change = change ?? "different"
        switch reason {
        case .constant: return "one value in all runs: no test, its place is the exact tier"
        case .zero: return "0 in some runs, so there is no ratio: its place is the exact tier"
        case .missing: return "not measured on the \(baseline == nil ? "baseline" : "candidate")"
        case .judged(.withinMargin):
            return proved == nil ? "the interval lies within \(margin)" : "\(change), within the margin of \(margin)"
        case .judged(.beyondMargin): return "\(change), beyond the margin of \(margin)"
        case .judged(.noEvidence): return "too few runs for an interval"
        case .judged(.undecidable):
            let seen = self.change.map { "\($0) by its own interval; " } ?? ""
            return seen + "too few runs to prove anything"
        case .judged(.notSignificant): return "no difference shown, nor that there is none beyond \(margin): more runs"
        case .judged(.unproved): return "\(change) by its own interval, not proved among all tests: more runs"
        case .judged(.mayBeSmall):
            return "\(change); whether by more than the margin of \(margin) cannot be told: more runs"
        case .judged(.disagreement): return "p rejects and the interval has room for no difference: more runs"
        }
    }

    /// `response_p99_us is 1.112 times the baseline's (95 % interval 1.06..1.17, p 0.0012): 812.0 to 903.0 us`.
    var sentence: String {
        let medians = [baseline, candidate].map { Figures.value($0?.median) }.joined(separator: " to ")
        var text = pool.map { "\(metric.name) of \($0.loads) loads" } ?? "\(metric.name): \(medians) \(metric.unit)"
        guard let ratio else { return text + "; " + why }
        text += " (\(Figures.change(ratio)), ratio \(Figures.ratio(ratio))"
        if let interval { text += ", \(Figures.percent(interval.confidence)) interval \(Figures.interval(interval))" }
        if let adjustedP { text += ", p \(Figures.p(adjustedP))" }
        return text + "); \(why)"
    }
}
