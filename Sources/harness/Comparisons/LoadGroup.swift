import Report

/// What makes two runs repeats of each other, whatever made them: the cells that say what was asked for.
public struct LoadGroup: Hashable, Sendable {
    /// The columns of summary.csv that tell loads apart; a file of an older version has some of them empty.
    public static let columns = [
        "system", "placement", "ensemble_size", "fsync_strategy", "batch_policy", "in_flight", "log_directories",
        "point",
        "load_mode", "clients", "outstanding", "payload_bytes", "rate_per_s", "connect_to", "mix", "keys", "links",
        "turn_ms",
    ]

    /// In the order of `columns`.
    public let cells: [String]

    public init(_ row: [String], of table: CSVTable) { cells = Self.columns.map { table.text(row, $0) } }

    /// - Parameter members: cells by column; what is missing is empty.
    public init(members: [String: String]) { cells = Self.columns.map { members[$0] ?? "" } }

    public func text(_ column: String) -> String { Self.columns.firstIndex(of: column).map { cells[$0] } ?? "" }

    /// The cells that say something, by column.
    public var members: [String: String] {
        Dictionary(uniqueKeysWithValues: zip(Self.columns, cells).filter { !$0.1.isEmpty })
    }

    /// So that a shuffled order of runs does not show.
    var order: (String, String, Int, String) {
        (text("system"), text("point"), Int(text("ensemble_size")) ?? 0, cells.joined(separator: " "))
    }

    /// `zabbench, 3 servers, saturation: closed 16x64, 128 B, fdatasync_recycled natural`.
    public var label: String {
        var load = text("point").isEmpty ? "" : text("point") + ": "
        load += text("load_mode").replacing("_", with: " ")
        if let rate = Double(text("rate_per_s")) { load += " \(ConsoleTable.grouped(rate))/s" }
        load += " \(text("clients"))x\(text("outstanding")), \(text("payload_bytes")) B"
        let log = [text("fsync_strategy"), text("batch_policy")].filter { !$0.isEmpty }.joined(separator: " ")
        let parts = [text("system"), "\(text("ensemble_size")) servers", load, log]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    /// The labels of groups, made longer where two would be one: `..., mix=set:100`.
    public static func labels(_ groups: [LoadGroup]) -> [LoadGroup: String] {
        var byLabel: [String: [LoadGroup]] = [:]
        for group in Set(groups) { byLabel[group.label, default: []].append(group) }
        var labels: [LoadGroup: String] = [:]
        for (label, same) in byLabel {
            let differing = columns.indices.filter { column in Set(same.map { $0.cells[column] }).count > 1 }
            for group in same {
                labels[group] = ([label] + differing.map { "\(columns[$0])=\(group.cells[$0])" }).joined(
                    separator: ", "
                )
            }
        }
        return labels
    }
}
