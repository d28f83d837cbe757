import Results
import Statistics

extension HTMLReport {
    /// The durability frontier: what each way to write the log gave, and what it would have lost. Empty unless the runs
    /// differ in their logs.
    static func logs(_ groups: [Group]) -> String {
        let ours = groups.filter { !$0.log.isEmpty }
        guard !ours.isEmpty else { return "" }
        var html = "<h2>Durability frontier</h2>\n"
        for (title, same) in chaptered(ours, by: { "\($0.ensemble), \($0.load)" }) {
            html += "<h3>\(LineChart.escaped(title))</h3>\n" + frontier(same)
        }
        html += """
            <p class="legend">&#9679; stands where no other strategy that loses nothing has \
            both more throughput and a lower p99. In red: what the simulator lost with the strategy, on a disk that keeps \
            its word; in these runs nothing crashed and nothing is lost. Syncs are of all servers, batches of the \
            leader, flushes of the whole device.</p>

            """
        for (ensemble, same) in chaptered(ours, by: \.ensemble) {
            html += curves("Strategies: response p99 against throughput", ensemble, base(same)) {
                $0.point.key.fsyncStrategy
            }
            for (strategy, variants) in chaptered(
                same,
                by: { "\($0.point.key.fsyncStrategy), \($0.point.key.logDirectories)" }
            )
            where Set(variants.map(\.point.key.commit)).count > 1 {
                let name = "\(ensemble), \(strategy)"
                html += curves("Batching: response p99 against throughput", name, variants) { $0.point.key.commit }
                html += curves(
                    "Batching: records per group commit against throughput",
                    name,
                    variants,
                    y: ("records", { $0.log.batchMean }, 1)
                ) { $0.point.key.commit }
            }
            for (log, variants) in chaptered(same, by: { "\($0.point.key.fsyncStrategy), \($0.point.key.commit)" })
            where Set(variants.map(\.point.key.logDirectories)).count > 1 {
                html += curves(
                    "Directories: response p99 against throughput",
                    "\(ensemble), \(log)",
                    variants
                ) { $0.point.key.logDirectories }
            }
        }
        return html
    }

    /// Groups in chapters of the same title, in the order of their first ones.
    static func chaptered(_ groups: [Group], by title: (Group) -> String) -> [(title: String, groups: [Group])] {
        var chapters: [(title: String, groups: [Group])] = []
        for group in groups {
            let name = title(group)
            if let index = chapters.firstIndex(where: { $0.title == name }) {
                chapters[index].groups.append(group)
            } else {
                chapters.append((name, [group]))
            }
        }
        return chapters
    }

    /// Those that differ in their strategy alone: with the batching and directories that most strategies have.
    private static func base(_ groups: [Group]) -> [Group] {
        let variants = chaptered(groups) { "\($0.point.key.commit), \($0.point.key.logDirectories)" }
        let counts = variants.map { Set($0.groups.map(\.point.key.fsyncStrategy)).count }
        guard let most = counts.max(), most > 1, let index = counts.firstIndex(of: most) else { return [] }
        return variants[index].groups
    }

    private static func frontier(_ groups: [Group]) -> String {
        let points = groups.map { group in
            (
                group: group, achieved: group.distribution(\.achievedPerSecond)?.median,
                p99: group.distribution(\.response.p99Microseconds)?.median, durability: group.point.durability
            )
        }
        // At a closed loop's end throughput tells them apart, at a given rate the latency does.
        let isClosed = groups.allSatisfy { $0.point.key.mode == "closed" }
        let sorted = points.sorted {
            isClosed ? ($0.achieved ?? 0) > ($1.achieved ?? 0) : ($0.p99 ?? .infinity) < ($1.p99 ?? .infinity)
        }
        let columns: [(title: String, figure: LoadFigure)] = [
            ("Achieved/s", .achieved), ("Response p50", .responseP50), ("p99", .responseP99),
            ("p99.9", .responseP999), ("max", .responseMax), ("Syncs/s", .syncsPerSecond),
            ("Batch: mean", .batchMean), ("p99 at most", .batchP99),
            ("Log bytes per payload byte", .logBytesPerPayloadByte), ("Flushes/s", .flushesPerSecond),
            ("CPU/write", .cpuPerWrite), ("&times; floor", .timesFloor), ("% of limit", .percentOfLimit),
        ]
        let hasRepeats = groups.contains(where: \.point.hasRepeats)
        var html = "<table><tr><th>Log</th>" + columns.map { "<th>\($0.title)</th>" }.joined()
        html += "<th>Durable</th><th>Frontier</th></tr>\n"
        for point in sorted {
            let limits = Set(point.group.point.valid.compactMap(\.limits.name)).sorted()
            let isBeaten = points.contains { other in
                guard let achieved = point.achieved, let p99 = point.p99, let more = other.achieved,
                    let less = other.p99, other.durability.isProven
                else { return false }
                // At a given rate all that keep up achieve it, but for the draw of the arrivals.
                return isClosed ? more >= achieved && less <= p99 && (more > achieved || less < p99) : less < p99
            }
            let isFrontier = point.achieved != nil && !isBeaten && point.durability.isProven
            var cells = [LineChart.escaped(point.group.log)]
            cells += columns.map { point.group.cell($0.figure, hasRepeats: hasRepeats) }
            if !limits.isEmpty { cells[cells.count - 1] += " " + limits.joined(separator: ", ") }
            cells += [LineChart.escaped(point.durability.words), isFrontier ? "&#9679;" : ""]
            html += point.durability.isLossy ? "<tr class=\"bad\">" : "<tr>"
            html += cells.map { "<td>\($0)</td>" }.joined() + "</tr>\n"
        }
        return html + "</table>\n" + notes(groups, figures: columns.map(\.figure))
    }

    /// A line for each name, through its loads in the order of their throughput.
    private static func curves(
        _ title: String,
        _ subject: String,
        _ groups: [Group],
        y: (unit: String, figure: Group.Figure, scale: Double) = ("ms", { $0.response.p99Microseconds }, 1000),
        by name: (Group) -> String
    ) -> String {
        let series = chaptered(groups, by: name).map { name, same in
            let points = same.compactMap { group -> LineChart.Point? in
                guard let achieved = group.distribution(\.achievedPerSecond),
                    let figure = group.distribution(y.figure)
                else { return nil }
                return LineChart.Point(
                    x: achieved.median,
                    y: figure.median / y.scale,
                    range: figure.min / y.scale...figure.max / y.scale
                )
            }
            let durability = same.first.map(\.point.durability) ?? SummaryRow.Durability()
            return LineChart.Series(
                name: durability.isLossy ? "\(name) (\(durability.words))" : name,
                points: points.sorted { $0.x < $1.x },
                isWarning: durability.isLossy
            )
        }
        guard series.count > 1 else { return "" }
        return LineChart(
            title: "\(title); \(subject)",
            xTitle: "operations/s",
            yTitle: y.unit,
            series: series,
            isLogarithmic: true
        ).html
    }
}
