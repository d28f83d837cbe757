/// How a command of zabbench ends. All commands use the one table:
///
/// | Code | Case | Meaning |
/// |---:|---|---|
/// | 0 | `pass` | done; nothing failed and nothing regressed |
/// | 1 | `failed` | a run, a build or an output failed |
/// | 2 | `regression` | a metric or a count regressed |
/// | 3 | `inconclusive` | nothing regressed, but no verdict either way: too few runs, or with `--strict` too much noise |
/// | 4 | `lostWrite` | an acknowledged write was lost or reordered; it outweighs every other code |
/// | 5 | `notComparable` | the baseline is missing or not comparable |
/// | 64 | `usage` | wrong usage: a command, a workload or a configuration to be corrected (sysexits' EX_USAGE) |
/// | 99 | `objectiveMissed` | a service level objective was missed (k6's code for a threshold) |
/// | 130 | `interrupted` | interrupted (a shell's code for SIGINT) |
public enum ExitStatus: Int32, CaseIterable, Sendable, Encodable {
    case pass = 0
    case failed = 1
    case regression = 2
    case inconclusive = 3
    case lostWrite = 4
    case notComparable = 5
    case usage = 64
    case objectiveMissed = 99
    case interrupted = 130

    /// A few words, as the table of docs/reference/exit-codes.md and the help texts have them.
    public var meaning: String {
        switch self {
        case .pass: "pass"
        case .failed: "a run failed"
        case .regression: "a metric or a count regressed"
        case .inconclusive: "cannot tell"
        case .lostWrite: "an acknowledged write was lost or reordered"
        case .notComparable: "baseline missing or not comparable"
        case .usage: "wrong usage"
        case .objectiveMissed: "an objective was missed"
        case .interrupted: "interrupted"
        }
    }

    /// The sentence of a command's help text.
    ///
    /// - Parameters:
    ///   - statuses: those that the command can end with.
    ///   - details: where a status means something more exact than in the table.
    public static func help(_ statuses: [ExitStatus], _ details: [ExitStatus: String] = [:]) -> String {
        let words = statuses.map { "\($0.rawValue) \(details[$0] ?? $0.meaning)" }
        return "Exit codes: " + words.joined(separator: ", ") + "."
    }
}
