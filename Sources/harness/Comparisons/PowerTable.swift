import Report
import Statistics

/// A study for a terminal: the same two tables as power.md has.
public enum PowerTable {
    public static func text(_ study: PowerStudy, on display: Display = .document) -> String {
        var text = ""
        let alarms = study.rows.filter { $0.percent == 0 }
        if !alarms.isEmpty {
            text += "False alarms: a build against itself\n" + table(alarms, isSlowed: false).text(on: display)
            text += display.paragraphs(PowerText.bound(alarms).map { [$0] } ?? []) + "\n"
        }
        let slowed = study.rows.filter { $0.percent > 0 }
        if !slowed.isEmpty {
            text += "Power: one side slower on purpose\n" + table(slowed, isSlowed: true).text(on: display) + "\n"
        }
        return text + display.paragraphs(PowerText.notes(study).map { $0.replacing("*", with: "") })
    }

    private static func table(_ rows: [PowerStudy.Row], isSlowed: Bool) -> ConsoleTable {
        let slowdown: [ConsoleTable.Column] = [
            .init("slowdown", .right), .init("metric", .left), .init("came to", .right, rank: 2),
            .init("95 % interval", .right, rank: 5),
        ]
        let verdicts: [Verdict] =
            isSlowed
            ? [.regressed, .equivalent, .inconclusive, .improved] : [.regressed, .improved]
        var table = ConsoleTable(
            columns: (isSlowed ? slowdown : [.init("metric", .left)]) + [
                .init("pairs", .right, rank: 6), .init("spread of a pair", .right, rank: 4),
                .init("sees", .right, rank: 1),
                .init("made: regressed", .right),
            ]
                + verdicts.enumerated().map { place, verdict in
                    .init("drawn: \(verdict.rawValue)", .right, rank: place == 0 ? 0 : 2 + place)
                }
        )
        for row in rows {
            let isMetric = row.metric != nil
            let head =
                isSlowed
                ? [
                    "\(PowerSamples.plain(row.percent)) %", PowerText.name(row),
                    isMetric ? Figures.change(row.ratio) : "", isMetric ? Figures.interval(row.interval) : "",
                ] : [PowerText.name(row)]
            table.rows.append(
                head.map { $0.replacing("*", with: "") } + PowerText.noise(row)
                    + ["\(row.made.counts[.regressed] ?? 0) of \(row.made.total)"]
                    + verdicts.map { Figures.percent(row.drawn.share($0)) }
            )
        }
        return table
    }
}
