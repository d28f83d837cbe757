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
    public var skipped: [SkippedRuns]
    /// Runs without a row, since their servers ended.
    public var failed: [FailedRun]
    public var points: [Point]
    /// One for each load on each ensemble that has one.
    public var curves: [Curve]
    /// One for each load of each other system than ours, or than the first; empty where there is nothing to compare.
    public var ratios: [Ratio]
    /// One for each load on several shards that one ensemble was given, too.
    public var shardRatios: [Ratio]
    /// One for each fault.
    public var elections: [RowObject<ElectionRow>]
    /// One for each storm.
    public var storms: [RowObject<StormRow>]
    public var runs: [RowObject<SummaryRow>]

    public init(
        rows: [SummaryRow],
        skipped: [SkippedRuns] = [],
        failed: [FailedRun] = [],
        elections: [ElectionRow] = [],
        storms: [StormRow] = [],
        folder: String,
        workload: String,
        exitCode: ExitStatus
    ) {
        self.workload = workload
        self.folder = folder
        self.exitCode = exitCode
        self.skipped = skipped
        self.failed = failed
        points = LoadPointSummary.grouped(rows).map(Point.init)
        curves = LoadCurve.all(of: rows).map(Curve.init)
        ratios = SystemRatio.all(rows).map(Ratio.init)
        shardRatios = ShardRatio.all(rows).map(Ratio.init)
        self.elections = elections.map(RowObject.init)
        self.storms = storms.map(RowObject.init)
        runs = rows.map(RowObject.init)
    }

    public func text() throws -> String {
        String(decoding: try JSONEncoder.zabbench.encode(self), as: UTF8.self) + "\n"
    }

    /// A row of the table.
    public struct Point: Encodable, Sendable {
        let summary: LoadPointSummary

        init(_ summary: LoadPointSummary) { self.summary = summary }

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
            try put("window_s_min", summary.valid.map(\.durationSeconds).min())
            try put("latency_step_share", FigureNotes.latencyStep)
            for figure in LoadFigure.all {
                let found = PointFigure(summary, figure)
                let name = figure.name
                try put("\(name)_median", found?.distribution.median)
                try put("\(name)_min", found?.distribution.min)
                try put("\(name)_max", found?.distribution.max)
                // Of the median, 95 %; null with one run.
                try put("\(name)_low", found?.distribution.interval?.low)
                try put("\(name)_high", found?.distribution.interval?.high)
                if figure.quantile != nil { try put("\(name)_rests_on", found?.restsOn) }
            }
            try put("runs_foreign_limited", summary.disturbed.count)
            try put("calibration_note", summary.valid.compactMap(\.limits.note).first)
        }
    }
}
