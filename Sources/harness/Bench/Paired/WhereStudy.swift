import Comparisons
import Foundation
import Report
import Results
import Workload

/// Where the processor time of a comparison's sides went: by thread from the pairs that were made, by stage and by
/// function from a few more, whose servers are watched and which no verdict is made of.
struct WhereStudy {
    /// Of the watched pairs: a function that costs 2 % of the time is then known to about a tenth.
    static let watchedPairs = 4

    let sides: [PairedSession.Side]
    /// For the watched pairs' results.
    let folder: String

    /// Makes the watched pairs.
    ///
    /// - Parameter pair: makes one pair.
    /// - Returns: the tables.
    /// - Throws: what `pair` throws.
    func tables(making pair: ([PairedSession.Side]) async throws -> PairOutcome) async throws -> String {
        var blocks = [block("by thread", "us of processor time a write", threads())]
        let objection = await PerfRecorder.objection()
        var functions: [CostBreakdown.Pair] = []
        var watched = sides
        for index in watched.indices {
            watched[index].folder = "\(folder)/watched-\(["a", "b"][index])"
            watched[index].overrides.append("trace=true")
            watched[index].file.traces = true
        }
        for number in 1...Self.watchedPairs {
            Diagnostics.note("Pair \(number) of \(Self.watchedPairs) that are watched, to see where the time goes")
            if objection == nil {
                for index in watched.indices {
                    watched[index].profile = PerfRecorder(file: "\(folder)/perf-\(["a", "b"][index]).data")
                }
            }
            do {
                guard try await pair(watched) == .whole else { break }
            } catch let end as ExplainedEnd where end.status == .failed {
                // Fewer pairs say less, and the verdict stands without them.
                break
            }
            if objection == nil, let pair = await sampled(watched) { functions.append(pair) }
        }
        blocks.append(block("by stage", "us of a write's time, mean of traced writes", stages(watched)))
        if let objection {
            blocks.append(objection + "\n")
        } else {
            blocks.append(block("by function", "us of processor time a write, by perf's samples", functions))
        }
        let head =
            "Where: B against A. A star marks a change that its own 95 % interval leaves no doubt of; of twenty parts\n"
            + "one has a star by chance.\n\n"
        return head + blocks.joined(separator: "\n")
    }

    private func block(_ title: String, _ unit: String, _ pairs: [CostBreakdown.Pair]) -> String {
        guard !pairs.isEmpty else { return "\(title): nothing was measured\n" }
        return CostBreakdown(title: title, pairs: pairs).text(unit: unit)
    }

    /// By the counters of the pairs that the verdict is made of.
    private func threads() -> [CostBreakdown.Pair] {
        pairs(of: sides) { folder, run in
            guard let total = run.cost.cpuMicrosecondsPerWrite else { return [:] }
            return ThreadCosts.costs(
                Self.rows(folder),
                runID: run.tag.runID,
                warmUp: run.load.warmUpSeconds,
                total: total
            )
        }
    }

    private func stages(_ sides: [PairedSession.Side]) -> [CostBreakdown.Pair] {
        pairs(of: sides) { folder, run in StageCosts.costs(Self.rows(folder), runID: run.tag.runID) }
    }

    /// None where the file was spoilt meanwhile: then it says nothing.
    private static func rows<Row: ResultRow>(_ folder: ResultsFolder) -> [Row] { (try? folder.rows(Row.self)) ?? [] }

    /// The results of one side's pairs, in the order in which they were made.
    private static func folders(in root: String) -> [ResultsFolder] {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []).sorted {
            // The second of a second has -2 at its end, the tenth -10.
            ($0.split(separator: "-").prefix(1).joined(), $0.count, $0)
                < ($1.split(separator: "-").prefix(1).joined(), $1.count, $1)
        }
        return names.filter { $0 != "latest" }.compactMap { try? ResultsFolder(existing: root + "/" + $0) }
    }

    /// The newest pair's samples; nil where a side has none.
    private func sampled(_ sides: [PairedSession.Side]) async -> CostBreakdown.Pair? {
        var costs: [[String: Double]] = []
        for side in sides {
            guard let samples = await side.profile?.samples(), samples.total > 0,
                let run = Self.folders(in: side.folder).last.map({ Self.rows($0) as [SummaryRow] })?.last,
                let total = run.cost.cpuMicrosecondsPerWrite
            else { continue }
            costs.append(CostBreakdown.costs(samples.counts.mapValues(Double.init), total: total))
        }
        return costs.count == 2 ? CostBreakdown.Pair(baseline: costs[0], candidate: costs[1]) : nil
    }

    /// What is known of both sides of each pair; of pairs with several loads, of each load.
    private func pairs(
        of sides: [PairedSession.Side],
        _ costs: (ResultsFolder, SummaryRow) -> [String: Double]
    ) -> [CostBreakdown.Pair] {
        let all = sides.map { side in
            Self.folders(in: side.folder).flatMap { folder in Self.rows(folder).map { costs(folder, $0) } }
        }
        return zip(all[0], all[1]).filter { !$0.isEmpty && !$1.isEmpty }
            .map { CostBreakdown.Pair(baseline: $0, candidate: $1) }
    }
}
