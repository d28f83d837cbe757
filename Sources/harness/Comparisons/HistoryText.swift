import Report
import Statistics

/// A history for a terminal: for each series a line of blocks, the range, and where its level changed.
public enum HistoryText {
    /// Columns of blocks at most; more points share one.
    static let width = 72

    public static func text(_ series: [HistorySeries], on display: Display = .document) -> String {
        var text = ""
        var heading = ""
        for one in series {
            let title = one.title
            if title != heading { text += (heading.isEmpty ? "" : "\n") + display.wrapped(title) + "\n" }
            heading = title
            text += "\n" + part(one)
        }
        let changes = series.reduce(0) { $0 + $1.changes.count }
        let commits = series.map(\.points.count).max() ?? 0
        text += "\n"
        text += display.paragraphs([
            "A value is the median of a commit's valid runs; ±: its 95 % interval over them, ±? for one run and where an older "
                + "line has none. At a change: medians of the commits' values on both sides, and ± over the commits."
        ])
        return text
            + "\n\(series.count) series of up to \(Count(commits, "commit")), \(Count(changes, "change point"))\n"
    }

    private static func part(_ series: HistorySeries) -> String {
        let values = series.points.map(\.value)
        guard let low = values.min(), let high = values.max(), let newest = series.points.last else { return "" }
        let marks = Set(series.changes.map { column(of: $0.index, count: values.count) })
        // The file keeps the letters that other tools read.
        let unit = series.unit == "us" ? "µs" : series.unit
        var text =
            "  \(series.name): \(Count(values.count, "commit")), \(Figures.value(low)) to \(Figures.value(high)) \(unit), "
        text += "newest \(Figures.value(newest.value)) \(unit) \(newest.error.words { Figures.value($0) })\n"
        text += "  \(blocks(values))\n"
        if let last = marks.max() {
            text += "  " + (0...last).map { marks.contains($0) ? "^" : " " }.joined() + "\n"
        }
        for (number, change) in series.changes.enumerated() {
            let point = series.points[change.index]
            text += "  \(series.words(change)) at \(point.commit), \(point.time): \(series.step(number))\n"
        }
        return text
    }

    private static func column(of index: Int, count: Int) -> Int {
        count <= width ? index : index * width / count
    }

    /// Eight heights between the smallest and the largest value; several values in a column by their mean.
    static func blocks(_ values: [Double]) -> String {
        let columns = min(width, values.count)
        var sums = [Double](repeating: 0, count: columns)
        var counts = sums
        for (index, value) in values.enumerated() {
            sums[column(of: index, count: values.count)] += value
            counts[column(of: index, count: values.count)] += 1
        }
        let means = zip(sums, counts).map { $0 / $1 }
        guard let low = means.min(), let high = means.max() else { return "" }
        let heights = Array("▁▂▃▄▅▆▇█")
        return String(
            means.map { value in
                // A flat line in the middle, where there is nothing to tell apart.
                high > low ? heights[min(7, Int((value - low) / (high - low) * 8))] : heights[3]
            }
        )
    }
}
