import ArgumentParser
import Bench
import Exact
import Foundation
import Glibc
import Report
import Simulator
import Workload

struct ExactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exact",
        abstract: "Count exactly what a write costs, and compare with the stored baseline.",
        discussion: """
            Plays every load point in the simulator, on virtual time and without faults. Syncs, \
            bytes, messages, waits on the critical path and allocations are the same on every \
            machine, so a difference of one is a difference in the code. Allocations are \
            counted in release builds only, and depend on the compiler.

            zabbench exact                 workloads/ci.yaml
            zabbench exact --update        rewrite the baseline, and print what changed
            zabbench exact my.yaml         against my-baseline.json
            zabbench exact --instructions  against workloads/ci-instructions.json

            --instructions counts the instructions of the servers' own code with valgrind, by \
            load point and function; 'make instructions' builds the program that it needs.

            \(ExitStatus.help(
                [.pass, .failed, .regression, .notComparable, .usage],
                [
                    .failed: "a load point cannot be played, or a file cannot be written",
                    .regression: "a count differs (a lower one too: update the baseline)",
                    .notComparable: "no baseline, or one of something else",
                ]
            ))
            """
    )

    @Argument(help: "The load points, a YAML file.", completion: .file(extensions: ["yaml"]))
    var file = "workloads/ci.yaml"

    @Option(
        help: "The baseline; <name>-baseline.json or <name>-instructions.json beside the load points by default."
    )
    var baseline: String?

    @Flag(help: "Count instructions with valgrind, instead of syncs, bytes and allocations.")
    var instructions = false

    @Option(help: "With --instructions: a statically linked program to count; this one by default.")
    var program: String?

    @Flag(help: .private)
    var underValgrind = false

    @Flag(help: "Rewrite the baseline, and print what changed.")
    var update = false

    @OptionGroup var silence: SilenceOption
    @OptionGroup var output: OutputOptions<VerdictFormat>

    var baselinePath: String {
        if let baseline { return baseline }
        let stem = file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
        return stem + (instructions ? "-instructions.json" : "-baseline.json")
    }

    func validate() throws {
        guard program == nil || instructions else {
            throw ValidationError("--program is for --instructions: add that, or leave --program out")
        }
        func place(_ path: String) -> URL { URL(fileURLWithPath: path).standardizedFileURL }
        for taken in [file, baselinePath] where output.out.map(place) == place(taken) {
            throw ValidationError("--out \(taken): that file is read; name another one")
        }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        silence.apply()
        let workload: ExactWorkload
        do { workload = try ExactWorkload(path: file) } catch { throw ValidationError("\(error)") }
        if underValgrind { return try playForCallgrind(workload) }
        try output.check()
        if instructions { return try compareInstructions() }
        // Read before anything is counted: a baseline that is not there is said at once.
        let before: Result<ExactBaseline, ExactBaselineError>
        do { before = .success(try ExactBaseline(path: baselinePath)) } catch { before = .failure(error) }
        if !update, case .failure(let error) = before {
            if output.out == nil { Diagnostics.line("zabbench exact: \(error)") }
            // That line is all that a table would say.
            guard output.chosen != .table || output.out != nil else { throw ExitCode(.notComparable) }
            throw ExitCode(try publish(ExactResult(refused: error, baseline: baselinePath)))
        }
        let measurement: ExactMeasurement
        do { measurement = try measure(workload) } catch {
            Diagnostics.line("zabbench exact: \(error)")
            throw ExitCode(.failed)
        }
        if update {
            try Diagnostics.writeFile(ExactBaseline(measurement).text, to: baselinePath)
        }
        let comparison = before.map { ExactComparison(measurement, with: $0) }
        let code = try publish(ExactResult(measurement, comparison, baseline: baselinePath, isUpdate: update))
        guard code == .pass else { throw ExitCode(code) }
    }

    private func publish(_ result: ExactResult) throws -> ExitStatus {
        try output.publish(exitCode: result.exitCode) { format, display in
            switch format {
            case .table: ExactTable.text(result, on: display)
            case .markdown: ExactMarkdown.text(result)
            case .junit: ExactJUnit.text(result)
            case .github: ExactAnnotations.text(result)
            case .json: try ExactDocument.text(result)
            }
        }
    }

    private func measure(_ workload: ExactWorkload) throws(ExactError) -> ExactMeasurement {
        let line = Diagnostics.progressLine()
        defer { line.clear() }
        return try ExactMeasurement.take(workload.loads) { place in
            line.show(run: place + 1, of: workload.loads.count, fraction: 0, text: workload.loads[place].name)
        }
    }
}
