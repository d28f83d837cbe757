import ArgumentParser
import Bench
import Glibc
import Report
import Results

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Says what limited each load of a results folder, and what would help most.",
        discussion: """
            Reads the folder's files and nothing else: summary.csv, servers.csv, stages.csv and scaling.csv, as far as they \
            are there. Runs with trace: true in their workload say most.
            """
    )

    @Argument(help: "The results folder, results/latest for instance.", completion: .directory)
    var folder: String

    @OptionGroup var matching: MatchingOption
    @OptionGroup var output: OutputOptions<TableFormat>

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        do {
            let stored = try StoredResults(ResultsFolder(existing: folder))
            let explanation = try Explanation(matching.chosen(of: stored, in: folder))
            try output.publish { format, _ in
                switch format {
                case .table: WrappedText.lines(explanation.text)
                case .json: try explanation.json()
                }
            }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }
}
