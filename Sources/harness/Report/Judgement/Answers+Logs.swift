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
            let what = frontier.isClosed ? "Fastest durable log" : "Lowest p99 of a durable log"
            guard let own = frontier.isClosed ? rate(best.point) : latency(best.point) else { continue }
            var text =
                "\(names.logInWords(best.point.key)) with \(own.text)\(frontier.isClosed ? limit(best.point) : "")."
            var values = own.values
            if frontier.isClosed, let lossy = frontier.bestLossy {
                let (more, factor) = gain(lossy, over: best, names)
                text += " " + more
                values.append(Answer.Value(name: "lossy gain", value: factor, interval: nil, unit: ""))
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

    private static func gain(
        _ lossy: LogFrontier.Entry,
        over best: LogFrontier.Entry,
        _ names: SettingNames
    ) -> (text: String, factor: Double) {
        let factor = (lossy.achieved ?? 0) / max(best.achieved ?? 1, 1e-9)
        var text = "\(names.logInWords(lossy.point.key)) is \(ConsoleTable.threeDigits(factor)) times as fast"
        text += caution(lossy.point.durability).replacing("; not durable:", with: ", but not durable:")
        return (text + ".", factor)
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
