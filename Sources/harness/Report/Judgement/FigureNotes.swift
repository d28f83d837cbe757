import Results

/// What is said once below a table of how well its figures are known.
enum FigureNotes {
    /// HdrHistogram of three digits: a value is known to one of 1024 steps of its power of two at worst.
    static let latencyStep = 1.0 / 1024

    /// - Parameter figures: of the table.
    static func lines(_ groups: [LoadPointSummary], figures: [LoadFigure]) -> [String] {
        var lines: [String] = []
        if groups.contains(where: \.hasRepeats) {
            lines.append(
                "±: the farther limit of the median's 95 % interval (docs/reference/errors.md has the method)."
            )
        }
        lines += single(groups.filter { $0.valid.count == 1 }, isAll: !groups.contains(where: \.hasRepeats), figures)
        if groups.contains(where: { group in figures.contains { PointFigure(group, $0)?.isOfFew == true } }) {
            lines.append(
                "\(PointFigure.fewMark): fewer than \(PointFigure.fewestOperations) operations of a run are beyond this quantile: "
                    + "it shows those few, not the system."
            )
        }
        if figures.contains(where: \.isRatio), groups.contains(where: { PointFigure($0, .timesFloor) != nil }) {
            lines.append(
                "x floor and % of limit do not include the calibration's own error, which zabbench calibrate prints."
            )
        }
        return lines
    }

    /// What is known of figures without repeats.
    private static func single(
        _ groups: [LoadPointSummary],
        isAll: Bool,
        _ figures: [LoadFigure]
    ) -> [String] {
        let rows = groups.flatMap(\.valid)
        guard !rows.isEmpty else { return [] }
        var parts = ["measured for \(windows(rows)); latencies are in steps of 0.1 %"]
        for (name, figure) in [("p99", LoadFigure.responseP99), ("p99.9", .responseP999)]
        where figures.contains(where: { $0.name == figure.name }) {
            if let range = support(groups, figure) { parts.append("\(name) is based on \(range) operations") }
        }
        return [
            (isAll ? "One run each" : "\(FigureError.unknown): one run")
                + ", so the spread between runs is unknown: --repeats 5 measures it (docs/reference/errors.md). Each run was "
                + parts.joined(separator: "; ") + "."
        ]
    }

    /// `10.0 s`, `3.50 to 10.0 s`.
    static func windows(_ rows: [SummaryRow]) -> String {
        let texts = [rows.map(\.durationSeconds).min(), rows.map(\.durationSeconds).max()].compactMap { $0 }
            .map(ConsoleTable.threeDigits)
        return (Set(texts).count > 1 ? texts : Array(texts.prefix(1))).joined(separator: " to ") + " s"
    }

    /// `277 (serial) to 33,085 (saturation)`.
    private static func support(_ groups: [LoadPointSummary], _ figure: LoadFigure) -> String? {
        let known = groups.compactMap { group in PointFigure(group, figure)?.restsOn.map { (group, $0) } }
        guard let least = known.min(by: { $0.1 < $1.1 }), let most = known.max(by: { $0.1 < $1.1 }) else { return nil }
        let isOneLoad = least.0.rows.first?.load.point == most.0.rows.first?.load.point
        func words(_ entry: (LoadPointSummary, Int)) -> String {
            // A name that both have tells nothing.
            let name = isOneLoad ? "" : entry.0.rows.first?.load.point ?? ""
            return ConsoleTable.grouped(Double(entry.1)) + (name.isEmpty ? "" : " (\(name))")
        }
        return least.1 == most.1 ? ConsoleTable.grouped(Double(least.1)) : "\(words(least)) to \(words(most))"
    }
}
