import ArgumentParser
import Comparisons
import Report
import Statistics

/// What `compare` and `ab` are told alike: what is judged, how strictly, and how it is said.
struct ComparisonOptions: ParsableArguments {
    @Option(help: "Metrics to compare, separated by commas; all by default. Fewer metrics need fewer runs.")
    var metrics: String?

    @Option(
        parsing: .singleValue,
        help: ArgumentHelp(
            "A change in percent that does not matter, instead of the metric's own; repeatable.",
            discussion: "Without a metric it holds for all: --margin 0 makes any proved slowdown a regression.",
            valueName: "[metric=]percent"
        )
    )
    var margin: [String] = []

    @Option(help: "Highest chance of any false alarm in the whole comparison.")
    var level = 0.01

    @Flag(help: "Exit with 3 instead of 0 if noise leaves anything inconclusive.")
    var strict = false

    @Flag(help: "Exit with 0 instead of 3 if there are too few runs to prove anything.")
    var lenient = false

    @OptionGroup var output: OutputOptions<VerdictFormat>

    func validate() throws {
        if strict, lenient { throw ValidationError("--strict and --lenient exclude each other; remove one") }
        _ = try judging()
    }

    /// What is judged and how strictly; the design and `force` are the command's to say.
    ///
    /// - Throws: `ValidationError` for an unknown metric, or a margin or level that is none.
    func judging() throws -> StoredComparison.Options {
        guard level > 0, level < 1 else { throw ValidationError("--level \(level): give a number between 0 and 1") }
        var common: Margin?
        var margins: [String: Margin] = [:]
        for text in margin {
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard let last = parts.last, let percent = Double(last), let share = Margin(share: percent / 100) else {
                throw ValidationError(
                    "--margin \(text): give METRIC=PERCENT (cpu_us_per_write=3), or one percent for all metrics"
                )
            }
            if parts.count == 2 { margins[parts[0]] = share } else { common = share }
        }
        let names = metrics?.split(separator: ",", omittingEmptySubsequences: false).map(String.init) ?? []
        do {
            return StoredComparison.Options(
                metrics: try ComparedMetric.chosen(names, margin: common, margins: margins),
                level: level
            )
        } catch { throw ValidationError("\(error)") }
    }

    /// Prints a comparison, or writes it to a file and prints the table.
    ///
    /// - Returns: the exit code that the comparison asks for, or that of an output which is not whole.
    func publish(_ comparison: Comparison) throws -> ExitStatus {
        let code = comparison.exitCode(strict: strict, lenient: lenient)
        return try output.publish(exitCode: code) { format, display in
            try Self.text(comparison, as: format, exitCode: code, on: display)
        }
    }

    static func text(
        _ comparison: Comparison,
        as format: VerdictFormat,
        exitCode: ExitStatus,
        on display: Display = .document
    ) throws -> String {
        switch format {
        case .table: ComparisonTable.text(comparison, on: display)
        case .markdown: ComparisonMarkdown.text(comparison)
        case .junit: ComparisonJUnit.text(comparison)
        case .github: ComparisonAnnotations.text(comparison)
        case .json: try ComparisonDocument.text(comparison, exitCode: exitCode)
        }
    }
}
