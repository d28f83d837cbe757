import Results
import Statistics

/// The faults of a session on a terminal: how long nothing was acknowledged, and what the time went to.
public enum ElectionTable {
    /// Empty where there were no faults.
    public static func text(_ rows: [ElectionRow], on display: Display = .document) -> String {
        guard !rows.isEmpty else { return "" }
        let groups = ElectionSummary.grouped(rows)
        let columns = columns(groups)
        var table = ConsoleTable(columns: columns.map(\.column))
        let cells = columns.map { $0.cells(groups) }
        table.cells = groups.indices.map { row in cells.map { $0[row] } }
        var text = display.wrapped(head(groups)) + "\n" + table.text(on: display)
        text += display.paragraphs(legend(groups))
        return text
            + display.paragraphs(
                rows.compactMap { row in
                    row.why.map {
                        "Not complete: \(row.tag.runID), fault \(row.fault.number) (\(row.fault.kind)): \($0)"
                    }
                }
            )
    }

    private struct Entry {
        let column: ConsoleTable.Column
        let cells: ([ElectionSummary]) -> [ConsoleTable.Cell]
    }

    private static func words(
        _ title: String,
        _ alignment: ConsoleTable.Alignment,
        rank: Int = 0,
        _ cell: @escaping (ElectionSummary) -> String
    ) -> Entry {
        Entry(column: ConsoleTable.Column(title, alignment, rank: rank)) { $0.map { ConsoleTable.Cell(cell($0)) } }
    }

    private static func median(
        _ title: String,
        rank: Int,
        _ unit: @escaping (Double) -> String,
        _ figure: @escaping (ElectionSummary) -> Distribution?
    ) -> Entry {
        Entry(column: ConsoleTable.Column(title, .right, rank: rank)) { groups in
            LoadTable.aligned(groups.map { ElectionSummary.cell(figure($0), unit) })
        }
    }

    private static func columns(_ groups: [ElectionSummary]) -> [Entry] {
        func varies<Value: Hashable>(_ value: (ElectionSummary) -> Value) -> Bool { Set(groups.map(value)).count > 1 }
        var columns: [Entry] = varies(\.key.system) ? [words("system", .left, \.key.system)] : []
        if varies(\.key.ensembleSize) { columns.append(words("servers", .right) { "\($0.key.ensembleSize)" }) }
        columns.append(words("fault", .left) { $0.key.kind.replacing("_", with: " ") })
        columns.append(words("load", .left, \.key.point))
        // Other systems have none, and ours alone no second one.
        if Set(groups.map(\.key.fsyncStrategy)).subtracting([""]).count > 1 {
            columns.append(words("strategy", .left, \.key.fsyncStrategy))
        }
        if varies(\.key.isProxied) { columns.append(words("links", .left) { $0.key.isProxied ? "proxied" : "direct" }) }
        if varies(\.key.znodes) {
            columns.append(words("znodes", .right) { ConsoleTable.grouped(Double($0.key.znodes)) })
        }
        if varies(\.faultsInWords) { columns.append(words("faults", .right, \.faultsInWords)) }
        columns.append(outage)
        columns.append(words("95 %", .left, rank: 8, interval))
        columns.append(words("p90", .right, rank: 7) { $0.outage.map { ElectionSummary.milliseconds($0.p90) } ?? "-" })
        columns.append(words("max", .right, rank: 1) { $0.outage.map { ElectionSummary.milliseconds($0.max) } ?? "-" })
        for (phase, rank) in zip(ElectionSummary.tablePhases, [2, 4, 5, 3]) {
            columns.append(median(phase.title, rank: rank, ElectionSummary.milliseconds) { $0.phase(phase.value) })
        }
        columns.append(median("owed", rank: 6, ConsoleTable.grouped, \.writesOwed))
        // What is as it should be is a sentence.
        if groups.contains(where: { $0.watchesKept != $0.watchesPlaced }) {
            columns.append(
                words("watches kept", .right, rank: 1) { group in
                    guard let kept = group.watchesKept, let placed = group.watchesPlaced else { return "-" }
                    return [kept, placed].map { ConsoleTable.grouped(Double($0)) }.joined(separator: " of ")
                }
            )
        }
        if groups.contains(where: { $0.sessionsExpired > 0 }) {
            columns.append(words("sessions expired", .right) { "\($0.sessionsExpired)" })
        }
        return columns
    }

    /// The median with its error, as everywhere; its limits have a column where there is room.
    private static var outage: Entry {
        Entry(column: ConsoleTable.Column("outage p50", .right)) { groups in
            LoadTable.aligned(
                groups.map { group in
                    guard let outage = group.outage else { return LoadTable.Cell(text: "-") }
                    let limits = outage.medianInterval.map { (low: $0.low, high: $0.high) }
                    return LoadTable.Cell(
                        text: ElectionSummary.milliseconds(outage.median),
                        error: FigureError(outage.median, limits).words(ElectionSummary.milliseconds)
                    )
                }
            )
        }
    }

    private static func interval(_ group: ElectionSummary) -> String {
        group.intervalInWords(ElectionSummary.milliseconds)
    }

    /// `Faults: 3 servers, 1,000 znodes, 6 faults of each kind`.
    private static func head(_ groups: [ElectionSummary]) -> String {
        var parts: [String] = []
        let sizes = Set(groups.map(\.key.ensembleSize))
        if sizes.count == 1, let size = sizes.first { parts.append("\(Count(size, "server"))") }
        let znodes = Set(groups.map(\.key.znodes))
        if znodes.count == 1, let count = znodes.first { parts.append("\(Count(count, "znode"))") }
        let faults = Set(groups.map(\.faultsInWords))
        if faults.count == 1, let count = groups.first?.rows.count {
            let complete = groups[0].complete == count ? "" : ", \(groups[0].complete) of them complete"
            parts.append("\(Count(count, "fault")) a row\(complete)")
        }
        return "Outages by fault" + (parts.isEmpty ? "" : ": " + parts.joined(separator: ", "))
    }

    private static func legend(_ groups: [ElectionSummary]) -> [String] {
        var lines = [ElectionSummary.legend.replacing("\n", with: " ")]
        if groups.contains(where: { $0.writesOwed != nil }) {
            lines.append("owed: writes that were due during the outage.")
        }
        if let silent = ElectionSummary.silentSystems(groups) { lines.append(silent) }
        let placed = groups.reduce(0) { $0 + ($1.watchesPlaced ?? 0) }
        let kept = groups.reduce(0) { $0 + ($1.watchesKept ?? 0) }
        if placed > 0 {
            let watches = "\(Count(placed, "watch", "watches"))"
            lines.append(
                kept == placed
                    ? "All \(watches) were kept." : "Of \(watches) \(ConsoleTable.grouped(Double(kept))) were kept."
            )
        }
        if groups.allSatisfy({ $0.sessionsExpired == 0 }) { lines.append("No session expired.") }
        return [lines.joined(separator: " ")]
    }
}

extension ElectionSummary {
    /// `6`, `5 of 6`: those with all phases.
    fileprivate var faultsInWords: String { (complete == rows.count ? "" : "\(complete) of ") + "\(rows.count)" }
}
