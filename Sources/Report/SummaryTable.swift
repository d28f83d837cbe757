import Measure

/// The one table that a person reads at the end: medians over the valid repeats, and what is wrong with the others.
public enum SummaryTable {
    public static func text(rows: [SummaryRow]) -> String {
        guard !rows.isEmpty else { return "No run was completed.\n" }
        let groups = LoadPointSummary.grouped(rows)
        var table = ConsoleTable(columns: [
            ("system", .left), ("servers", .right), ("load", .left), ("offered/s", .right), ("achieved/s", .right),
            ("spread", .right), ("response p50", .right), ("p99", .right), ("service p50", .right), ("p99", .right),
            ("syncs/write", .right), ("runs", .right), ("proof", .left), ("note", .left),
        ])
        for group in groups { table.rows.append(cells(of: group)) }
        var text = table.text
        text += "Medians over the valid runs; spread is (max - min) / median of achieved/s. "
        text += "Response counts from the planned send, service from the actual one.\n"
        for row in rows where !row.isValid {
            text += "Not a result: \(row.tag.runID): \(row.invalidReasons.joined(separator: "; "))\n"
        }
        return text
    }

    private static func cells(of group: LoadPointSummary) -> [String] {
        func median(_ figure: (SummaryRow) -> Double?) -> Double? { group.distribution(figure)?.median }
        func latency(_ figure: (SummaryRow) -> Double?) -> String { ConsoleTable.latency(microseconds: median(figure)) }
        let achieved = group.distribution(\.achievedPerSecond)
        return [
            group.key.system, String(group.key.ensembleSize), group.loadName,
            median(\.offeredPerSecond).map(ConsoleTable.grouped) ?? "-",
            achieved.map { ConsoleTable.grouped($0.median) } ?? "-",
            spread(achieved),
            latency(\.response.p50Microseconds), latency(\.response.p99Microseconds),
            latency(\.service.p50Microseconds), latency(\.service.p99Microseconds),
            median(\.cost.syncsPerWrite).map(ConsoleTable.threeDigits) ?? "-",
            group.valid.count == group.rows.count ? "\(group.rows.count)" : "\(group.valid.count)/\(group.rows.count)",
            proof(of: group), note(on: group),
        ]
    }

    private static func spread(_ distribution: Distribution?) -> String {
        guard let distribution, distribution.count > 1, let percent = distribution.spreadPercent else { return "-" }
        return ConsoleTable.threeDigits(percent) + " %"
    }

    /// `12,345 of 12,345 found` over all repeats, valid or not: a lost write is never hidden by another reason.
    private static func proof(of group: LoadPointSummary) -> String {
        var acknowledged = 0
        var verified = 0
        for row in group.rows {
            guard let written = row.proof.writesAcknowledged, let found = row.proof.acknowledgedVerified else {
                return "not verified"
            }
            acknowledged += written
            verified += found
        }
        let count = ConsoleTable.grouped(Double(acknowledged))
        return acknowledged == verified
            ? "all \(count) found" : "\(ConsoleTable.grouped(Double(verified))) of \(count) FOUND"
    }

    private static func note(on group: LoadPointSummary) -> String {
        var notes: [String] = []
        if group.rows.contains(where: \.context.isMachineLimited) { notes.append("machine: more servers than cores") }
        let hints = Set(group.valid.compactMap(\.context.limiterHint))
        if hints.count == 1, let hint = hints.first { notes.append("limit: \(hint)") }
        return notes.joined(separator: ", ")
    }
}
