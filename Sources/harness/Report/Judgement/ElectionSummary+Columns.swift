import Results
import Statistics

extension ElectionSummary: CSVRow {
    public static var file: String { "elections-summary.csv" }

    /// Rows of several runs: they have no run's id.
    public static let columns: [Column<ElectionSummary>] =
        keyColumns + phaseColumns + outageColumns + errorColumns
        + [Column("observers", of: \.key.observers, "as in elections.csv")]

    private static let keyColumns: [Column<ElectionSummary>] = [
        Column("schema_version", of: { _ in RunTag.schemaVersion }, "as in the other files"),
        Column("run_id", of: { _ in String?.none }, "empty: faults of several runs"),
        Column("repeat", of: { _ in Int?.none }, "empty: faults of several runs"),
        Column("system", of: \.key.system, "as in elections.csv"),
        Column("ensemble_size", of: \.key.ensembleSize, "as in elections.csv"),
        Column("fsync_strategy", of: \.key.fsyncStrategy, "as in elections.csv"),
        Column("fault", of: \.key.kind, "as in elections.csv"),
        Column("point", of: \.key.point, "as in elections.csv"),
        Column("znodes", of: \.key.znodes, "as in elections.csv"),
        Column("data_bytes", of: \.key.dataBytes, "as in elections.csv"),
        Column("proxied", of: \.key.isProxied, "as in elections.csv"),
        Column("faults", of: \.rows.count, "that the row is of"),
        Column("complete", of: \.complete, "of those, with all phases"),
    ]

    private static let phaseColumns: [Column<ElectionSummary>] = phases.map { phase in
        Column(
            "\(phase.name)_p50_ms",
            of: { $0.phase(phase.value)?.median },
            "median over the complete faults",
            caution: "medians of phases need not add up to the median outage"
        )
    }

    private static let outageColumns: [Column<ElectionSummary>] = [
        Column("outage_p50_ms", of: \.outage?.median, "median of the outages"),
        Column("outage_p50_low_ms", of: \.outage?.medianInterval?.low, "95 % interval (docs/reference/errors.md)"),
        Column("outage_p50_high_ms", of: \.outage?.medianInterval?.high, "95 % interval (docs/reference/errors.md)"),
        Column("outage_p90_ms", of: \.outage?.p90, "90th percentile", caution: "of few faults: see `faults`"),
        Column("outage_max_ms", of: \.outage?.max, "the longest", caution: "one fault"),
        Column(
            "writes_owed_p50",
            of: \.writesOwed?.median,
            "median of the writes that the schedule planned in the outage"
        ),
        Column("sessions_moved", of: \.sessionsMoved, "over all faults"),
        Column("sessions_expired", of: \.sessionsExpired, "over all faults"),
        Column("watches_placed", of: \.watchesPlaced, "over all faults"),
        Column("watches_kept", of: \.watchesKept, "over all faults"),
        Column(
            "old_leader_back_p50_ms",
            of: \.oldLeaderBack?.median,
            "median time until the old leader served again"
        ),
    ]

    /// How well the medians are known. They came later than these, so they stand behind them all.
    private static let errorColumns: [Column<ElectionSummary>] =
        phases.flatMap { phase in limits("\(phase.name)_p50", "_ms") { $0.phase(phase.value) } }
        + limits("writes_owed_p50", "", \.writesOwed) + limits("old_leader_back_p50", "_ms", \.oldLeaderBack)

    private static func limits(
        _ name: String,
        _ unit: String,
        _ figure: @escaping @Sendable (ElectionSummary) -> Distribution?
    ) -> [Column<ElectionSummary>] {
        let meaning = "95 % interval of `\(name)\(unit)`; empty for one fault"
        return [
            Column("\(name)_low\(unit)", of: { figure($0)?.interval?.low }, meaning),
            Column("\(name)_high\(unit)", of: { figure($0)?.interval?.high }, meaning),
        ]
    }
}
