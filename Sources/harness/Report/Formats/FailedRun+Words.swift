import Results
import Words

extension ManifestHead {
    /// The runs that were planned and are in no row, as the table says it: a line for each reason.
    public var notMade: [String] { Self.notMade(skipped: skipped ?? [], failed: failedRuns ?? []) }

    /// The same of a session that has no manifest yet.
    static func notMade(skipped: [SkippedRuns], failed: [FailedRun]) -> [String] {
        skipped.map { "Skipped: \($0.words)" } + FailedRun.words(failed)
    }
}

extension FailedRun {
    /// `Failed: 1 run of zookeeper: server 1 exited (exit code 1) before it was serving`: a line for each reason.
    static func words(_ runs: [FailedRun]) -> [String] {
        var lines: [(system: String, reason: String, count: Int)] = []
        for run in runs {
            if let place = lines.firstIndex(where: { $0.system == run.system && $0.reason == run.reason }) {
                lines[place].count += 1
            } else {
                lines.append((run.system, run.reason, 1))
            }
        }
        return lines.map { "Failed: \(CountedNoun.text($0.count, "run")) of \($0.system): \($0.reason)" }
    }
}
