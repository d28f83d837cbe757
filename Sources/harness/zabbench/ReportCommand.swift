import ArgumentParser
import Bench
import Comparisons
import Glibc
import Report
import Results

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Make a results folder's report.html again, or one page that compares two folders.",
        discussion: """
            zabbench report results/latest         report.html and scaling.csv in it
            zabbench report results/reference/quick results/latest --out page.html

            One folder: useful for folders of an older zabbench, and after merging the rows of \
            several folders.

            Two folders: each load's throughput, latency and processor time side by side, with \
            ratios, their 95 % intervals and the verdicts of zabbench compare; percentiles and \
            sizes in common charts. What cannot be compared is shown with the reason.
            """
    )

    @Argument(
        help: ArgumentHelp("A results folder, results/latest for instance, or two.", valueName: "folder"),
        completion: .directory
    )
    var folders: [String]

    @Option(
        help: "The file for the page of two folders; report-A-vs-B.html in this folder, with their names, by default.",
        completion: .file(extensions: ["html"])
    )
    var out: String?

    func validate() throws {
        guard folders.count <= 2 else {
            throw ValidationError("\(folders.count) folders: name one, or two to put beside each other")
        }
        guard out == nil || folders.count == 2 else {
            throw ValidationError(
                "--out names the page of two folders; the page of one is report.html in the folder itself"
            )
        }
        try OutFile.validate(out)
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        do {
            let path = folders.count == 2 ? try both() : try one(folders[0])
            try Output.write(path + "\n")
        } catch let error as StoredRunsError where error.isMistake {
            throw CommandEnd.refuse(UsageError("\(error)"))
        } catch {
            throw CommandEnd.refuse(error)
        }
    }

    private func one(_ folder: String) throws -> String {
        let results = try ResultsFolder(existing: folder)
        // Before the manifest: folders of other things have none either.
        guard access(folder + "/summary.csv", F_OK) == 0 else { throw ExplanationError(folder: folder) }
        let manifest = try ManifestHead(reading: results.read("manifest.json"), name: folder + "/manifest.json")
        try results.writeScaling()
        try results.writeReport(manifest)
        return "\(folder)/report.html"
    }

    private func both() throws -> String {
        if let out { try Diagnostics.checkFile(out) }
        let sides = try folders.map { try FoldersPage.Side(path: $0) }
        let page = FoldersPage(sides[0], sides[1])
        let path = out ?? FoldersPage.fileName(sides[0], sides[1])
        try Diagnostics.writeFile(page.html, to: path)
        return path
    }
}
