import Foundation
import Results
import Statistics

/// The series of a history and where their levels changed, as one JSON document.
public enum HistoryDocument {
    private struct Document: Encodable {
        let schemaVersion = 1
        let series: [Series]
    }

    private struct Series: Encodable {
        let load: String
        let environmentDigest: String
        /// Absent of lines of older versions.
        let fingerprint: String?
        let metric: String
        let unit: String
        let points: [Point]
        let changes: [Change]
    }

    /// Median, least and greatest of a commit's runs.
    private struct Point: Encodable {
        let time: String
        let commit: String
        let median: Double
        let min: Double
        let max: Double
    }

    private struct Change: Encodable {
        /// The first of the new level.
        let time: String
        let commit: String
        let before: Double
        let after: Double
        let p: Double
        /// `worse`, `better` or `changed`.
        let verdict: String
    }

    public static func text(_ series: [HistorySeries]) throws -> String {
        let document = Document(
            series: series.map { one in
                Series(
                    load: one.label,
                    environmentDigest: one.environmentDigest,
                    fingerprint: one.fingerprint,
                    metric: one.name,
                    unit: one.unit,
                    points: one.points.map {
                        Point(time: $0.time, commit: $0.commit, median: $0.value, min: $0.min, max: $0.max)
                    },
                    changes: one.changes.map { change in
                        Change(
                            time: one.points[change.index].time,
                            commit: one.points[change.index].commit,
                            before: change.before,
                            after: change.after,
                            p: change.p,
                            verdict: one.words(change)
                        )
                    }
                )
            }
        )
        return String(decoding: try JSONEncoder.zabbench.encode(document), as: UTF8.self) + "\n"
    }
}
