import Results
import Statistics

/// The tables of figures.
extension HTMLReport {
    /// More rows than these are folded.
    private static let mostRows = 24

    static let mainFigures: [(title: String, figure: LoadFigure)] = [
        ("Achieved/s", .achieved), ("p50", .responseP50), ("p99", .responseP99), ("p99.9", .responseP999),
    ]

    private static let otherFigures: [(title: String, figure: LoadFigure)] = [
        ("Max", .responseMax), ("Service p50", .serviceP50), ("Service p99", .serviceP99),
        ("Syncs/write", .syncsPerWrite),
        ("Syncs/s", .syncsPerSecond), ("Mean batch", .batchMean), ("Batch p99 at most", .batchP99),
        ("Log bytes per payload byte", .logBytesPerPayloadByte), ("Device flushes/s", .flushesPerSecond),
        ("CPU/write", .cpuPerWrite), ("× floor", .timesFloor), ("% of limit", .percentOfLimit),
        ("× disk floor", .timesDisk), ("× yardstick p50", .timesYardstickP50), ("× yardstick p99", .timesYardstickP99),
        ("Of yardstick", .ofYardstick),
    ]

    static func resultsSection(_ context: ReportContext) -> HTMLPage.Section {
        let groups = context.groups
        let isSweep = context.names.isLogSweep
        let isFolded = isSweep || context.hasFaults || groups.count > mostRows
        var body = isSweep ? "" : table(groups)
        let rest = others(groups)
        body += isSweep ? rest : folded(rest)
        return HTMLPage.Section(
            id: "results",
            title: isSweep ? "All figures" : "Results",
            body: groups.isEmpty ? "" : body,
            summary: isFolded ? "a table of \(counted(groups.count, "setting"))" : nil,
            isRaw: isSweep
        )
    }

    /// Too wide for paper.
    private static func folded(_ table: String) -> String {
        HTMLPage.folded(
            "Further figures: service time, syncs, batches, processor time, calibrated limits",
            isRaw: true,
            table
        )
    }

    private static func table(_ groups: [Group]) -> String {
        let hasDurability = groups.contains(where: \.point.durability.isKnown)
        // A closed loop offers what is achieved.
        let hasOffered = groups.contains { !$0.point.isSame(.offered, .achieved) }
        let columns = (hasOffered ? [("Offered/s", .offered)] : []) + mainFigures
        let hasRepeats = groups.contains(where: \.point.hasRepeats)
        var table = HTMLTable(
            [.init("Setting")] + (hasDurability ? [.init("Durable", isWords: true)] : [])
                + columns.map { .init($0.title) }
                + [.init("Valid runs")]
        )
        for group in groups {
            var cells = [HTMLText.escaped(group.setting)]
            if hasDurability { cells.append(HTMLText.escaped(group.point.durability.words)) }
            cells += columns.map { group.cell($0.figure, hasRepeats: hasRepeats) }
            cells.append("\(group.point.valid.count)/\(group.point.rows.count)")
            table.add(cells, isWarning: group.point.durability.isLossy || group.point.valid.isEmpty)
        }
        return table.html + notes(groups, figures: columns.map(\.figure))
    }

    private static func others(_ groups: [Group]) -> String {
        let columns = otherFigures.filter { column in
            groups.contains { PointFigure($0.point, column.figure) != nil || $0.hasOwnWords(column.figure) }
        }
        let hasRepeats = groups.contains(where: \.point.hasRepeats)
        var table = HTMLTable(
            [.init("Setting")] + columns.map { .init($0.title) } + [.init("Limit"), .init("Read back")]
        )
        for group in groups {
            var cells = [HTMLText.escaped(group.setting)]
            cells += columns.map { group.cell($0.figure, hasRepeats: hasRepeats) }
            let limits = Set(group.point.valid.compactMap(\.limits.name)).sorted().joined(separator: ", ")
            cells += [HTMLText.escaped(limits.isEmpty ? "-" : limits), HTMLText.escaped(group.point.proofInWords)]
            table.add(cells, isWarning: group.point.durability.isLossy)
        }
        return table.html + notes(groups, figures: columns.map(\.figure))
    }

    /// What ± means and what is known where there is none, below a table.
    static func notes(_ groups: [Group], figures: [LoadFigure]) -> String {
        let points = groups.map(\.point)
        let medians = points.contains(where: \.hasRepeats) ? ["Medians over the valid runs."] : []
        let lines = medians + FigureNotes.lines(points, figures: figures)
        guard !lines.isEmpty else { return "" }
        return "<p class=\"note\">\(lines.map(HTMLText.escaped).joined(separator: " "))</p>\n"
    }
}

extension HTMLReport.Group {
    /// Whether its cell is words in place of a figure.
    fileprivate func hasOwnWords(_ figure: LoadFigure) -> Bool { figure.isRatio && point.isCalibrationRefused }
}
