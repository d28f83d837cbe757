import Results
import Statistics

/// The one table that a person reads at the end: medians over the valid repeats, and what is wrong with the others.
public enum SummaryTable {
    /// - Parameters:
    ///   - skipped: what this machine does not offer.
    ///   - isColoured: whether the reader is a terminal that shows colours.
    public static func text(rows: [SummaryRow], skipped: [SkippedStrategy] = [], isColoured: Bool = false) -> String {
        let notMade = skipped.map { "Skipped: \($0.strategy): \($0.reason)\n" }.joined()
        guard !rows.isEmpty else { return "No run was completed.\n" + notMade }
        let groups = LoadPointSummary.grouped(rows)
        let sweep = LogSweep(groups)
        var text = Set(groups.map(\.key.system)).count == 1 ? title(groups[0], sweep: sweep) : ""
        text += sweep.isSweep ? sweep.text(groups, isColoured: isColoured) : table(groups).text(isColoured: isColoured)
        text +=
            "Medians over the valid runs. Spread: (max - min) / median of achieved/s. Response time counts from the\n"
        text += "planned send, service time from the actual one. Read back: acknowledged writes found on a quorum.\n"
        for note in notes(on: groups, sweep: sweep) { text += note + "\n" }
        text += notMade
        for row in rows where !row.isValid {
            text += "Not a result: \(row.tag.runID): \(row.invalidReasons.joined(separator: "; "))\n"
        }
        return text
    }

    /// One row for each load point.
    private static func table(_ groups: [LoadPointSummary]) -> ConsoleTable {
        let isOneSystem = Set(groups.map(\.key.system)).count == 1
        let hasLimits = groups.contains(where: \.hasRatios)
        let hasMarks = groups.contains { !$0.disturbed.isEmpty }
        let hasLoss = groups.contains(where: \.durability.isLossy)
        var table = ConsoleTable(columns: [
            ("servers", .right), ("load", .left), ("offered/s", .right), ("achieved/s", .right), ("spread", .right),
            ("response p50", .right), ("p99", .right), ("service p50", .right), ("p99", .right),
            ("syncs/write", .right),
        ])
        if !isOneSystem { table.columns.insert(("system", .left), at: 0) }
        if hasLimits { table.columns += [("x floor", .right), ("% of limit", .right)] }
        if hasLoss { table.columns.append(("durable", .left)) }
        table.columns += [("runs", .right), ("read back", .left)]
        for (index, group) in groups.enumerated() {
            let cells = Cells(group)
            if group.durability.isLossy { table.red[index] = [table.columns.count - 3] }
            table.rows.append(
                (isOneSystem ? [] : [group.key.system])
                    + [
                        String(group.key.ensembleSize), group.loadName, cells.offered,
                        ForeignMark.cell(cells.achieved, isMarked: !group.disturbed.isEmpty, isWanted: hasMarks),
                        cells.spread,
                        cells.latency(\.response.p50Microseconds), cells.latency(\.response.p99Microseconds),
                        cells.latency(\.service.p50Microseconds), cells.latency(\.service.p99Microseconds),
                        cells.figure(\.cost.syncsPerWrite),
                    ] + (hasLimits ? [cells.ratio(\.limits.timesFloor), cells.ratio(\.limits.percent)] : [])
                    + (hasLoss ? [group.durability.words] : []) + [cells.runs, cells.proof]
            )
        }
        return table
    }

    private static func title(_ group: LoadPointSummary, sweep: LogSweep) -> String {
        let strategy = group.key.fsyncStrategy.isEmpty || sweep.isSweep ? "" : ", \(group.key.fsyncStrategy)"
        let version = group.rows.first?.systemVersion.map { " " + $0 } ?? ""
        return "\(group.key.system)\(version), \(group.key.placement)\(strategy)\n"
    }

    /// What a reader must know before quoting a row.
    private static func notes(on groups: [LoadPointSummary], sweep: LogSweep) -> [String] {
        var notes = trustNotes(groups) + setUpNotes(groups)
        let crowded = groups.filter { $0.rows.contains(where: \.context.isMachineLimited) }
        if let first = crowded.first?.rows.first {
            let sizes = Set(crowded.map(\.key.ensembleSize)).sorted().map(String.init).joined(separator: ", ")
            notes.append(
                "Rows with \(sizes) servers measure the machine: it has \(first.context.cores) cores for servers and load."
            )
        }
        // In a sweep of logs the tables are long already, and the limit is in its column.
        for group in groups where !sweep.isSweep {
            let hints = Set(group.valid.compactMap(\.context.limiterHint))
            guard hints.count == 1, let hint = hints.first else { continue }
            notes.append("Limit of \(group.key.ensembleSize) servers, \(group.loadName): \(hint).")
        }
        // Without a sync for each group the identity means nothing, and what that costs is in the verdict.
        for group in groups where group.durability.isProven {
            guard let ratio = group.distribution(\.log.identityRatio)?.median,
                !SummaryRow.LogFigures.identityRange.contains(ratio)
            else { continue }
            notes.append(
                "\(group.loadName)\(sweep.isSweep ? ", \(sweep.name(of: group))" : ""): writes/s are "
                    + "\(ConsoleTable.threeDigits(ratio)) times the leader's syncs/s x mean batch; 1 expected"
                    + (ratio > 1 ? ", but a quorum can commit ahead of a leader whose own log is behind." : ".")
            )
        }
        if groups.contains(where: \.durability.isKnown), groups.contains(where: { !$0.durability.isKnown }) {
            notes.append(
                "durable is empty where nobody tried: the simulator's trials know natural batching with one group in flight "
                    + "(docs/durability.md)."
            )
        }
        let lossy = Set(groups.filter(\.durability.isLossy).map(\.key.fsyncStrategy)).sorted()
        if !lossy.isEmpty {
            notes.append(
                "NOT DURABLE: \(lossy.joined(separator: ", ")): in the simulator they do not keep what was acknowledged (zabbench "
                    + "verdict shows how). Nothing is lost here, where nothing crashed."
            )
        }
        return notes
    }

    /// What lay between the servers, what was made slower on purpose, and where the generator was the limit.
    private static func setUpNotes(_ groups: [LoadPointSummary]) -> [String] {
        var notes: [String] = []
        let rows = groups.flatMap(\.rows)
        for links in Set(rows.map(\.links)).sorted() where !links.isEmpty {
            notes.append(
                "Between the servers lay the harness's proxy (\(links)): compare with rows of the same links only."
            )
        }
        for turn in Set(rows.compactMap(\.context.turnMilliseconds)).sorted() {
            notes.append(
                "In turns of \(turn) ms with another load: rates are of the whole time, of which each had half."
            )
        }
        for injected in Set(rows.map(\.injected)).sorted() where !injected.isEmpty {
            notes.append("Slower on purpose: \(injected).")
        }
        for group in groups {
            let near = group.valid.filter { row in
                row.generatorBoundPerSecond != nil && row.context.isGeneratorLimited
            }
            guard let row = near.first, let bound = row.generatorBoundPerSecond else { continue }
            notes.append(
                "\(group.loadName) with \(group.key.ensembleSize) servers is generator-limited: the generator does "
                    + "\(ConsoleTable.grouped(bound))/s on a target that answers at once."
            )
        }
        return notes
    }

    /// The cells of one group.
    struct Cells {
        let group: LoadPointSummary

        init(_ group: LoadPointSummary) { self.group = group }

        func median(_ figure: (SummaryRow) -> Double?) -> Double? { group.distribution(figure)?.median }

        func latency(_ figure: (SummaryRow) -> Double?) -> String {
            ConsoleTable.latency(microseconds: median(figure))
        }

        func figure(_ figure: (SummaryRow) -> Double?) -> String {
            median(figure).map(ConsoleTable.threeDigits) ?? "-"
        }

        func count(_ figure: (SummaryRow) -> Double?) -> String { median(figure).map(ConsoleTable.grouped) ?? "-" }

        var offered: String { count(\.offeredPerSecond) }
        /// A rate that was too high for the servers has no figures, and that is a finding.
        var achieved: String { group.isOverloaded ? "overloaded" : count(\.achievedPerSecond) }

        var spread: String {
            guard let distribution = group.distribution(\.achievedPerSecond), distribution.count > 1,
                let percent = distribution.spreadPercent
            else { return "-" }
            return ConsoleTable.threeDigits(percent) + " %"
        }

        var runs: String {
            group.valid.count == group.rows.count
                ? "\(group.rows.count)" : "\(group.valid.count) of \(group.rows.count)"
        }

        /// `12,345 of 12,345 found` over all repeats, valid or not: a lost write is never hidden by another reason.
        var proof: String {
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
    }
}
