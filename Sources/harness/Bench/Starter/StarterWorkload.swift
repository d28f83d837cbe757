import Foundation
import Glibc
import Report
import Targets
import Words
import Workload

/// A commented workload file for a question, to begin with.
public struct StarterWorkload: Sendable {
    public let question: StarterQuestion
    public let text: String

    /// - Parameter file: what the comments call the file.
    /// - Throws: `WorkloadError` or `TargetError`; a template that is wrong is a bug.
    public init(_ question: StarterQuestion, file: String) throws {
        self.question = question
        let draft = question.template.replacing("{file}", with: file)
        let workload = try WorkloadFile(yaml: draft, source: file)
        let options = BenchSession.Options(
            outRoot: "results",
            dataRoot: DataFolder.defaultRoot,
            logRoots: [],
            keepsData: false,
            overrides: [],
            survey: nil,
            serverProgram: try ZabbenchProgram.path(),
            commandLine: [],
            wantsVerdicts: false
        )
        let plan = RunPlan(workload.plannedRuns(), file: workload, options: options)
        let time = "\(RunSchedule.about(seconds: plan.seconds)) (\(CountedNoun.text(plan.runs.count, "run")))"
        text = draft.replacing("{time}", with: time)
    }

    /// Writes it to a file that is not there yet.
    ///
    /// - Parameter replaces: whether one that is there is replaced.
    /// - Throws: `UsageError` where a file is in the way, `ExplainedEnd` where nothing can be written.
    public func write(to path: String, replaces: Bool) throws {
        var information = stat()
        if stat(path, &information) == 0, information.st_mode & S_IFMT == S_IFREG, !replaces {
            throw UsageError("\(path) already exists; name another file, or replace it with --force")
        }
        try Diagnostics.checkFile(path)
        try Diagnostics.writeFile(text, to: path)
    }

    /// What to type next.
    public static func next(_ question: StarterQuestion, file: String) -> String {
        let quoted = file.contains { !($0.isLetter || $0.isNumber || "._-/+,".contains($0)) } ? "'\(file)'" : file
        return "Wrote \(file). Look at its comments, then:\n  zabbench run \(quoted)\n"
    }
}
