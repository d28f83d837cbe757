import Results
import Statistics

/// The fastest log that loses nothing, and what one that loses writes would gain.
extension Answers {
    static func strategies(_ points: [LoadPointSummary], _ names: SettingNames) -> [Answer] {
        var answers: [Answer] = []
        for (title, same) in chapters(points, names) {
            let frontier = LogFrontier(same)
            let load = title.isEmpty ? "" : " at \(title)"
            guard let best = frontier.bestDurable else {
                if let some = frontier.bestUnknown {
                    answers += unknown(some, load, names, isClosed: frontier.isClosed)
                }
                continue
            }
            let doubt = doubt(frontier, names)
            let what =
                switch (frontier.isClosed, doubt.isEmpty) {
                case (true, true): "Fastest durable log"
                case (true, false): "Durable log measured fastest"
                case (false, true): "Lowest p99 of a durable log"
                case (false, false): "Lowest measured p99 of a durable log"
                }
            guard let own = frontier.isClosed ? rate(best.point) : latency(best.point) else { continue }
            var text =
                "\(names.logInWords(best.point.key)) with \(own.text)\(frontier.isClosed ? limit(best.point) : "")."
            text += doubt
            var values = own.values
            if frontier.isClosed, let lossy = frontier.bestLossy, let found = gain(lossy, over: best) {
                text += " " + words(found, lossy, names)
                values.append(
                    Answer.Value(name: "lossy gain", value: found.ratio, interval: found.interval, unit: "")
                )
            }
            answers.append(Answer(question: .strategies, subject: what + load, values: values, statement: text))
        }
        // What the servers can do comes before what they take at a rate.
        return answers.filter { $0.value("achieved") != nil } + answers.filter { $0.value("achieved") == nil }
    }

    /// The logs of one load on one ensemble, together.
    static func chapters(
        _ points: [LoadPointSummary],
        _ names: SettingNames
    ) -> [(title: String, points: [LoadPointSummary])] {
        var chapters: [(title: String, points: [LoadPointSummary])] = []
        for point in points {
            let title = [names.load(point.key), names.ensemble(point.key)].filter { !$0.isEmpty }.joined(
                separator: ", "
            )
            if let index = chapters.firstIndex(where: { $0.title == title }) {
                chapters[index].points.append(point)
            } else {
                chapters.append((title, [point]))
            }
        }
        return chapters
    }

    /// What keeps the best durable log from being told from the others; empty where each of them is shown to be worse.
    private static func doubt(_ frontier: LogFrontier, _ names: SettingNames) -> String {
        let durable = frontier.entries.filter { $0.achieved != nil && $0.point.durability.isProven }
        guard let best = durable.first, durable.count > 1 else { return "" }
        func values(_ entry: LogFrontier.Entry) -> [Double] {
            entry.point.valid.compactMap { frontier.isClosed ? $0.achievedPerSecond : $0.response.p99Microseconds }
        }
        let found = durable.dropFirst().map { ($0, RunRatio(values(best), to: values($0))?.isDifferent) }
        if found.contains(where: { $0.1 == nil }) {
            let isOneEach = durable.allSatisfy { $0.point.valid.count == 1 }
            return
                " Measured \(frontier.isClosed ? "highest" : "lowest"), \(isOneEach ? "one run each" : "too few runs for an interval")"
                + "; others may be as \(frontier.isClosed ? "fast" : "low")."
        }
        let like = found.filter { $0.1 == false }.map { names.logInWords($0.0.point.key) }
        guard let first = like.first else { return "" }
        return
            " No difference is shown from \(first)\(like.count > 1 ? " and \(like.count - 1) other durable logs" : "")."
    }

    private static func gain(_ lossy: LogFrontier.Entry, over best: LogFrontier.Entry) -> RunRatio? {
        RunRatio(lossy.point.valid.map(\.achievedPerSecond), to: best.point.valid.map(\.achievedPerSecond))
    }

    /// What a log that loses writes would gain, if anything.
    private static func words(_ gain: RunRatio, _ lossy: LogFrontier.Entry, _ names: SettingNames) -> String {
        let log = names.logInWords(lossy.point.key)
        let factor = "\(ConsoleTable.threeDigits(gain.ratio)) times as fast\(gain.intervalInWords())"
        if gain.isDifferent == false {
            return "Giving up durability shows no gain: \(log) is \(factor)\(caution(lossy.point.durability))."
        }
        let isMeasuredOnly = gain.isDifferent == nil
        guard gain.ratio > 1 else {
            return "Giving up durability gained nothing: \(log) \(isMeasuredOnly ? "measured" : "is") \(factor)"
                + caution(lossy.point.durability) + "."
        }
        return "\(log) \(isMeasuredOnly ? "measured" : "is") \(factor)"
            + caution(lossy.point.durability).replacing("; not durable:", with: ", but not durable:") + "."
    }

    private static func unknown(
        _ entry: LogFrontier.Entry,
        _ load: String,
        _ names: SettingNames,
        isClosed: Bool
    ) -> [Answer] {
        guard let (text, values) = isClosed ? rate(entry.point) : latency(entry.point) else { return [] }
        let log = names.logInWords(entry.point.key)
        return [
            Answer(
                question: .strategies,
                subject: (isClosed ? "Fastest log" : "Lowest p99 of a log") + load,
                values: values,
                statement: "\(log) with \(text); its durability has not been tested (zabbench verdict)."
            )
        ]
    }
}
