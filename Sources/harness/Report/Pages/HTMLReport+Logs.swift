import Results
import Statistics

/// The durability frontier: what each way to write the log gives, and what it would lose.
extension HTMLReport {
    /// A load with more logs than these shows those that differ in their strategy alone, and folds the others.
    private static let mostRows = 14

    static func logSections(_ context: ReportContext) -> [HTMLPage.Section] {
        let chapters = logChapters(context)
        let body = frontierChart(chapters, context) + chapters.map { tables($0.title, $0.groups, context) }.joined()
        let more = chapters.dropFirst().map { frontier($0.title, $0.groups, context) }.joined()
        return [
            HTMLPage.Section(id: "frontier", title: "Durability frontier", body: body + explanation),
            HTMLPage.Section(
                id: "frontiers",
                title: "Frontiers of the other loads",
                body: more,
                summary: counted(max(0, chapters.count - 1), "chart")
            ),
            HTMLPage.Section(
                id: "curves",
                title: "Latency against throughput",
                body: allCurves(context),
                summary: "strategies, batching and directories through all loads"
            ),
        ]
    }

    private static let explanation = """
        <p class="note">● marks the frontier of the medians, which are point estimates: no other durable log has both a higher median throughput and a \
        lower median p99; at a fixed rate only latency counts. Intervals that overlap leave the order open. Durable means that the simulator lost nothing with this log when it killed processes and cut \
        power, on a disk that honours flushes. Red rows lose acknowledged writes there.</p>

        """

    /// The logs of each load on each ensemble, the most telling load first: that in which the servers do most.
    private static func logChapters(_ context: ReportContext) -> [(title: String, groups: [Group])] {
        func most(_ groups: [Group]) -> Double {
            groups.compactMap { $0.distribution(\.achievedPerSecond)?.median }.max() ?? 0
        }
        let chapters = chaptered(context.groups) { group in
            [context.names.load(group.point.key), context.names.ensemble(group.point.key)].filter { !$0.isEmpty }
                .joined(separator: ", ")
        }
        return chapters.sorted { one, other in
            let isClosed = [one, other].map { $0.groups.allSatisfy { $0.point.key.mode == "closed" } }
            return isClosed[0] == isClosed[1] ? most(one.groups) > most(other.groups) : isClosed[0]
        }
    }

    private static func frontierChart(_ chapters: [(title: String, groups: [Group])], _ context: ReportContext)
        -> String
    {
        chapters.first.map { frontier($0.title, $0.groups, context) } ?? ""
    }

    private static func frontier(_ title: String, _ groups: [Group], _ context: ReportContext) -> String {
        let shown = groups.count > mostRows ? base(groups) : groups
        let isClosed = shown.allSatisfy { $0.point.key.mode == "closed" }
        let series = shown.compactMap { group -> ChartSeries? in
            let figure: Group.Figure =
                isClosed ? { $0.achievedPerSecond } : { $0.response.p50Microseconds.map { $0 / 1000 } }
            guard let x = group.distribution(figure), let y = group.distribution(\.response.p99Microseconds) else {
                return nil
            }
            let name = shortLog(group, among: shown) + (group.point.durability.isLossy ? " (not durable)" : "")
            let point = ChartSeries.Point(
                x: x.median,
                y: y.median / 1000,
                interval: y.limits.map { $0.lowerBound / 1000...$0.upperBound / 1000 },
                name: name
            )
            return ChartSeries(name: name, style: context.style(of: group), points: [point], drawing: .points)
        }
        return Chart(
            id: context.anchors.unique("frontier-\(title)"),
            kind: "frontier",
            title: "Latency and \(isClosed ? "throughput" : "its tail") by log, \(title)",
            x: isClosed
                ? Axis("Throughput", unit: "operations/s", scale: .linearFromLeast)
                : Axis("Response time p50", unit: "ms", scale: .logarithmic),
            y: .latency("Response time p99"),
            series: series,
            height: 340,
            note: isClosed ? "Better is lower and further right." : "Better is lower and further left."
        ).html
    }

    /// Without what all of them have.
    static func shortLog(_ group: Group, among groups: [Group]) -> String {
        SettingNames(groups.map(\.point.key)).log(group.point.key)
    }

    private static func tables(_ title: String, _ groups: [Group], _ context: ReportContext) -> String {
        let base = groups.count > mostRows ? base(groups) : []
        let shown = base.isEmpty ? groups : base
        let keys = Set(shown.map(\.point.key))
        let rest = base.isEmpty ? [] : groups.filter { !keys.contains($0.point.key) }
        var html =
            "<h3 id=\"\(context.anchors.unique("logs-\(title)"))\">\(HTMLText.escaped(title.isEmpty ? "All logs" : title))</h3>\n"
        html += table(shown, of: groups)
        let best = LogFrontier(groups.map(\.point)).entries.filter { entry in
            entry.isOnFrontier && rest.contains { $0.point.key == entry.point.key }
        }
        let count = counted(rest.count, "log") + (best.isEmpty ? "" : ", \(best.count) on the frontier")
        html += HTMLPage.folded("Other batching and directories: \(count)", table(rest, of: groups))
        return html
    }

    private static func table(_ groups: [Group], of all: [Group]) -> String {
        let frontier = LogFrontier(all.map(\.point))
        let figures: [(title: String, figure: LoadFigure)] =
            mainFigures
            + (all.contains { PointFigure($0.point, .syncsPerSecond) != nil } ? [("Syncs/s", .syncsPerSecond)] : [])
        let hasRepeats = all.contains(where: \.point.hasRepeats)
        var table = HTMLTable(
            [.init("Strategy"), .init("Durable", isWords: true), .init("Frontier")] + figures.map { .init($0.title) }
        )
        for entry in frontier.entries {
            guard let group = groups.first(where: { $0.point.key == entry.point.key }) else { continue }
            var cells = [
                HTMLText.escaped(shortLog(group, among: groups)), HTMLText.escaped(entry.point.durability.words),
            ]
            cells.append(entry.isOnFrontier ? "●" : "")
            cells += figures.map { group.cell($0.figure, hasRepeats: hasRepeats) }
            table.add(cells, isWarning: entry.point.durability.isLossy)
        }
        return table.html
    }

    /// Those that differ in their strategy alone: with the batching and directories that most strategies have.
    static func base(_ groups: [Group]) -> [Group] {
        let variants = chaptered(groups) { "\($0.point.key.commit), \($0.point.key.logDirectories)" }
        let counts = variants.map { Set($0.groups.map(\.point.key.fsyncStrategy)).count }
        guard let most = counts.max(), most > 1, let index = counts.firstIndex(of: most) else { return [] }
        return variants[index].groups
    }
}
