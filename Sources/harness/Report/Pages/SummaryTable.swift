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
        let columns = sweep.isSweep ? sweep.columns(of: groups) : columns(of: groups)
        text +=
            sweep.isSweep
            ? sweep.text(groups, isColoured: isColoured)
            : LoadTable(columns: columns).text(groups, of: groups, red: red(columns), isColoured: isColoured)
        let figures = columns.compactMap(\.figure)
        text += groups.contains(where: \.hasRepeats) ? "Medians over the valid runs. " : ""
        text += "Response time counts from the planned send, service time from the actual one.\n"
        text += "Read back: acknowledged writes found on a quorum.\n"
        for note in FigureNotes.lines(groups, figures: figures) { text += note + "\n" }
        for note in notes(on: groups, sweep: sweep) { text += note + "\n" }
        text += notMade
        for row in rows where !row.isValid {
            text += "Not a result: \(row.tag.runID): \(row.invalidReasons.joined(separator: "; "))\n"
        }
        return text
    }

    /// One row for each load point.
    static func columns(of groups: [LoadPointSummary]) -> [LoadTable.Column] {
        var columns: [LoadTable.Column] =
            Set(groups.map(\.key.system)).count == 1 ? [] : [.words("system", .left) { $0.key.system }]
        columns += [
            .words("servers", .right) { String($0.key.ensembleSize) }, .words("load", .left, \.loadName),
            .figure("offered/s", .offered), .figure("achieved/s", .achieved), .figure("response p50", .responseP50),
            .figure("p99", .responseP99), .figure("service p50", .serviceP50), .figure("p99", .serviceP99),
            .figure("syncs/write", .syncsPerWrite),
        ]
        if groups.contains(where: \.hasRatios) {
            columns += [.figure("x floor", .timesFloor), .figure("% of limit", .percentOfLimit)]
        }
        if groups.contains(where: \.durability.isLossy) {
            columns.append(.words(durable, .left, \.durability.words))
        }
        return columns + [.words("runs", .right, \.runsInWords), .words("read back", .left, \.proofInWords)]
    }

    private static let durable = "durable"

    private static func red(_ columns: [LoadTable.Column]) -> (LoadPointSummary) -> Set<Int> {
        let place = columns.firstIndex { $0.title == durable }
        return { point in point.durability.isLossy ? Set(place.map { [$0] } ?? []) : [] }
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
            guard let found = group.distribution(\.log.identityRatio) else { continue }
            let ratio = found.median
            guard !SummaryRow.LogFigures.identityRange.contains(ratio) else { continue }
            notes.append(
                "\(group.loadName)\(sweep.isSweep ? ", \(sweep.name(of: group))" : ""): writes/s are "
                    + "\(found.error.beside(ConsoleTable.threeDigits(ratio))) times the leader's syncs/s x mean batch; 1 expected"
                    + (ratio > 1 ? ", but a quorum can commit ahead of a leader whose own log is behind." : ".")
            )
        }
        if groups.contains(where: \.durability.isKnown), groups.contains(where: { !$0.durability.isKnown }) {
            notes.append(
                "durable is empty where nobody tried that log with that batching (docs/reference/durability.md; zabbench verdict does)."
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
}

extension LoadPointSummary {
    /// `5`, `4 of 5`.
    var runsInWords: String { valid.count == rows.count ? "\(rows.count)" : "\(valid.count) of \(rows.count)" }

    /// `12,345 of 12,345 found` over all repeats, valid or not: a lost write is never hidden by another reason.
    var proofInWords: String {
        var acknowledged = 0
        var verified = 0
        for row in rows {
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
