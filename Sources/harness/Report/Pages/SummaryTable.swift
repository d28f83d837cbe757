import Results
import Statistics

/// The one table that a person reads at the end: medians over the valid repeats, and what is wrong with the others.
public enum SummaryTable {
    /// - Parameters:
    ///   - skipped: what this machine does not offer.
    ///   - failed: runs without a row.
    ///   - version: of the zabbench that wrote the rows; nil where nobody knows it.
    public static func text(
        rows: [SummaryRow],
        skipped: [SkippedRuns] = [],
        failed: [FailedRun] = [],
        version: String? = nil,
        on display: Display = .document
    ) -> String {
        let notMade = display.paragraphs(ManifestHead.notMade(skipped: skipped, failed: failed))
        guard !rows.isEmpty else { return "No run was completed.\n" + notMade }
        let groups = LoadPointSummary.grouped(rows)
        let sweep = LogSweep(groups)
        let shape = RowShape(groups)
        let payload = sweep.isSweep ? nil : shape.payload
        var text = display.wrapped(TableHead.text(groups, sweep: sweep, version: version, payload: payload)) + "\n"
        let columns = sweep.isSweep ? sweep.columns(of: groups) : columns(of: groups, shape)
        if sweep.isSweep {
            text += sweep.text(groups, on: display)
        } else {
            let table = LoadTable(columns: columns, heading: shape.heading)
            text += table.text(shape.ordered, red: red(columns), on: display)
        }
        var sentences = figureNotes(groups, columns: columns)
        if sweep.isSweep { sentences += sweep.notes(on: groups) }
        sentences += FigureNotes.lines(groups, figures: columns.compactMap(\.figure))
        sentences += notes(on: groups, sweep: sweep)
        text += display.paragraphs(sentences) + notMade
        let invalid = rows.filter { !$0.isValid && !$0.isBeyondKnee }.map { row in
            "Not a result: \(LoadKey(row).label): \(row.invalidReasons.joined(separator: "; ")) (run \(row.tag.runID))"
        }
        return text + display.paragraphs(invalid)
    }

    /// One row for each load point. Least important are figures that others imply.
    static func columns(of groups: [LoadPointSummary], _ shape: RowShape) -> [LoadTable.Column] {
        var columns = shape.labels
        if groups.contains(where: { !$0.isSame(.offered, .achieved) }) {
            columns.append(.figure("offered/s", .offered, unless: .achieved, rank: 4))
        }
        columns += [
            .figure("achieved/s", .achieved), .figure("p50", .responseP50), .figure("p99", .responseP99),
        ]
        if groups.contains(where: \.key.isOfCurve) {
            columns += [.figure("p99.9", .responseP999, rank: 2), .figure("CPU/write", .cpuPerWrite, rank: 3)]
        }
        columns += kinds(groups)
        if hasService(groups) {
            columns += [
                .figure("service p50", .serviceP50, unless: .responseP50, rank: 6),
                .figure("service p99", .serviceP99, unless: .responseP99, rank: 5),
            ]
        }
        if groups.contains(where: { PointFigure($0, .syncsPerWrite) != nil }) {
            columns.append(.figure("syncs/write", .syncsPerWrite, rank: 7))
        }
        if groups.contains(where: \.hasRatios) {
            columns += [.figure("x floor", .timesFloor, rank: 8), .figure("% of limit", .percentOfLimit, rank: 3)]
        }
        if groups.contains(where: { PointFigure($0, .timesYardstickP50) != nil }) {
            columns += [
                .figure("of yardstick", .ofYardstick, rank: 3), .figure("x yardstick p50", .timesYardstickP50, rank: 4),
            ]
        }
        if groups.contains(where: \.durability.isLossy) { columns.append(durability) }
        return columns + evidence(groups)
    }

    /// Reads and writes apart, where a load has both; znodes, where a write has several.
    private static func kinds(_ groups: [LoadPointSummary]) -> [LoadTable.Column] {
        var columns: [LoadTable.Column] = []
        if groups.contains(where: { $0.key.multi != nil }) {
            columns.append(.figure("znodes/s", .znodeWrites, rank: 2))
        }
        if groups.contains(where: { PointFigure($0, .readP99) != nil }) {
            columns += [
                .figure("read p50", .readP50, rank: 4), .figure("read p99", .readP99, rank: 2),
                .figure("write p50", .writeP50, rank: 4), .figure("write p99", .writeP99, rank: 2),
            ]
        }
        return columns
    }

    static func hasService(_ groups: [LoadPointSummary]) -> Bool {
        groups.contains { !$0.isSame(.serviceP50, .responseP50) || !$0.isSame(.serviceP99, .responseP99) }
    }

    private static let durable = "durable"

    /// Never left out: a strategy's figures are worth nothing without it.
    static var durability: LoadTable.Column {
        .words(durable, .left) { ConsoleTable.Cell($0.durability.words, short: $0.durability.shortWords) }
    }

    /// How many runs the rows are of, where they differ in that, and what was read back, which must be seen if it is not
    /// everything.
    static func evidence(_ groups: [LoadPointSummary]) -> [LoadTable.Column] {
        var columns: [LoadTable.Column] = []
        if Set(groups.map(\.runsInWords)).count > 1 || groups.contains(where: { $0.valid.count != $0.rows.count }) {
            columns.append(.words("runs", .right, rank: 2) { ConsoleTable.Cell($0.runsInWords) })
        }
        let isWhole = groups.allSatisfy(\.isReadBack)
        columns.append(.words("read back", .left, rank: isWhole ? 9 : 0) { ConsoleTable.Cell($0.proofInWords) })
        return columns
    }

    private static func red(_ columns: [LoadTable.Column]) -> (LoadPointSummary) -> Set<Int> {
        let place = columns.firstIndex { $0.title == durable }
        return { point in point.durability.isLossy ? Set(place.map { [$0] } ?? []) : [] }
    }

    /// What the figures are.
    private static func figureNotes(_ groups: [LoadPointSummary], columns: [LoadTable.Column]) -> [String] {
        var notes: [String] = []
        let counts = Set(groups.map(\.valid.count))
        if let count = counts.first, counts.count == 1, count > 1 {
            notes.append("Medians of \(count) runs each.")
        } else if groups.contains(where: \.hasRepeats) {
            notes.append("Medians over the valid runs.")
        }
        let hasService = columns.contains { $0.figure?.name.hasPrefix("service") == true }
        notes.append(
            "p50, p99: response time, counted from the planned send"
                + (hasService ? "; service time counts from the actual send." : ".")
        )
        if groups.contains(where: { !$0.key.recipe.isEmpty }) {
            notes.append("Of a recipe all figures are those of whole recipes.")
        }
        if groups.contains(where: { !$0.key.storm.isEmpty }) {
            notes.append("Of a storm they are its readers', from the fault until the last session is back.")
        }
        let hasOffered = columns.contains { $0.figure?.name == LoadFigure.offered.name }
        if hasService || hasOffered {
            let same = (hasService ? ["the response time"] : []) + (hasOffered ? ["achieved/s"] : [])
            notes.append("Blank cells: the same as \(same.joined(separator: " or as ")).")
        }
        notes.append(readBack(groups))
        return [notes.joined(separator: " ")]
    }

    private static func readBack(_ groups: [LoadPointSummary]) -> String {
        guard groups.allSatisfy(\.isReadBack) else { return "Read back: acknowledged writes found on a quorum." }
        let all = groups.flatMap(\.rows).reduce(0) { $0 + ($1.proof.writesAcknowledged ?? 0) }
        return "Read back: all \(ConsoleTable.grouped(Double(all))) acknowledged writes were found on a quorum."
    }
}

extension LoadPointSummary {
    /// `5`, `4 of 5`.
    var runsInWords: String { valid.count == rows.count ? "\(rows.count)" : "\(valid.count) of \(rows.count)" }

    /// Whether each acknowledged write of all repeats was looked for and found.
    var isReadBack: Bool {
        rows.allSatisfy {
            $0.proof.writesAcknowledged != nil && $0.proof.writesAcknowledged == $0.proof.acknowledgedVerified
        }
    }

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
