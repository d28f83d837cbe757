import Report
import Statistics

/// A history as one offline page of charts.
public enum HistoryPage {
    /// Commits named below a chart at most.
    private static let mostTicks = 8

    public static func text(title: String, series: [HistorySeries]) -> String {
        var body = "<h1>\(LineChart.escaped(title))</h1>\n"
        var heading = ""
        for one in series {
            let title = one.title
            if title != heading { body += "<h2>\(LineChart.escaped(title))</h2>\n" }
            heading = title
            body += chart(one) + changes(one)
        }
        body +=
            "<p class=\"legend\">A point is the median of a folder's valid runs, its whisker the 95 % interval over them, or "
        body +=
            "their range where a line of an older version has no interval; of one run there is neither. A dashed line is the "
        body += "median between two change points; ±: the 95 % interval of a level over its commits.</p>\n"
        return HTMLReport.page(title: title, body: body)
    }

    private static func chart(_ series: HistorySeries) -> String {
        let points = series.points.enumerated().map { index, point in
            LineChart.Point(x: Double(index + 1), y: point.value, range: point.range)
        }
        var lines = [LineChart.Series(name: series.name, points: points)]
        if !series.changes.isEmpty { lines.append(.init(name: "level", points: levels(series), isWarning: true)) }
        let step = max(1, (series.points.count + mostTicks - 1) / mostTicks)
        let ticks = stride(from: 0, to: series.points.count, by: step).map { index in
            (at: Double(index + 1), label: String(series.points[index].commit.prefix(8)))
        }
        return LineChart(
            title: "\(series.name), \(series.unit)",
            xTitle: "commits by time",
            yTitle: series.unit,
            series: lines,
            xTicks: ticks
        ).html
    }

    /// Two points for each stretch between change points.
    private static func levels(_ series: HistorySeries) -> [LineChart.Point] {
        let edges = [0] + series.changes.map(\.index) + [series.points.count]
        let medians = [series.changes[0].before] + series.changes.map(\.after)
        return zip(zip(edges, edges.dropFirst()), medians).flatMap { edge, median in
            [LineChart.Point(x: Double(edge.0 + 1), y: median), LineChart.Point(x: Double(edge.1), y: median)]
        }
    }

    private static func changes(_ series: HistorySeries) -> String {
        guard !series.changes.isEmpty else { return "" }
        let items = series.changes.enumerated().map { number, change -> String in
            let point = series.points[change.index]
            let words = series.words(change)
            let text = "\(words) at \(point.commit), \(point.time), \(series.unit): \(series.step(number))"
            return "<li\(words == "worse" ? " class=\"bad\"" : "")>\(LineChart.escaped(text))</li>\n"
        }
        return "<ul>\n\(items.joined())</ul>\n"
    }
}
