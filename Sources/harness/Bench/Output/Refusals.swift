import Client
import Comparisons
import Report
import Results
import Targets
import Workload

/// Something that its user can set right, in the command or in a file that it names.
public struct UsageError: Error, Equatable, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// The end of what a command does, after a line on standard error that says why. What remains is the exit code.
public struct ExplainedEnd: Error, Equatable {
    public let status: ExitStatus

    public init(_ status: ExitStatus) { self.status = status }
}

extension Diagnostics {
    /// Says on standard error why nothing more is done, unless that has been said.
    ///
    /// - Returns: `usage` where the user can set it right in the command or the workload, `failed` where the machine
    ///   refuses, or what the error itself asks for.
    public static func status(saying error: any Error) -> ExitStatus {
        if let end = error as? ExplainedEnd { return end.status }
        let place = error is ClientError ? "--connect: " : ""
        line("zabbench: \(place)\(error)")
        switch error {
        case is WorkloadError, is ClientError, is UsageError, is PowerError, is ExternalMistake: return .usage
        // A folder or a file that is none of ours: another name sets it right.
        case is ExplanationError, is ManifestError, HistoryError.unreadable, HistoryError.notHistory:
            return .usage
        case let error as ResultsError where error.isMistake: return .usage
        case let failure as BuildUnderTest.Failure: return failure.isUsage ? .usage : .failed
        case let refusal as StoredComparison.Refusal: return refusal.exitCode
        case let refusal as MergeRefusal: return refusal.exitCode
        default: return .failed
        }
    }
}
