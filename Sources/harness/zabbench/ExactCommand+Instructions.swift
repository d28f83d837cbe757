import ArgumentParser
import Bench
import Exact
import Foundation
import Report
import Workload

/// `exact --instructions`
extension ExactCommand {
    /// What callgrind runs: plays the load points, and says what they were.
    func playForCallgrind(_ workload: ExactWorkload) throws {
        do { print(try InstructionReport.play(workload.loads)) } catch {
            Diagnostics.line("zabbench exact: \(error)")
            throw ExitCode(.failed)
        }
    }

    func compareInstructions() throws {
        let before: Result<InstructionBaseline, ExactBaselineError>
        do { before = .success(try InstructionBaseline(path: baselinePath)) } catch { before = .failure(error) }
        if !update, case .failure(let error) = before { throw try refusal(error.description) }
        let measurement: InstructionMeasurement
        do {
            let run = try CallgrindRun(
                workload: file,
                program: program ?? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
                path: ProcessInfo.processInfo.environment["PATH"] ?? ""
            )
            let interruption = Interruption(saying: "Interrupted: ending valgrind; once more to leave at once.") {
                run.stop()
            }
            defer { interruption.end() }
            let (report, build) = try run.describe()
            if !update, case .success(let baseline) = before,
                let obstacle = InstructionComparison.obstacle(build, engine: report.engine, in: baseline)
            {
                throw try refusal("\(baselinePath): \(obstacle); make one with --instructions --update, and commit it")
            }
            measurement = try count(run, build)
        } catch let error as InstructionError {
            if error.isInterruption { throw ExitCode(.interrupted) }
            guard error.isObstacle else {
                Diagnostics.line("zabbench exact: \(error)")
                throw ExitCode(.failed)
            }
            throw try refusal(error.description)
        }
        if update {
            var baseline = (try? before.get()) ?? InstructionBaseline()
            baseline.insert(measurement)
            try Diagnostics.writeFile(baseline.text, to: baselinePath)
        }
        let comparison = before.map { InstructionComparison(measurement, with: $0) }
        let result = InstructionResult(measurement, comparison, baseline: baselinePath, isUpdate: update)
        let code = try publish(result)
        guard code == .pass else { throw ExitCode(code) }
    }

    private func count(
        _ run: CallgrindRun,
        _ build: InstructionMeasurement.Build
    ) throws(InstructionError) -> InstructionMeasurement {
        let line = Diagnostics.progressLine()
        defer { line.clear() }
        line.show(run: 1, of: 1, fraction: 0, text: "counting instructions in valgrind, which takes a minute or two")
        return try run.count(build)
    }

    /// Nothing was counted, and one line says why.
    private func refusal(_ reason: String) throws -> ExitCode {
        if output.out == nil { Diagnostics.line("zabbench exact: \(reason)") }
        guard output.chosen != .table || output.out != nil else { return ExitCode(.notComparable) }
        return ExitCode(try publish(InstructionResult(refused: reason, baseline: baselinePath)))
    }

    private func publish(_ result: InstructionResult) throws -> ExitStatus {
        try output.publish(exitCode: result.exitCode) { format, display in
            switch format {
            case .table: InstructionOutputs.table(result, on: display)
            case .markdown: InstructionOutputs.markdown(result)
            case .junit: InstructionOutputs.junit(result)
            case .github: InstructionOutputs.annotations(result)
            case .json: try InstructionOutputs.json(result)
            }
        }
    }
}
