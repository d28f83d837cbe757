import Report
import Simulator

/// What the load points cost for each write, for readers; the baseline has the sums.
public enum ExactTable {
    public static func text(_ measurement: ExactMeasurement) -> String {
        var table = ConsoleTable(columns: [
            ("workload", .left), ("delays/op", .right), ("sync waits/op", .right), ("records/batch", .right),
            ("records/group", .right), ("syncs/write", .right), ("log bytes/write", .right), ("messages/write", .right),
            ("bytes/write", .right), ("allocations/write", .right),
        ])
        for (load, counts) in zip(measurement.loads, measurement.counts) {
            func cell(_ metric: ExactMetric, per other: ExactMetric = .writes) -> String {
                counts.ratio(metric, to: other).map(Self.twoDecimals) ?? "-"
            }
            table.rows.append([
                load.name, cell(.messageDelays, per: .operations), cell(.syncWaits, per: .operations),
                cell(.proposals, per: .batches), cell(.loggedRecords, per: .groupCommits), cell(.syncs),
                cell(.logBytes), cell(.messages), cell(.messageBytes), cell(.allocations),
            ])
        }
        return table.text
    }

    private static func twoDecimals(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
