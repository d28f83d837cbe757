import Statistics

/// What `--json` prints: one document with the rows of summary.csv and the medians of the table.
public enum JSONDocument {
    /// - Parameters:
    ///   - skipped: what this machine does not offer.
    ///   - elections: one for each fault; without any the document has no such member.
    ///   - folder: where the files are.
    ///   - exitCode: what the process will return.
    public static func text(
        rows: [SummaryRow],
        skipped: [SkippedStrategy] = [],
        elections: [ElectionRow] = [],
        folder: String,
        workload: String,
        exitCode: Int32
    ) -> String {
        var lines = ["{"]
        lines.append("  \"schema_version\": \(RunTag.schemaVersion),")
        lines.append("  \"workload\": \(quoted(workload)),")
        lines.append("  \"folder\": \(quoted(folder)),")
        lines.append("  \"exit_code\": \(exitCode),")
        let skips = skipped.map { "{\"strategy\": \(quoted($0.strategy)), \"reason\": \(quoted($0.reason))}" }
        lines.append("  \"skipped\": [" + list(skips) + "],")
        lines.append("  \"points\": [" + list(LoadPointSummary.grouped(rows).map(object)) + "],")
        if !elections.isEmpty {
            let objects = elections.map { row in
                "{"
                    + ElectionRow.columns.map { "\(quoted($0.name)): \(encoded($0.value(row)))" }.joined(
                        separator: ", "
                    ) + "}"
            }
            lines.append("  \"elections\": [" + list(objects) + "],")
        }
        lines.append("  \"runs\": [" + list(rows.map(object)) + "]")
        lines.append("}")
        return lines.joined(separator: "\n") + "\n"
    }

    private static func list(_ objects: [String]) -> String {
        objects.isEmpty ? "" : "\n    " + objects.joined(separator: ",\n    ") + "\n  "
    }

    private static func object(_ row: SummaryRow) -> String {
        let members = SummaryRow.columns.map { "\(quoted($0.name)): \(encoded($0.value(row)))" }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func object(_ point: LoadPointSummary) -> String {
        var members = [
            "\"system\": \(quoted(point.key.system))", "\"ensemble_size\": \(point.key.ensembleSize)",
            "\"load\": \(quoted(point.loadName))",
            "\"fsync_strategy\": \(encoded(.text(point.key.fsyncStrategy)))",
            "\"batch_policy\": \(encoded(.text(point.key.batchPolicy)))",
            "\"in_flight\": \(encoded(.integer(point.key.inFlight)))",
            "\"log_directories\": \(encoded(.text(point.key.logDirectories)))",
            "\"survives_process_crash\": \(encoded(.flag(point.durability.survivesProcessCrash)))",
            "\"survives_power_loss\": \(encoded(.flag(point.durability.survivesPowerLoss)))",
            "\"runs\": \(point.rows.count)",
            "\"runs_valid\": \(point.valid.count)",
        ]
        let figures: [(String, (SummaryRow) -> Double?)] = [
            ("offered_per_s", { $0.offeredPerSecond }), ("achieved_per_s", { $0.achievedPerSecond }),
            ("response_p50_us", { $0.response.p50Microseconds }), ("response_p99_us", { $0.response.p99Microseconds }),
            ("service_p50_us", { $0.service.p50Microseconds }), ("service_p99_us", { $0.service.p99Microseconds }),
            ("batch_mean", { $0.log.batchMean }), ("x_floor", { $0.limits.timesFloor }),
            ("percent_of_limit", { $0.limits.percent }),
        ]
        for (name, figure) in figures {
            let distribution = point.distribution(figure)
            members.append("\"\(name)_median\": \(encoded(.number(distribution?.median)))")
            members.append("\"\(name)_min\": \(encoded(.number(distribution?.min)))")
            members.append("\"\(name)_max\": \(encoded(.number(distribution?.max)))")
        }
        return "{" + members.joined(separator: ", ") + "}"
    }

    private static func encoded(_ value: CSVValue) -> String {
        switch value {
        case .missing: "null"
        case .text(let text): text.isEmpty ? "null" : quoted(text)
        case .integer, .number, .flag: value.plain.isEmpty ? "null" : value.plain
        }
    }

    /// A JSON string (RFC 8259).
    static func quoted(_ text: String) -> String {
        var out = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": out += "\\\""
            case "\\": out += "\\\\"
            case "\n": out += "\\n"
            case "\r": out += "\\r"
            case "\t": out += "\\t"
            case _ where scalar.value < 0x20:
                let hex = String(scalar.value, radix: 16)
                out += "\\u" + String(repeating: "0", count: 4 - hex.count) + hex
            default: out.unicodeScalars.append(scalar)
            }
        }
        return out + "\""
    }
}
