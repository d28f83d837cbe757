import Results

/// The durability of strategies, one a row, those that lose something in red.
public struct VerdictTable: Sendable {
    private let verdicts: [DurabilityVerdict]

    public init(_ verdicts: [DurabilityVerdict]) { self.verdicts = verdicts }

    public func text(isColoured: Bool) -> String {
        var table = ConsoleTable(columns: [
            ("strategy", .left), ("batching", .left), ("in flight", .right), ("process crash", .left),
            ("power loss", .left), ("acknowledged", .right), ("lost", .right), ("most in one run", .right),
            ("example", .left),
        ])
        for verdict in verdicts {
            table.rows.append([
                verdict.strategy,
                verdict.batching,
                "\(verdict.inFlight)",
                Self.word(verdict.processCrash),
                Self.word(verdict.powerLoss),
                ConsoleTable.grouped(Double(verdict.acknowledged)),
                ConsoleTable.grouped(Double(verdict.lost)),
                ConsoleTable.grouped(
                    Double(max(verdict.processCrash.mostLostInOneRun, verdict.powerLoss.mostLostInOneRun))
                ),
                verdict.exampleCommand ?? "",
            ])
        }
        guard isColoured else { return table.text }
        // Two lines of titles come first.
        let lines = table.text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return lines.enumerated().map { index, line in
            let isLossy = verdicts.indices.contains(index - 2) && !verdicts[index - 2].losesNothing
            return isLossy ? TerminalColor.red(line) : line
        }.joined(separator: "\n")
    }

    /// `survives`, or in how many of the runs it did not, and why.
    static func word(_ trial: DurabilityVerdict.Trial) -> String {
        if trial.survives { return "survives" }
        guard trial.failedRuns > 0 else { return "not tried" }
        let what = trial.lost > 0 ? "loses" : "fails"
        return "\(what) in \(trial.failedRuns) of \(trial.runs) runs"
    }
}
