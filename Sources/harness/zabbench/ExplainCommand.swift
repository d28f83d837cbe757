import ArgumentParser
import Bench
import Glibc
import Report
import Results

struct ExplainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain",
        abstract: "Explain what limited each load of a results folder, and what would help most.",
        discussion: """
            zabbench explain results/latest            a table, a row for each load
            zabbench explain results/latest --long     a paragraph for each load

            The table has the limiter, the evidence for it, the largest stage and what would \
            help. It comes from summary.csv, servers.csv, stages.csv and scaling.csv in the \
            folder. Runs with trace: true in the workload give the most detail. For Apache \
            ZooKeeper, only mntr's counters and, on this machine, processor times are known.
            """
    )

    @Argument(help: "The results folder, results/latest for instance.", completion: .directory)
    var folder: String

    @Flag(help: "Explain each load in a paragraph instead of a row of a table.")
    var long = false

    @OptionGroup var matching: MatchingOption
    @OptionGroup var output: OutputOptions<TableFormat>

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        do {
            let results = try ResultsFolder(existing: folder)
            let stored = try StoredResults(results)
            let explanation = try Explanation(matching.chosen(of: stored, in: folder))
            let manifest = try? ManifestHead(reading: results.read("manifest.json"), name: folder + "/manifest.json")
            try output.publish { format, display in
                switch format {
                case .table where long: display.wrapped(explanation.text)
                case .table: ExplanationTable(explanation).text(version: manifest?.zabbenchVersion, on: display)
                case .json: try explanation.json()
                }
            }
        } catch {
            throw CommandEnd.refuse(error)
        }
    }
}
