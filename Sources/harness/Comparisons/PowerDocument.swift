import Foundation
import Results
import Statistics

/// What a study of comparisons found, as one JSON document.
public enum PowerDocument {
    private struct Document: Encodable {
        let schemaVersion = 1
        let level: Double
        let pairs: Int
        let drawnPairs: Int
        let draws: Int
        /// Of another number of pairs, and not among those made.
        let otherComparisons: Int
        let rows: [Row]
    }

    private struct Row: Encodable {
        let slowdownPercent: Double
        /// Absent of whole comparisons.
        let metric: String?
        let pairs: Int
        let ratio: Double?
        let ratioLow: Double?
        let ratioHigh: Double?
        let spread: Double?
        let sees: Double?
        let made: [String: Int]
        let drawn: [String: Int]
    }

    public static func text(_ study: PowerStudy) throws -> String {
        let document = Document(
            level: study.level,
            pairs: study.pairs,
            drawnPairs: study.drawnPairs,
            draws: study.draws,
            otherComparisons: study.others,
            rows: study.rows.map { row in
                Row(
                    slowdownPercent: row.percent,
                    metric: row.metric?.name,
                    pairs: row.pairs,
                    ratio: row.ratio,
                    ratioLow: row.interval?.low,
                    ratioHigh: row.interval?.high,
                    spread: row.spread,
                    sees: row.sees,
                    made: counts(row.made),
                    drawn: counts(row.drawn)
                )
            }
        )
        return String(decoding: try JSONEncoder.zabbench.encode(document), as: UTF8.self) + "\n"
    }

    private static func counts(_ tally: PowerStudy.Tally) -> [String: Int] {
        Dictionary(uniqueKeysWithValues: Verdict.allCases.map { ($0.rawValue, tally.counts[$0] ?? 0) })
    }
}
