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
                if let some = frontier.bestUnknown { answers += unknown(some, load, names) }
                continue
            }
            let what = frontier.isClosed ? "Fastest durable log" : "Lowest p99 of a durable log"
            guard let own = frontier.isClosed ? rate(best.point) : latency(best.point) else { continue }
            var text = "\(names.log(best.point.key)) with \(own.text)\(frontier.isClosed ? limit(best.point) : "")."
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
        var text = "\(names.log(lossy.point.key)) does \(ConsoleTable.threeDigits(factor)) times that"
        text += caution(lossy.point.durability).replacing("; not durable:", with: ", but is not durable:")
        return (text + ".", factor)
    }

    private static func unknown(_ entry: LogFrontier.Entry, _ load: String, _ names: SettingNames) -> [Answer] {
        guard let (text, values) = rate(entry.point) else { return [] }
        return [
            Answer(
                question: .strategies,
                subject: "Fastest log" + load,
                values: values,
                statement:
                    "\(names.log(entry.point.key)) with \(text); whether it is durable was not tried (zabbench verdict)."
            )
        ]
    }
}
