import Foundation
import Results
import Statistics

/// What `zabbench run --json` prints: one document with all that summary.csv and elections.csv hold, and the figures of the
/// table.
public struct JSONDocument: Encodable, Sendable {
    public var schemaVersion = RunTag.schemaVersion
    public var workload: String
    /// Where the files are.
    public var folder: String
    /// Of the process.
    public var exitCode: ExitStatus
    /// What this machine does not offer.
    public var skipped: [SkippedStrategy]
    public var points: [Point]
    /// One for each fault.
    public var elections: [RowObject<ElectionRow>]
    public var runs: [RowObject<SummaryRow>]

    public init(
        rows: [SummaryRow],
        skipped: [SkippedStrategy] = [],
        elections: [ElectionRow] = [],
        folder: String,
        workload: String,
        exitCode: ExitStatus
    ) {
        self.workload = workload
        self.folder = folder
        self.exitCode = exitCode
        self.skipped = skipped
        points = LoadPointSummary.grouped(rows).map(Point.init)
        self.elections = elections.map(RowObject.init)
        runs = rows.map(RowObject.init)
    }

    public func text() throws -> String {
        String(decoding: try JSONEncoder.zabbench.encode(self), as: UTF8.self) + "\n"
    }

    /// A row of the table.
    public struct Point: Encodable, Sendable {
        let summary: LoadPointSummary

        init(_ summary: LoadPointSummary) { self.summary = summary }

        private static let figures: [(name: String, figure: @Sendable (SummaryRow) -> Double?)] = [
            ("offered_per_s", { $0.offeredPerSecond }), ("achieved_per_s", { $0.achievedPerSecond }),
            ("response_p50_us", { $0.response.p50Microseconds }), ("response_p99_us", { $0.response.p99Microseconds }),
            ("service_p50_us", { $0.service.p50Microseconds }), ("service_p99_us", { $0.service.p99Microseconds }),
            ("batch_mean", { $0.log.batchMean }), ("x_floor", { $0.limits.timesFloor }),
            ("percent_of_limit", { $0.limits.percent }), ("foreign_cpu_share", { $0.foreign.share }),
        ]

        public func encode(to encoder: any Encoder) throws {
            var members = encoder.container(keyedBy: MemberKey.self)
            func put(_ name: String, _ value: some ColumnValue) throws {
                try members.encode(value.cell, forKey: MemberKey(name))
            }
            try put("load", summary.loadName)
            // What tells loads apart, under the names of summary.csv.
            for column in LoadKey.columns {
                try members.encode(column.cell(of: summary.key), forKey: MemberKey(column.name))
            }
            try put("survives_process_crash", summary.durability.survivesProcessCrash)
            try put("survives_power_loss", summary.durability.survivesPowerLoss)
            try put("runs", summary.rows.count)
            try put("runs_valid", summary.valid.count)
            for (name, figure) in Self.figures {
                let isRatio = name == "x_floor" || name == "percent_of_limit"
                let distribution = isRatio ? summary.ratio(figure) : summary.distribution(figure)
                try put("\(name)_median", distribution?.median)
                try put("\(name)_min", distribution?.min)
                try put("\(name)_max", distribution?.max)
            }
            try put("runs_foreign_limited", summary.disturbed.count)
            try put("calibration_note", summary.valid.compactMap(\.limits.note).first)
        }
    }
}
