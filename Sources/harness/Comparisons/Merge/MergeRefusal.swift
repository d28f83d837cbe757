import Report
import Results

/// Why folders are not merged; one line for the user.
public enum MergeRefusal: Error, Equatable, CustomStringConvertible {
    /// One folder twice, or a copy of it.
    case sameRun(one: String, other: String, run: String)
    /// A folder that was merged itself.
    case merged(String)
    case noHistograms(folder: String, run: String)
    case badHistograms(folder: String, other: String, reason: String)
    case badManifest(folder: String)
    case unlike(one: String, other: String, Fingerprint.Difference)
    case sameKeys(one: String, other: String, keys: String)
    case lacks(folder: String, run: String, other: String)
    case twice(folder: String, run: String)
    /// Faults, storms and turns.
    case notOfLoads(folder: String, what: String)

    /// Of the process.
    public var exitCode: ExitStatus {
        switch self {
        case .sameRun, .merged, .badManifest: .usage
        case .noHistograms, .badHistograms: .failed
        case .unlike, .sameKeys, .lacks, .twice, .notOfLoads: .notComparable
        }
    }

    public var description: String {
        switch self {
        case .sameRun(let one, let other, let run):
            "\(one) and \(other) are the same run (\(run)), which would count twice; name each generator's own folder once"
        case .merged(let folder):
            "\(folder): it was merged itself; name the folders that it was merged from, which its manifest.json lists"
        case .noHistograms(let folder, let run):
            "\(folder)/latency.hlog: it has no response and service times of \(run), without which percentiles cannot be "
                + "merged; copy the whole folder again"
        case .badHistograms(let folder, let other, let reason):
            "\(folder)/latency.hlog and \(other)/latency.hlog: \(reason), so they cannot be added; make both runs with one "
                + "version of zabbench"
        case .badManifest(let folder):
            "\(folder)/manifest.json: missing, damaged or of an older zabbench; copy the whole folder again, or run again "
                + "with this version"
        case .unlike(let one, let other, let difference):
            "\(one) and \(other) cannot be merged: \(difference.text); merge runs of one workload on the same servers"
        case .sameKeys(let one, let other, let keys):
            "\(one) and \(other) cannot be merged: both wrote to the znodes below \(keys)-*, so neither's proof is its own; run "
                + "one of them again"
        case .lacks(let folder, let run, let other):
            "\(folder): it lacks the run \(run), which \(other) has; merge folders that have the same runs"
        case .twice(let folder, let run):
            "\(folder): it has the run \(run) twice, so nobody can tell which is meant; remove one of the lines from its "
                + "summary.csv"
        case .notOfLoads(let folder, let what):
            "\(folder): it has \(what), which belong to one harness and its servers; only loads without them can be merged"
        }
    }
}
