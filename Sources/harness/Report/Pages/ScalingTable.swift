import Results

/// scaling.csv for a terminal: a row for each load, with the 95 % intervals of its line and the sizes predicted from it.
public enum ScalingTable {
    /// Empty where no load was run on enough sizes.
    public static func text(_ rows: [ScalingRow], on display: Display = .document) -> String {
        let loads = Dictionary(grouping: rows, by: \.subject).sorted { $0.key < $1.key }
        let fits = loads.compactMap { key, rows in
            rows.first { $0.kind == .fit && $0.quantity == "us_per_write" }.map { (key, $0, rows) }
        }
        guard !fits.isEmpty else { return "" }
        let resources = rows.filter { $0.kind == .prediction }.map(\.quantity)
            .reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
        var table = ConsoleTable(columns: [
            .init("load", .left, isProse: true, proseMin: 26), .init("µs/write, 1 server (95 %)", .left),
            .init("µs per follower (95 %)", .left), .init("runs", .right, rank: 1),
        ])
        table.columns += resources.map { .init(words($0), .left, rank: 2) }
        for (key, fit, rows) in fits {
            table.rows.append(
                [
                    key.loadName, interval(fit.intercept, fit.interceptLow, fit.interceptHigh),
                    interval(fit.slope, fit.slopeLow, fit.slopeHigh), fit.runs.map(String.init) ?? "-",
                ]
                    + resources.map { resource in
                        cell(rows.first { $0.kind == .prediction && $0.quantity == resource })
                    }
            )
        }
        var notes = "1/throughput = a + b (servers - 1)."
        if !resources.isEmpty { notes += " The last columns: the size from which that resource is exhausted." }
        if fits.contains(where: { $0.1.isMachineLimited }) {
            notes += " Some runs had more servers than cores, so these fits describe this machine."
        }
        return table.text(on: display) + display.paragraphs([notes])
    }

    /// `1 Gb/s`, `loop thread`.
    private static func words(_ resource: String) -> String {
        let parts = resource.split(separator: "_")
        guard parts.first == "network", parts.count == 3 else { return parts.joined(separator: " ") }
        return "\(parts[1]) Gb/s"
    }

    private static func interval(_ value: Double?, _ low: Double?, _ high: Double?) -> String {
        func figure(_ value: Double?) -> String { value.map(ConsoleTable.threeDigits) ?? "-" }
        return "\(figure(value)) (\(figure(low)) to \(figure(high)))"
    }

    private static func cell(_ row: ScalingRow?) -> String {
        switch row?.verdict {
        case .reached: "at \(ConsoleTable.threeDigits(row?.servers ?? 0))"
        case .never: "never"
        case .unknown, nil: "-"
        }
    }
}
