/// scaling.csv in sentences: one for each load.
enum ScalingWords {
    static func sentences(_ table: CSVTable) -> [String] {
        let columns = [
            "system", "fsync_strategy", "batch_policy", "in_flight", "log_directories", "placement", "point",
            "load_mode", "clients", "outstanding", "payload_bytes", "connect_to", "mix", "keys",
        ]
        var order: [[String]] = []
        var rowsOf: [[String]: [[String]]] = [:]
        for row in table.rows {
            let key = columns.map { table.text(row, $0) }
            if rowsOf[key] == nil { order.append(key) }
            rowsOf[key, default: []].append(row)
        }
        return order.compactMap { sentence(rowsOf[$0, default: []], table) }
    }

    private static func sentence(_ rows: [[String]], _ table: CSVTable) -> String? {
        func row(_ kind: String, _ quantity: String) -> [String]? {
            rows.first { table.text($0, "kind") == kind && table.text($0, "quantity") == quantity }
        }
        guard let fit = row("fit", "us_per_write") else { return nil }
        func figure(_ column: String) -> String {
            table.number(fit, column).map(ConsoleTable.threeDigits) ?? "-"
        }
        let subject = ScalingRow.Subject(fit, table)
        var text = "\(subject.system), \(subject.words), by size: a write takes \(figure("intercept")) us "
        text += "(95 %: \(figure("intercept_low")) to \(figure("intercept_high"))) and \(figure("slope")) us "
        text +=
            "(\(figure("slope_low")) to \(figure("slope_high"))) for each follower, over \(table.text(fit, "runs")) runs on "
        text += "\(table.text(fit, "sizes").replacing(" ", with: ", ")) servers"
        text += table.number(fit, "r_squared").map { ", R2 \(ConsoleTable.threeDigits($0))." } ?? "."
        let predictions = rows.filter { table.text($0, "kind") == "prediction" }.map { row in
            let resource = table.text(row, "quantity").replacing("_", with: " ")
            let servers = table.number(row, "servers")
            return switch table.text(row, "verdict") {
            case "reached": "\(resource) at \(ConsoleTable.threeDigits(servers ?? 0)) servers"
            case "never": "\(resource) never"
            default: "\(resource) not to be said"
            }
        }
        if !predictions.isEmpty { text += " Predicted limits: \(predictions.joined(separator: ", "))." }
        if table.text(fit, "machine_limited") == "true" {
            text += " Some of these runs had more servers than cores, so the line is one of this machine."
        }
        return text
    }
}
