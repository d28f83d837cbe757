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
        abstract: "Keeps the figures of many commits in one file, plots them, and marks where a level changed.",
        discussion: """
            zabbench history append bench/history.jsonl results/latest
            zabbench run workloads/quick.yaml --history bench/history.jsonl      appends after the run
            zabbench history bench/history.jsonl --html history.html
            zabbench history bench/history.jsonl --format bmf          the newest runs for Bencher
            zabbench history bench/history.jsonl --format customSmallerIsBetter     ... for github-action-benchmark

            Each load of a results folder is one JSON line.

            \(ExitStatus.help(
                [.pass, .failed, .usage],
                [
                    .pass: "also where levels changed",
                    .failed: "a file cannot be read or written, or nothing in it can be used",
                ]
            ))
            """,
        subcommands: [Show.self, Append.self],
        defaultSubcommand: Show.self
    )

    struct Append: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Appends the loads of a results folder, unless they are in the file already."
        )

        @Argument(help: "The history file; it is made if there is none.", completion: .file())
        var file: String

        @Argument(help: "A results folder, results/latest for instance.", completion: .directory)
        var folder: String

        func run() throws {
            signal(SIGPIPE, SIG_IGN)
            do {
                try Output.write(try RunHistory.append(folder, to: file) + "\n")
            } catch {
                throw CommandEnd.refuse(error)
            }
        }
    }

    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "show",
            abstract: "Prints each metric's series and its change points (what zabbench history FILE does)."
        )

        @Argument(help: "The history file.", completion: .file())
        var file: String

        @Option(help: "Metrics to show, with commas between. All by default.")
        var metrics: String?

        @Option(help: "The chance of one false change point or more in the whole file.")
        var level = 0.01

        @Option(help: "Writes a page of charts, too.", completion: .file(extensions: ["html"]))
        var html: String?

        @OptionGroup var output: OutputOptions<HistoryFormat>

        private var chosen: [String] { metrics?.split(separator: ",").map(String.init) ?? [] }

        func validate() throws {
            guard level > 0, level < 1 else { throw ValidationError("--level \(level): it must lie between 0 and 1") }
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
                }
                try output.publish { format, _ in
                    switch format {
                    case .table: HistoryText.text(series)
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
