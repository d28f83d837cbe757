import ArgumentParser
import Exact
import Foundation
import Report
import Simulator
import Workload

struct ExactCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "exact",
        abstract: "Count what each write costs, exactly, and compare with the baseline that is checked in.",
        discussion: """
            Every load point is played in the simulator, without faults and on virtual time: syncs, bytes, messages, waits \
            on the critical path and allocations come out the same on every machine, so a difference of one is a \
            difference of the code. Allocations are counted in release builds only, and depend on the compiler.

            zabbench exact                          workloads/ci.yaml against workloads/ci-baseline.json
            zabbench exact --update                 make the baseline anew, and say what changed
            zabbench exact my.yaml --json           against my-baseline.json

            Exit codes: 0 all counts equal, 1 a load point cannot be played, 2 a count differs (a lower one too: update the \
            baseline), 5 there is no baseline or it is of something else, 64 wrong usage.
            """
    )

    @Argument(help: "The load points, in YAML.")
    var file = "workloads/ci.yaml"

    @Option(help: "The baseline; by default beside the load points, as <name>-baseline.json.")
    var baseline: String?

    @Flag(help: "Write the baseline anew, and say what changed.")
    var update = false

    @Flag(help: "The counts and what differs as JSON on standard output.")
    var json = false

    private var baselinePath: String {
        if let baseline { return baseline }
        let stem = file.hasSuffix(".yaml") ? String(file.dropLast(5)) : file
        return stem + "-baseline.json"
    }

    func run() async throws {
        let workload: ExactWorkload
        do { workload = try ExactWorkload(path: file) } catch { throw ValidationError("\(error)") }
        // Read before anything is counted: a baseline that is not there is said at once.
        let before = Result { try ExactBaseline(path: baselinePath) }
        if !update, case .failure(let error) = before { throw Self.say("\(error)", ExitCode(5)) }
        let measurement: ExactMeasurement
        do { measurement = try measure(workload) } catch { throw Self.say("\(error)", ExitCode(1)) }
        let comparison = (try? before.get()).map { ExactComparison(measurement, with: $0) }
        if update {
            do { try Data(ExactBaseline(measurement).text.utf8).write(to: URL(fileURLWithPath: baselinePath)) } catch {
                throw Self.say("\(baselinePath): cannot be written: \(error.localizedDescription)", ExitCode(1))
            }
        }
        let exitCode = update ? 0 : comparison?.exitCode ?? 0
        let output = BufferedOutput()
        if json {
            output.line(try ExactDocument(measurement, comparison, exitCode: exitCode).text())
        } else {
            output.text(ExactTable.text(measurement))
            output.line("")
            for line in lines(comparison) { output.line(line) }
        }
        try output.finish()
        guard exitCode == 0 else { throw ExitCode(exitCode) }
    }

    private func measure(_ workload: ExactWorkload) throws(ExactError) -> ExactMeasurement {
        let line = ProgressLine()
        defer { line.clear() }
        return try ExactMeasurement.take(workload.loads) { place in
            line.show(run: place + 1, of: workload.loads.count, fraction: 0, text: workload.loads[place].name)
        }
    }

    private func lines(_ comparison: ExactComparison?) -> [String] {
        guard let comparison else { return ["\(baselinePath): written, there was none that could be read"] }
        var lines = comparison.differences.map(\.description)
        lines += comparison.obstacles
        lines += comparison.notes
        if update {
            let count = comparison.differences.count
            let isSame = count == 0 && comparison.obstacles.isEmpty
            lines.append("\(baselinePath): written, \(isSame ? "nothing has changed" : "\(count) counts have changed")")
            return lines
        }
        switch comparison.exitCode {
        case 0: lines.append("\(comparison.compared) counts, all as in \(baselinePath)")
        case 2: lines += verdict(comparison.changes)
        default: lines.append("\(baselinePath) is of something else; if that is meant, make it anew with --update")
        }
        return lines
    }

    private func verdict(_ changes: [ExactDifference]) -> [String] {
        func count(_ kind: ExactDifference.Kind) -> Int { changes.count { $0.kind == kind } }
        let words = "\(count(.regressed)) counts regressed, \(count(.better)) are better, \(count(.changed)) changed"
        if count(.regressed) + count(.changed) == 0 {
            return ["\(words): better: update the baseline with --update, and commit it"]
        }
        return ["\(words): if that is meant, update the baseline with --update, and commit it"]
    }

    private static func say(_ text: String, _ code: ExitCode) -> ExitCode {
        FileHandle.standardError.write(Data("zabbench exact: \(text)\n".utf8))
        return code
    }
}
