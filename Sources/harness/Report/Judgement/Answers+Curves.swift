import Results
import Statistics

/// How far a load can go before its response times do.
extension Answers {
    static func curves(_ rows: [SummaryRow]) -> [Answer] {
        let curves = LoadCurve.all(of: rows)
        let names = SettingNames(curves.map(\.key))
        let hasSizes = Set(curves.map(\.key.ensembleSize)).count > 1
        return curves.compactMap { curve in
            guard let knee = curve.knee else { return nil }
            let noun = noun(curve.key)
            var values: [Answer.Value] = []
            var parts: [String] = []
            if let capacity = curve.capacity {
                values.append(value("capacity", capacity, unit: "\(noun)/s"))
                parts.append("a closed loop reaches \(AnswerWords.count(capacity.median)) \(noun)/s")
            }
            if knee.end == .bend, let rate = knee.rate {
                values.append(value("knee", rate, unit: "\(noun)/s"))
                let limits = values[values.count - 1].interval
                let interval = AnswerWords.interval(limits, of: rate.count, "curve", AnswerWords.count)
                parts.append("the knee is at \(AnswerWords.count(rate.median)) \(noun)/s\(interval)")
            } else {
                parts.append("knee: \(CurveTable.kneeCell(curve))")
            }
            if let words = curve.objective.words {
                if let rate = curve.objectiveRate { values.append(value("objective", rate, unit: "\(noun)/s")) }
                parts.append(
                    curve.objectiveRate.map { "\(words) is held up to \(AnswerWords.count($0.median)) \(noun)/s" }
                        ?? "\(words) is held at no rate"
                )
            }
            let setting = names.setting(curve.key)
            return Answer(
                question: .curve,
                subject: hasSizes ? setting : "\(SettingNames.servers(curve.key.ensembleSize)), \(setting)",
                values: values,
                statement: parts.joined(separator: "; ") + "."
            )
        }
    }
}
