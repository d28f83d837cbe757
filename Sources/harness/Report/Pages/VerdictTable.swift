import Results

/// The durability of strategies, one a row, those that lose something in red.
public struct VerdictTable: Sendable {
    private let verdicts: [DurabilityVerdict]

    public init(_ verdicts: [DurabilityVerdict]) { self.verdicts = verdicts }

    public func text(on display: Display) -> String {
        let shown = isNatural ? [] : [0, 1]
        let columns: [(ConsoleTable.Column, (DurabilityVerdict) -> String)] = [
            (.init("batching", .left), \.batching), (.init("in flight", .right), { "\($0.inFlight)" }),
        ]
        var table = ConsoleTable(
            columns: [.init("strategy", .left)] + shown.map { columns[$0].0 } + [
                .init("process crash", .left, isProse: true), .init("power loss", .left, isProse: true),
                .init("acknowledged", .right, rank: 2), .init("lost", .right),
                .init("most in one run", .right, rank: 1),
            ]
        )
        for (row, verdict) in verdicts.enumerated() {
            let counts = [verdict.acknowledged, verdict.lost, Self.mostLost(verdict)]
            let words =
                [verdict.strategy] + shown.map { columns[$0].1(verdict) }
                + [Self.word(verdict.processCrash), Self.word(verdict.powerLoss)]
            table.cells.append(
                words.map { ConsoleTable.Cell($0) }
                    + counts.map {
                        ConsoleTable.Cell(ConsoleTable.grouped(Double($0)), short: ConsoleTable.short(Double($0)))
                    }
            )
            if !verdict.losesNothing { table.red[row] = Set(table.columns.indices) }
        }
        return table.text(on: display) + display.paragraphs(verdicts.isEmpty ? [] : [sentence + how(verdicts)])
            + examples
    }

    /// A command each that plays a loss again, whole on its line, so that it can be copied.
    private var examples: String {
        let commands = verdicts.compactMap(\.exampleCommand)
        guard !commands.isEmpty else { return "" }
        return (["To play a loss again:"] + commands.map { "  " + $0 }).joined(separator: "\n") + "\n"
    }

    /// How groups were made, where that is the same in all rows and has no column.
    private func how(_ verdicts: [DurabilityVerdict]) -> String {
        guard isNatural, let first = verdicts.first else { return "" }
        return " Batching: \(first.batching), \(first.inFlight) in flight."
    }

    /// Whether groups were made the same way in all of them.
    private var isNatural: Bool { Set(verdicts.map { "\($0.batching) \($0.inFlight)" }).count <= 1 }

    /// For a page: what was played in a sentence, and a row for each strategy. How groups were made has its columns where it
    /// varies.
    public var markdown: String {
        var titles = ["Strategy", "Process crash", "Power loss", "Acknowledged", "Lost", "Most in one run", "Example"]
        var rule = ["---", "---", "---", "---:", "---:", "---:", "---"]
        if !isNatural {
            titles.insert(contentsOf: ["Batching", "In flight"], at: 1)
            rule.insert(contentsOf: ["---", "---:"], at: 1)
        }
        let rows = verdicts.map { verdict -> [String] in
            let example = verdict.exampleCommand.map { "`\($0.replacing("zabbench simulate ", with: ""))`" } ?? ""
            var cells = [verdict.strategy]
            if !isNatural { cells += [verdict.batching, "\(verdict.inFlight)"] }
            cells += [verdict.processCrash, verdict.powerLoss].map(Self.boldWord)
            cells += [Double(verdict.acknowledged), Double(verdict.lost), Double(Self.mostLost(verdict))]
                .map(ConsoleTable.grouped)
            return cells + [example]
        }
        let table = ([titles, rule] + rows).map { "| " + $0.joined(separator: " | ") + " |" }
        return ([sentence, ""] + table).joined(separator: "\n").replacing(" |  |", with: " | |") + "\n"
    }

    /// How much was played, in all strategies together.
    private var sentence: String {
        func sum(_ count: (DurabilityVerdict) -> Int) -> String {
            ConsoleTable.grouped(Double(verdicts.reduce(0) { $0 + count($1) }))
        }
        let seeds = Set(verdicts.map { "\($0.firstSeed) to \($0.lastSeed)" }).sorted().joined(separator: ", ")
        return "Seeds \(seeds): \(sum { $0.processCrash.runs + $0.powerLoss.runs }) runs, "
            + "\(sum(\.processCrash.crashes)) processes killed in the first scenario, \(sum(\.powerLoss.crashes)) losses of "
            + "power and kills of servers in the second, \(sum(\.acknowledged)) acknowledged writes, \(sum(\.lost)) of them lost."
    }

    private static func mostLost(_ verdict: DurabilityVerdict) -> Int {
        max(verdict.processCrash.mostLostInOneRun, verdict.powerLoss.mostLostInOneRun)
    }

    /// What a reader must not miss in bold.
    private static func boldWord(_ trial: DurabilityVerdict.Trial) -> String {
        let text = word(trial)
        guard let first = text.split(separator: " ").first, first == "loses" || first == "fails" else { return text }
        return "**\(first)**" + text.dropFirst(first.count)
    }

    /// `survives`, or in how many of the runs it did not, and why.
    static func word(_ trial: DurabilityVerdict.Trial) -> String {
        if trial.survives { return "survives" }
        guard trial.failedRuns > 0 else { return "not tried" }
        let what = trial.lost > 0 ? "loses" : "fails"
        return "\(what) in \(trial.failedRuns) of \(trial.runs) runs"
    }
}
