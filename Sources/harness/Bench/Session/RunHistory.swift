import Comparisons
import Glibc
import Report

/// `zabbench run --history FILE`: what was measured goes into a history, if it can be used.
public struct RunHistory: Sendable {
    public let path: String

    /// Before anything is started: hours of runs must not end at a file that cannot be written.
    ///
    /// - Throws: `UsageError` for no name, `HistoryError` if lines cannot be appended there.
    public init(path: String) throws {
        try Self.checkName(path)
        try HistoryFile.checkAppendable(path)
        self.path = path
    }

    /// The same as far as it can be told without making the file.
    ///
    /// - Throws: `UsageError`, `HistoryError`, `ExplainedEnd`.
    static func check(path: String) throws {
        try checkName(path)
        if access(path, F_OK) == 0 { try HistoryFile.checkAppendable(path) } else { try Diagnostics.checkFile(path) }
    }

    private static func checkName(_ path: String) throws {
        guard !path.isEmpty else { throw UsageError("--history is empty; name a file") }
    }

    /// Appends the loads of a results folder as `zabbench history append` does, or says why it does not.
    ///
    /// - Parameters:
    ///   - folder: the results folder.
    ///   - exitCode: of the run.
    ///   - say: gets one line.
    /// - Returns: the exit code, 1 instead of 0 if nothing could be appended.
    public func append(_ folder: String, exitCode: ExitStatus, say: (String) -> Void) -> ExitStatus {
        if let reason = Self.objection(exitCode) {
            say("\(path): nothing was appended: \(reason)")
            return exitCode
        }
        do {
            say(try Self.append(folder, to: path))
            return exitCode
        } catch {
            say("zabbench: \(error)")
            return .failed
        }
    }

    /// Why a run is no point of a history; nil if it is one.
    private static func objection(_ exitCode: ExitStatus) -> String? {
        switch exitCode {
        // What was measured is as good as if the objective had been held.
        case .pass, .objectiveMissed: nil
        case .lostWrite: "an acknowledged write was lost or reordered"
        case .interrupted: "the run was interrupted"
        default: "the run failed"
        }
    }

    /// - Returns: a line that says what was appended.
    /// - Throws: `HistoryError` or `StoredRunsError`; then nothing was.
    public static func append(_ folder: String, to file: String) throws -> String {
        let runs = try StoredRuns(path: folder)
        let result = try HistoryFile.append(runs, to: file)
        let present = result.present > 0 ? ", \(result.present) were there already" : ""
        let left = Count(runs.disturbed.count, "run")
        let disturbed = runs.disturbed.isEmpty ? "" : ", without \(left) that other programs disturbed"
        return "\(file): \(Count(result.added, "line")) appended\(present)\(disturbed)"
    }
}
