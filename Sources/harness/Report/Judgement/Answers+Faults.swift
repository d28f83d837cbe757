import Results
import Statistics

/// How long writes stop after each kind of fault.
extension Answers {
    static func outages(_ summaries: [ElectionSummary]) -> [Answer] {
        var kinds: [String] = []
        var systems: [String] = []
        for key in summaries.map(\.key) {
            if !kinds.contains(key.kind) { kinds.append(key.kind) }
            if !systems.contains(key.system) { systems.append(key.system) }
        }
        return kinds.flatMap { kind in
            systems.compactMap { system in
                let own = summaries.filter { $0.key.kind == kind && $0.key.system == system }
                return own.isEmpty ? nil : outage(kind, systems.count > 1 ? system : "", own)
            }
        }
    }

    /// More settings than these are said by their ends.
    private static let mostSettings = 2

    private static func outage(_ kind: String, _ system: String, _ summaries: [ElectionSummary]) -> Answer? {
        let names = FaultSettings(summaries.map(\.key))
        let known = summaries.compactMap { summary in summary.outage.map { (summary, $0) } }
        let words = kind.replacing("_", with: " ")
        let subject = words.prefix(1).uppercased() + words.dropFirst() + (system.isEmpty ? "" : ", \(system)")
        let total = summaries.reduce(0) { $0 + $1.rows.count }
        guard let least = known.min(by: { $0.1.median < $1.1.median }),
            let most = known.max(by: { $0.1.median < $1.1.median })
        else {
            let faults = "\(total) \(total == 1 ? "fault" : "faults")"
            return Answer(
                question: .outage,
                subject: subject,
                values: [],
                statement: "no outage could be measured in \(faults)."
            )
        }
        let shown = known.count <= mostSettings ? known : [least, most]
        let values = shown.map { summary, outage in
            Answer.Value(
                name: names.name(summary.key),
                value: outage.median,
                interval: outage.medianInterval.map { $0.low...$0.high },
                unit: "ms"
            )
        }
        var text = "writes stop for "
        if known.count <= mostSettings {
            text += zip(shown, values).map { phrase($0.0.1, $0.1, known.count > 1 ? names.name($0.0.0.key) : "") }
                .joined(separator: ", for ")
        } else {
            text +=
                end(names.name(least.0.key), least.1, values[0]) + " to "
                + end(names.name(most.0.key), most.1, values[1])
            text += ": \(known.count) settings, \(total) faults"
        }
        return Answer(question: .outage, subject: subject, values: values, statement: text + ".")
    }

    private static func phrase(
        _ outage: SampleSummary,
        _ value: Answer.Value,
        _ name: String
    ) -> String {
        ElectionSummary.milliseconds(outage.median)
            + AnswerWords.interval(value.interval, of: outage.count, "fault", ElectionSummary.milliseconds)
            + (name.isEmpty ? "" : " with \(name)")
    }

    /// One end of a range: `301 ms (3 servers, light; one fault, no interval)`.
    private static func end(_ name: String, _ outage: SampleSummary, _ value: Answer.Value) -> String {
        let interval = AnswerWords.interval(value.interval, of: outage.count, "fault", ElectionSummary.milliseconds)
        return "\(ElectionSummary.milliseconds(outage.median)) (\(name); \(interval.dropFirst(2))"
    }
}

/// What a follower costs.
extension Answers {
    /// Of the load in which a write takes least with the most servers, as for throughput; the others are further down on a
    /// page.
    static func followers(_ runs: [SummaryRow], _ names: SettingNames) -> [Answer] {
        let fits = ScalingStudy.rows(runs, folder: "").filter { $0.kind == .fit && $0.quantity == "us_per_write" }
        let times = ScalingStudy.timesOfWrites(runs)
        func least(_ fit: ScalingRow) -> Double {
            let own = times.first { $0.subject == fit.subject }?.runs ?? []
            let most = own.map(\.tag.ensembleSize).max()
            return Distribution(own.filter { $0.tag.ensembleSize == most }.compactMap(\.microsecondsPerWrite))?.median
                ?? .infinity
        }
        guard let fit = fits.min(by: { least($0) < least($1) }), let slope = fit.slope, let low = fit.slopeLow,
            let high = fit.slopeHigh, let start = fit.intercept
        else { return [] }
        let key = runs.map { LoadKey($0) }.first { $0.acrossSizes == fit.subject } ?? fit.subject
        func time(_ value: Double) -> String { "\(ConsoleTable.threeDigits(value)) µs" }
        var text = "each one adds \(time(slope)) per write (\(ConsoleTable.threeDigits(low)) to \(time(high)), 95 % of "
        text += "\(fit.runs ?? 0) runs) to a base of \(time(start))"
        if fit.isMachineLimited {
            text += "; some ensembles have more servers than cores, so this reflects the machine"
        }
        return [
            Answer(
                question: .followers,
                subject: "Cost per follower, \(names.load(key))",
                values: [
                    Answer.Value(name: "slope", value: slope, interval: min(low, high)...max(low, high), unit: "µs")
                ],
                statement: text + "."
            )
        ]
    }
}
