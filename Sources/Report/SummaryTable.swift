import Measure

/// The one table that a person reads at the end: medians over the valid repeats, and what is wrong with the others.
public enum SummaryTable {
    public static func text(rows: [SummaryRow]) -> String {
        guard !rows.isEmpty else { return "No run was completed.\n" }
        let groups = LoadPointSummary.grouped(rows)
        let systems = Set(groups.map(\.key.system))
        var table = ConsoleTable(columns: [
            ("servers", .right), ("load", .left), ("offered/s", .right), ("achieved/s", .right), ("spread", .right),
            ("response p50", .right), ("p99", .right), ("service p50", .right), ("p99", .right),
            ("syncs/write", .right), ("runs", .right), ("read back", .left),
        ])
        if systems.count > 1 { table.columns.insert(("system", .left), at: 0) }
        for group in groups { table.rows.append((systems.count > 1 ? [group.key.system] : []) + cells(of: group)) }
        var text = systems.count == 1 ? title(groups[0]) : ""
        text += table.text
        text +=
            "Medians over the valid runs. Spread: (max - min) / median of achieved/s. Response time counts from the\n"
        text += "planned send, service time from the actual one. Read back: acknowledged writes found on a quorum.\n"
        for note in notes(on: groups) { text += note + "\n" }
        for row in rows where !row.isValid {
            text += "Not a result: \(row.tag.runID): \(row.invalidReasons.joined(separator: "; "))\n"
        }
        return text
    }

    private static func title(_ group: LoadPointSummary) -> String {
        let strategy = group.key.fsyncStrategy.isEmpty ? "" : ", \(group.key.fsyncStrategy)"
        let version = group.rows.first?.systemVersion.map { " " + $0 } ?? ""
        return "\(group.key.system)\(version), \(group.key.placement)\(strategy)\n"
    }

    private static func cells(of group: LoadPointSummary) -> [String] {
        func median(_ figure: (SummaryRow) -> Double?) -> Double? { group.distribution(figure)?.median }
        func latency(_ figure: (SummaryRow) -> Double?) -> String { ConsoleTable.latency(microseconds: median(figure)) }
        let achieved = group.distribution(\.achievedPerSecond)
        return [
            String(group.key.ensembleSize), group.loadName,
            median(\.offeredPerSecond).map(ConsoleTable.grouped) ?? "-",
            achieved.map { ConsoleTable.grouped($0.median) } ?? "-", spread(achieved),
            latency(\.response.p50Microseconds), latency(\.response.p99Microseconds),
            latency(\.service.p50Microseconds), latency(\.service.p99Microseconds),
            median(\.cost.syncsPerWrite).map(ConsoleTable.threeDigits) ?? "-",
            group.valid.count == group.rows.count
                ? "\(group.rows.count)" : "\(group.valid.count) of \(group.rows.count)",
            proof(of: group),
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
            ? "all \(count)" : "\(ConsoleTable.grouped(Double(verified))) of \(count) FOUND"
    }

    /// What a reader must know before quoting a row.
    private static func notes(on groups: [LoadPointSummary]) -> [String] {
        var notes: [String] = []
        let crowded = groups.filter { $0.rows.contains(where: \.context.isMachineLimited) }
        if let first = crowded.first?.rows.first {
            let sizes = Set(crowded.map(\.key.ensembleSize)).sorted().map(String.init).joined(separator: ", ")
            notes.append(
                "Rows with \(sizes) servers measure the machine: it has \(first.context.cores) cores for servers and load."
            )
        }
        for group in groups {
            let hints = Set(group.valid.compactMap(\.context.limiterHint))
            guard hints.count == 1, let hint = hints.first else { continue }
            notes.append("Limit of \(group.key.ensembleSize) servers, \(group.loadName): \(hint).")
        }
        return notes
    }
}
