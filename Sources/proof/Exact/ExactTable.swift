import Report
import Simulator

/// An exact result for a terminal: what the load points cost for each write (the baseline has the sums), what differs, and
/// what follows from it.
public enum ExactTable {
    public static func text(_ result: ExactResult, on display: Display = .document) -> String {
        let table = result.measurement.loads.isEmpty ? "" : table(result.measurement).text(on: display) + legend + "\n"
        return table + (result.findings + [result.conclusion]).map { $0 + "\n" }.joined()
    }

    /// Every other table of this program has a ±.
    private static let legend = "Ratios of counts that are the same in every run: rounded, and without an error.\n"

    static func table(_ measurement: ExactMeasurement) -> ConsoleTable {
        var table = ConsoleTable(columns: [
            .init("workload", .left), .init("delays/op", .right), .init("sync waits/op", .right, rank: 3),
            .init("records/batch", .right, rank: 5), .init("records/group", .right, rank: 4),
            .init("syncs/write", .right), .init("log bytes/write", .right, rank: 2), .init("messages/write", .right),
            .init("bytes/write", .right, rank: 1), .init("allocations/write", .right),
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
