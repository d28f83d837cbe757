import Report
import Simulator

/// An exact result for a terminal: what the load points cost for each write (the baseline has the sums), what differs, and
/// what follows from it.
public enum ExactTable {
    public static func text(_ result: ExactResult) -> String {
        let table = result.measurement.loads.isEmpty ? "" : table(result.measurement).text + legend + "\n"
        return table + (result.findings + [result.conclusion]).map { $0 + "\n" }.joined()
    }

    /// Every other table of this program has a ±.
    private static let legend = "Quotients of counts that are the same in each run: rounded, and without an error.\n"

    static func table(_ measurement: ExactMeasurement) -> ConsoleTable {
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
        return table
    }

    private static func twoDecimals(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        let rest = hundredths % 100
        return "\(hundredths / 100).\(rest < 10 ? "0" : "")\(rest)"
    }
}
