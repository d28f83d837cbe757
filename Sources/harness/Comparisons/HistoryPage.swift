import Report
import Results
import Statistics
import Words

/// A history as one offline page: for each metric its level over the commits, and where that changed.
public enum HistoryPage {
    /// Commits named below a chart at most.
    private static let mostNames = 8

    /// Loads whose charts are seen without unfolding them, besides those with a change.
    private static let mostOpen = 3
    /// What a reader looks at first; the other metrics of a load are folded, unless their level changed.
    private static let leading: Set<String> = ["achieved_per_s", "response_p99_us", "cpu_us_per_write"]

    public static func text(title: String, series: [HistorySeries]) -> String {
        let palette = Palette(ComparedMetric.all.map(\.name))
        let names = HistoryNames(series)
        var order: [String] = []
        var loads: [String: [(id: Int, series: HistorySeries)]] = [:]
        for (index, one) in series.enumerated() {
            if loads[one.title] == nil { order.append(one.title) }
            loads[one.title, default: []].append((index + 1, one))
        }
        // Those with a change first, then by how much there is to see.
        let sorted = order.compactMap { loads[$0] }.enumerated().sorted { left, right in
            let (one, other) = (rank(left.element), rank(right.element))
            return one == other ? left.offset < right.offset : other.lexicographicallyPrecedes(one)
        }
        let sections = sorted.enumerated().compactMap { place, load -> HTMLPage.Section? in
            guard let first = load.element.first?.series else { return nil }
            let isOpen = place < mostOpen || load.element.contains { !$0.series.changes.isEmpty }
            let commits = load.element.map(\.series.points.count).max() ?? 0
            return HTMLPage.Section(
                id: "load-\(place + 1)",
                title: names.title(first),
                body: body(load.element, palette),
                summary: isOpen
                    ? nil
                    : "\(CountedNoun.text(load.element.count, "metric")) of \(CountedNoun.text(commits, "commit")), no change of level"
            )
        }
        let lead = "<h1>\(HTMLText.escaped(title))</h1>\n" + answers(series)
        return HTMLPage(
            title: title,
            lead: lead,
            sections: sections,
            foot:
                "<p>A point is the median of a commit's valid runs, its whisker the 95 % interval over them, or their range where "
                + "a line of an older version has no interval; a single run has neither. The second line is the median "
                + "between two changes of level; ±: the 95 % interval of a level over its commits. "
                + "\(HTMLText.escaped(names.legend))</p>\n"
        ).html
    }

    /// Changes, then commits.
    private static func rank(_ load: [(id: Int, series: HistorySeries)]) -> [Int] {
        [load.reduce(0) { $0 + $1.series.changes.count }, load.map(\.series.points.count).max() ?? 0]
    }

    private static func body(_ load: [(id: Int, series: HistorySeries)], _ palette: Palette) -> String {
        func html(_ part: [(id: Int, series: HistorySeries)]) -> String {
            part.map { chart($0.series, id: $0.id, palette).html + changes($0.series) }.joined()
        }
        let isSeen = { (one: HistorySeries) in leading.contains(one.name) || !one.changes.isEmpty }
        let folded = load.filter { !isSeen($0.series) }
        // Folding all there is would be a page of nothing.
        guard folded.count > 1, folded.count < load.count else { return html(load) }
        let names = CountedNoun.list(folded.map { title($0.series) })
        return html(load.filter { isSeen($0.series) })
            + "<details><summary>\(HTMLText.escaped(names)): no change of level</summary>\n\(html(folded))</details>\n"
    }

    /// How many levels changed, and the newest changes for the worse; or that nothing changed.
    private static func answers(_ series: [HistorySeries]) -> String {
        let changes = series.flatMap { one in one.changes.indices.map { (series: one, number: $0) } }
        let commits = Set(series.flatMap { $0.points.map(\.commit) }).count
        guard !changes.isEmpty else {
            return "<p class=\"answer\">No level changed in \(series.count) series of \(commits) "
                + "\(commits == 1 ? "commit" : "commits").</p>\n"
        }
        /// ISO 8601, so its order is that of time.
        func time(_ change: (series: HistorySeries, number: Int)) -> String {
            change.series.points[change.series.changes[change.number].index].time
        }
        let worse = changes.filter { $0.series.words($0.series.changes[$0.number]) == "worse" }
            .sorted { time($0) > time($1) }
        var html =
            "<p class=\"answer\"><b>\(changes.count) \(changes.count == 1 ? "change" : "changes") of level</b>, "
            + "\(worse.count) for the worse, in \(series.count) series of \(commits) commits.</p>\n"
        for change in worse.prefix(5) {
            let point = change.series.points[change.series.changes[change.number].index]
            let words =
                "\(change.series.label): \(title(change.series)) (\(change.series.unit)) is worse from \(point.commit) on, "
                + change.series.step(change.number)
            html += "<p class=\"lead2 bad\">\(HTMLText.escaped(words))</p>\n"
        }
        return html
    }

    private static func title(_ series: HistorySeries) -> String {
        ComparedMetric.all.first { $0.name == series.name }?.title ?? series.name
    }

    private static func chart(_ series: HistorySeries, id: Int, _ palette: Palette) -> Chart {
        let points = series.points.enumerated().map { index, point in
            ChartSeries.Point(
                x: Double(index + 1),
                y: point.value,
                interval: point.range,
                name: "\(point.commit), \(point.time)"
            )
        }
        var lines = [ChartSeries(name: title(series), style: palette.style(of: series.name), points: points)]
        if !series.changes.isEmpty {
            lines.append(ChartSeries(name: "level", style: .muted, points: levels(series), drawing: .band))
        }
        // Those at which a level changed are named first; the others as far apart as there is room.
        let step = max(1, (series.points.count + mostNames - 1) / mostNames)
        var named = Set(series.changes.map(\.index))
        for index in stride(from: 0, to: series.points.count, by: step)
        where !named.contains(where: { abs($0 - index) < step }) {
            named.insert(index)
        }
        let marks = named.sorted().map { index in
            Axis.Mark(at: Double(index + 1), label: String(series.points[index].commit.prefix(8)))
        }
        return Chart(
            id: "history-\(id)",
            kind: "history",
            title: title(series),
            x: Axis("Commit", unit: "by time", scale: .named(marks)),
            y: Axis(title(series), unit: series.unit, scale: .linearFromLeast),
            series: lines,
            rules: series.changes.map { change in
                ChartRule(
                    // The commit is named below; on a telephone there is no room for it here.
                    name: series.words(change),
                    // Between the last commit of the old level and the first of the new one.
                    at: Double(change.index) + 0.5,
                    direction: .vertical,
                    style: series.words(change) == "worse" ? .warning : .muted
                )
            },
            height: 200
        )
    }

    /// Two points for each stretch between change points, and a break behind it.
    private static func levels(_ series: HistorySeries) -> [ChartSeries.Point] {
        let edges = [0] + series.changes.map(\.index) + [series.points.count]
        let medians = [series.changes[0].before] + series.changes.map(\.after)
        return zip(zip(edges, edges.dropFirst()), medians).flatMap { edge, median in
            [
                ChartSeries.Point(x: Double(edge.0 + 1), y: median), ChartSeries.Point(x: Double(edge.1), y: median),
                ChartSeries.Point(x: Double(edge.1), y: .nan),
            ]
        }
    }

    private static func changes(_ series: HistorySeries) -> String {
        guard !series.changes.isEmpty else { return "" }
        let items = series.changes.enumerated().map { number, change -> String in
            let point = series.points[change.index]
            let words = series.words(change)
            let text = "\(words) at \(point.commit), \(point.time), \(series.unit): \(series.step(number))"
            return "<li\(words == "worse" ? " class=\"bad\"" : "")>\(HTMLText.escaped(text))</li>\n"
        }
        return "<ul>\n\(items.joined())</ul>\n"
    }
}
