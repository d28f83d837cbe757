import Comparisons
import Foundation
import Measure
import Report
import Results
import Workload

extension PairedStudy {
    /// report.html of the pairs that were made.
    ///
    /// - Parameter comparison: what they came to.
    public func page(_ comparison: Comparison) -> String {
        let folders = sides.map(\.folder)
        let read = try? folders.map { try StoredRuns(path: $0) }
        return PairedPage(
            title: root.name,
            comparison: comparison,
            runs: read.map { (a: $0[0], b: $0[1]) },
            neighbours: neighbours.means,
            machine: machine(folders[0])
        ).html
    }

    /// Of the first pair; what cannot be read is left out.
    private func machine(_ folder: String) -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
        for name in names {
            guard let results = try? ResultsFolder(existing: "\(folder)/\(name)"),
                let head = try? ManifestHead(reading: results.read("manifest.json"), name: name)
            else { continue }
            return head.machine
        }
        return ""
    }
}

extension [PairRow] {
    /// Of each pair the mean over its loads.
    fileprivate var means: [PairedPage.Neighbours] {
        Dictionary(grouping: self, by: \.pair).sorted { $0.key < $1.key }.map { pair, rows in
            func mean(_ side: LoadTurns.Side) -> Double? {
                let shares = rows.compactMap { $0.loads[side]?.taken }
                return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
            }
            return PairedPage.Neighbours(pair: pair, a: mean(.a), b: mean(.b))
        }
    }
}
