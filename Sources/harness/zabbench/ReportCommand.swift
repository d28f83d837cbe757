import ArgumentParser
import Bench
import Glibc
import Report
import Results

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Makes a results folder's scaling.csv and report.html again, from its other files.",
        discussion: "For folders of an older zabbench, and after rows of several folders were put together."
    )

    @Argument(help: "The results folder, results/latest for instance.", completion: .directory)
    var folder: String

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            let results = try ResultsFolder(existing: folder)
            let manifest = try ManifestHead(reading: results.read("manifest.json"), name: folder + "/manifest.json")
            try results.writeScaling()
            try results.writeReport(machine: manifest.machine)
        } catch {
            throw CommandEnd.refuse(error)
        }
        try Output.write("\(folder)/report.html\n")
    }
}
