import Results
import Statistics

/// Several systems under one load.
extension Answers {
    static func systems(_ points: [LoadPointSummary], _ names: SettingNames) -> [Answer] {
        let base = points.first { $0.key.system == "zabbench" }?.key.system ?? points[0].key.system
        return points.filter { $0.key.system != base }.compactMap { point in
            let same = points.filter { $0.key.system == base && $0.key.isSystemsLoad(of: point.key) }
            return representative(of: same).flatMap { comparison($0, with: point, ofSeveral: same, names) }
        }
    }

    /// Only a closed loop with several operations in flight shows capacity: at a planned rate, or with one operation at a
    /// time, throughput is given and latency is the answer.
    private static func isCapacity(_ key: LoadKey) -> Bool {
        key.mode == "closed" && !(key.clients == 1 && key.outstanding == 1)
    }

    /// Of several logs the best that is proven durable; one that loses writes only where there is no other.
    static func representative(of points: [LoadPointSummary]) -> LoadPointSummary? {
        let proven = points.filter(\.durability.isProven)
        let kept = points.filter { !$0.durability.isLossy }
        let candidates = proven.isEmpty ? (kept.isEmpty ? points : kept) : proven
        return candidates.max { one, other in
            isCapacity(one.key)
                ? (one.distribution(\.achievedPerSecond)?.median ?? 0)
                    < (other.distribution(\.achievedPerSecond)?.median ?? 0)
                : (one.distribution(\.response.p50Microseconds)?.median ?? .infinity)
                    > (other.distribution(\.response.p50Microseconds)?.median ?? .infinity)
        }
    }

    private static func comparison(
        _ ours: LoadPointSummary,
        with theirs: LoadPointSummary,
        ofSeveral same: [LoadPointSummary],
        _ names: SettingNames
    ) -> Answer? {
        let log = SettingNames(same.map(\.key)).logInWords(ours.key)
        let name = ours.key.system + (log.isEmpty ? "" : " with \(log)")
        var values: [Answer.Value] = []
        var parts: [String] = []
        func compare(
            _ figure: (SummaryRow) -> Double?,
            value: String,
            _ words: (Double, Double) -> String
        ) {
            guard let own = ours.distribution(figure), let other = theirs.distribution(figure),
                let found = RunRatio(ours.valid, to: theirs.valid, figure)
            else { return }
            let relation = found.isDifferent == false ? "no difference shown, ratio" : "a ratio of"
            parts.append(
                words(own.median, other.median)
                    + ", \(relation) \(ConsoleTable.threeDigits(found.ratio))\(found.intervalInWords())"
            )
            values.append(Answer.Value(name: value, value: found.ratio, interval: found.interval, unit: ""))
        }
        if isCapacity(theirs.key) {
            compare(\.achievedPerSecond, value: "ratio") { own, other in
                "\(name) reaches \(AnswerWords.count(own)) \(noun(theirs.key))/s, \(theirs.key.system) \(AnswerWords.count(other))"
            }
        } else {
            compare(\.response.p50Microseconds, value: "p50 ratio") { own, other in
                "\(name) has a p50 of \(AnswerWords.latency(own)), \(theirs.key.system) \(AnswerWords.latency(other))"
            }
            compare(\.response.p99Microseconds, value: "p99 ratio") { own, other in
                "p99 \(AnswerWords.latency(own)) and \(AnswerWords.latency(other))"
            }
        }
        guard !parts.isEmpty else { return nil }
        return Answer(
            question: .systems,
            subject: "\(SettingNames.servers(theirs.key.ensembleSize)), \(names.load(theirs.key))",
            values: values,
            statement: parts.joined(separator: "; ") + caution(ours.durability) + "."
        )
    }
}
