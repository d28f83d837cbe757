import ArgumentParser
import Comparing
import Foundation
import Glibc
import Report
import Statistics

struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Says of each metric whether the candidate's stored runs are worse than the baseline's, or cannot tell.",
        discussion: """
            zabbench compare results/reference/quick results/latest
            zabbench compare old new --metrics cpu_us_per_write,syncs_per_write --format markdown

            zabbench compare base/ candidate/ --pairs    two folders of results folders, whose runs were made in turns

            A run is a sample, so both folders need several runs of each load (repeats in the workload file). Runs stored at \
            different times hold the machine's drift between them too; zabbench refuses unlike machines, builds and \
            workloads, and cannot see the rest.

            Metrics: \(ComparedMetric.all.map(\.name).joined(separator: ", "))

            Exit codes: 0 nothing regressed, 1 a load that the baseline has results for has none in the candidate, 2 a \
            metric regressed, 3 with --strict: something is inconclusive, 4 the candidate lost or reordered an acknowledged \
            write, 5 the baseline is missing or not comparable, 64 wrong usage.
            """
    )

    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, markdown, junit, github, json
    }

    @Argument(help: "A results folder, or a summary.csv in one.", completion: .directory)
    var baseline: String

    @Argument(help: "Another, results/latest for instance.", completion: .directory)
    var candidate: String

    @Flag(help: "Takes the n-th runs of a load on both sides as a pair: only for runs that were made in turns.")
    var pairs = false

    @Option(help: "Metrics to compare, with commas between; fewer of them need fewer runs. All by default.")
    var metrics: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A change in percent that nobody minds, instead of the metric's own; may be repeated.",
            valueName: "metric=percent"
        )
    )
    var margin: [String] = []

    @Option(help: "The chance of one false alarm or more in the whole comparison.")
    var level = 0.01

    @Flag(help: "Compares unlike machines, builds or workloads all the same, and says so in every output.")
    var force = false

    @Flag(help: "Exit code 3 where something is inconclusive, instead of 0.")
    var strict = false

    @Option(help: "What is printed: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = Format.table

    @Option(help: "Writes it to a file; standard output then gets the table.", completion: .file())
    var out: String?

    func validate() throws { _ = try options() }

    private func options() throws -> StoredComparison.Options {
        if let out, out.isEmpty { throw ValidationError("--out is empty; name a file") }
        var options = try Self.options(metrics: metrics, margin: margin, level: level)
        options.force = force
        options.design = pairs ? .pairs : .stored
        return options
    }

    /// What `compare` and `ab` are told alike.
    static func options(metrics: String?, margin: [String], level: Double) throws -> StoredComparison.Options {
        guard level > 0, level < 1 else { throw ValidationError("--level \(level): it must lie between 0 and 1") }
        var margins: [String: Margin] = [:]
        for text in margin {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2, let percent = Double(parts[1]), let share = Margin(share: percent / 100) else {
                throw ValidationError("--margin \(text): say metric=percent, cpu_us_per_write=3 for instance")
            }
            margins[parts[0]] = share
        }
        let names = metrics?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        do {
            return StoredComparison.Options(
                metrics: try ComparedMetric.chosen(names, margins: margins),
                level: level
            )
        } catch { throw ValidationError("\(error)") }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let comparison = try Self.comparison(baseline, candidate, options: options())
        let code = comparison.exitCode(strict: strict)
        try Self.publish(comparison, format: format, out: out, exitCode: code)
        if code != 0 { throw ExitCode(code) }
    }

    /// - Throws: the refusal's exit code, after a line that says why.
    static func comparison(
        _ baseline: String,
        _ candidate: String,
        options: StoredComparison.Options
    ) throws -> Comparison {
        do {
            return try StoredComparison.run(baseline: baseline, candidate: candidate, options: options)
        } catch {
            Diagnostics.line("zabbench: \(error)")
            throw ExitCode(error.exitCode)
        }
    }

    /// Prints a comparison, or writes it to a file and prints the table.
    static func publish(_ comparison: Comparison, format: Format, out: String?, exitCode: Int32) throws {
        func table() -> String { ComparisonTable.text(comparison, isColoured: TerminalColor.isWanted()) }
        let text =
            switch format {
            case .table: out == nil ? table() : ComparisonTable.text(comparison)
            case .markdown: ComparisonMarkdown.text(comparison)
            case .junit: ComparisonJUnit.text(comparison)
            case .github: ComparisonAnnotations.text(comparison)
            case .json: try ComparisonDocument.text(comparison, exitCode: exitCode)
            }
        guard let out else {
            Output.write(text)
            return
        }
        try Diagnostics.writeFile(text, to: out)
        Output.write(table())
    }
}

/// Lines on standard error, and files that the user named.
enum Diagnostics {
    static func line(_ text: String) {
        let bytes = Array((text + "\n").utf8)
        _ = bytes.withUnsafeBytes { Glibc.write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    /// - Throws: exit code 1, after a line that says why.
    static func writeFile(_ text: String, to path: String) throws {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        } catch {
            line("zabbench: \(path): it cannot be written; name a file in a folder that exists")
            throw ExitCode(1)
        }
    }
}
