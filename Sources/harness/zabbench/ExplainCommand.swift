import ArgumentParser
import Bench
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

    @Flag(name: .long, help: "Prints one JSON document instead of paragraphs.")
    var json = false

    func run() throws {
        let text: String
        do {
            let explanation = try Explanation(ResultsFolder(existing: folder))
            text = json ? try explanation.json() : explanation.text
        } catch {
            throw CommandEnd.refuse(error)
        }
        Output.write(text)
    }
}
