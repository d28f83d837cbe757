import ArgumentParser
import Bench
import Report

/// What `--dry-run` ends in: the plan on standard output, what may go wrong on standard error.
enum PlanOutput {
    /// - Parameter print: prints a plan that ends with the code, and says with which one the process does.
    /// - Throws: exit code 1 where a disk has not the room, or the output is not whole.
    static func publish(_ plan: RunPlan, _ print: (RunPlan, ExitStatus) throws -> ExitStatus) throws {
        for warning in plan.warnings { Diagnostics.line("warning: \(warning)") }
        var code = ExitStatus.pass
        do { try plan.check() } catch { code = Diagnostics.status(saying: error) }
        code = try print(plan, code)
        if code != .pass { throw ExitCode(code) }
    }
}
