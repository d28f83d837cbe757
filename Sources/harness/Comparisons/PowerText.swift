import Report
import Statistics

/// A study as two tables of Markdown: false alarms and power.
public enum PowerText {
    public static func markdown(_ study: PowerStudy) -> String {
        var text = ""
        let alarms = study.rows.filter { $0.percent == 0 }
        if !alarms.isEmpty {
            text +=
                "### False alarms: a build against itself\n\n" + self.alarms(alarms) + "\n"
                + (bound(alarms).map { $0 + "\n\n" } ?? "")
        }
        let slowed = study.rows.filter { $0.percent > 0 }
        if !slowed.isEmpty { text += "### Power: one side slower on purpose\n\n" + power(slowed) + "\n" }
        return text + notes(study).map { $0 + "\n" }.joined()
    }

    /// What the columns mean, a sentence or more each; words between stars are emphasized.
    static func notes(_ study: PowerStudy) -> [String] {
        let notes = [
            "*Made*: comparisons as they were run. *Drawn*: \(Count(study.draws, "comparison")) of \(Count(study.pairs, "pair")) "
                + "drawn from all that were run. Level \(Figures.p(study.level)) for a whole comparison, p by Holm; *sees* is "
                + "the smallest change for the worse that \(Count(study.drawnPairs, "pair")) find in 95 of 100 cases, by the "
                + "pairs' spread."
        ]
        guard study.others > 0 else { return notes }
        return notes + [
            "\(Count(study.others, "comparison")) of another number of pairs \(study.others == 1 ? "is" : "are") drawn from, "
                + "but not counted as made."
        ]
    }

    private static func alarms(_ rows: [PowerStudy.Row]) -> String {
        var text =
            "| Metric | Pairs | Spread of a pair | Sees | Made | regressed | improved | equivalent | inconclusive "
        text += "| Drawn: regressed | improved |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        for row in rows {
            let counts = [Verdict.regressed, .improved, .equivalent, .inconclusive].map {
                "\(row.made.counts[$0] ?? 0)"
            }
            let cells =
                [name(row)] + noise(row) + ["\(row.made.total)"] + counts
                + [Figures.percent(row.drawn.share(.regressed)), Figures.percent(row.drawn.share(.improved))]
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    /// How often a whole comparison cries wolf, as far as so many can tell.
    static func bound(_ rows: [PowerStudy.Row]) -> String? {
        guard let whole = rows.first(where: { $0.metric == nil }), whole.made.total > 0 else { return nil }
        let alarms = Proportion(whole.made.counts[.regressed] ?? 0, of: whole.made.total)
        return
            "\(Count(alarms.count, "alarm")) in \(Count(alarms.total, "comparison")) of a build with itself: at most "
            + "\(Figures.percent(alarms.atMost())) of comparisons raise a false alarm (95 %, Clopper and Pearson)."
    }

    private static func power(_ rows: [PowerStudy.Row]) -> String {
        var text = "| Slowdown | Metric | Came to | 95 % interval | Pairs | Spread of a pair | Sees | Made: regressed "
        text += "| Drawn: regressed | equivalent | inconclusive | improved |\n"
        text += "|--:|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n"
        for row in rows {
            let verdicts = [Verdict.regressed, .equivalent, .inconclusive, .improved]
            let cells =
                ["\(PowerSamples.plain(row.percent)) %", name(row)]
                + [
                    row.metric == nil ? "" : Figures.change(row.ratio),
                    row.metric == nil ? "" : Figures.interval(row.interval),
                ]
                + noise(row) + ["\(row.made.counts[.regressed] ?? 0) of \(row.made.total)"]
                + verdicts.map { Figures.percent(row.drawn.share($0)) }
            text += "| " + cells.joined(separator: " | ") + " |\n"
        }
        return text
    }

    static func name(_ row: PowerStudy.Row) -> String { row.metric?.name ?? "*any metric*" }

    static func noise(_ row: PowerStudy.Row) -> [String] {
        guard row.metric != nil else { return ["", "", ""] }
        return ["\(row.pairs)", Figures.percent(row.spread), Figures.percent(row.sees)]
    }
}
