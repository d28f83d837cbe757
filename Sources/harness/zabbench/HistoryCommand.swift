import ArgumentParser
import Bench
import Comparisons
import Foundation
import Glibc
import Report
import Statistics

struct HistoryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "history",
        abstract: "Keep figures of many commits in one file, plot them, find level changes.",
        discussion: """
            zabbench history append bench/history.jsonl results/latest
            zabbench run workloads/quick.yaml --history bench/history.jsonl
            zabbench history bench/history.jsonl --html history.html
            zabbench history bench/history.jsonl --format bmf    for Bencher
            zabbench history bench/history.jsonl --format customSmallerIsBetter
                                                             for github-action-benchmark

            The file has one JSON line for each load of a results folder. run --history \
            appends after the run.

            \(ExitStatus.help(
                [.pass, .failed, .usage],
                [
                    .pass: "done, whether or not levels changed",
                    .failed: "a file cannot be written, or has nothing usable",
                ]
            ))
            """,
        subcommands: [Show.self, Append.self],
        defaultSubcommand: Show.self
    )

    struct Append: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Append the loads of a results folder that the file does not have yet."
        )

        @Argument(help: "The history file, created if missing.", completion: .file())
        var file: String

        @Argument(help: "A results folder, results/latest for instance.", completion: .directory)
        var folder: String

        func run() throws {
            signal(SIGPIPE, SIG_IGN)
            do {
                try Output.write(try RunHistory.append(folder, to: file) + "\n")
            } catch let error as StoredRunsError where error.isMistake {
                throw CommandEnd.refuse(UsageError("\(error)"))
            } catch {
                throw CommandEnd.refuse(error)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Print each metric's series and change points (same as zabbench history FILE)."
        )

        @Argument(help: "The history file.", completion: .file())
        var file: String

        @Option(help: "Metrics to show, separated by commas; all by default.")
        var metrics: String?

        @Option(help: "Highest chance of any false change point in the whole file.")
        var level = 0.01

        @Option(
            help: "Write a page of charts, and print its name instead of the table.",
            completion: .file(extensions: ["html"])
        )
        var html: String?

        @OptionGroup var output: OutputOptions<HistoryFormat>

        private var chosen: [String] { metrics?.split(separator: ",").map(String.init) ?? [] }

        func validate() throws {
            guard level > 0, level < 1 else { throw ValidationError("--level \(level): give a number between 0 and 1") }
            do { _ = try ComparedMetric.chosen(chosen) } catch { throw ValidationError("\(error)") }
        }

        func run() throws {
            signal(SIGPIPE, SIG_IGN)
            try output.check()
            do {
                let history = try HistoryFile(path: file)
                for broken in history.broken {
                    Diagnostics.line("zabbench: \(file):\(broken.line): \(broken.reason); the line is left out")
                }
                let series = try HistorySeries.all(of: history, level: level, metrics: chosen)
                guard !series.isEmpty else { throw HistoryError.empty(path: file) }
                if let html {
                    let name = URL(fileURLWithPath: file).lastPathComponent
                    try Diagnostics.writeFile(HistoryPage.text(title: name, series: series), to: html)
                    // Whoever wants the page wants no thousand lines besides.
                    if output.chosen == .table, output.out == nil {
                        let count = Count(series.count, "series", "series")
                        return try Output.write("\(html): \(count) of \(file)\n")
                    }
                }
                try output.publish { format, display in
                    switch format {
                    case .table: HistoryText.text(series, on: display)
                    case .json: try HistoryDocument.text(series)
                    case .customSmallerIsBetter: try HistoryExport.customSmallerIsBetter.text(series)
                    case .customBiggerIsBetter: try HistoryExport.customBiggerIsBetter.text(series)
                    case .bmf: try HistoryExport.bmf.text(series)
                    }
                }
            } catch {
                throw CommandEnd.refuse(error)
            }
        }
    }
}

/// The forms of a history: a table for people, all of it for programs, and the newest runs for tools that keep histories
/// themselves: customSmallerIsBetter and customBiggerIsBetter are github-action-benchmark's, bmf is Bencher's.
enum HistoryFormat: String, DocumentFormat {
    case table, json, customSmallerIsBetter, customBiggerIsBetter, bmf
}
