import ArgumentParser
import Bench
import Glibc
import Report

struct MergeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "merge",
        abstract: "Merge the results of several generators that loaded the same servers at once.",
        discussion: """
            zabbench merge results/host-a results/host-b

            Each folder is what 'zabbench run FILE --connect HOSTS' made on one machine; the \
            same file on all, at the same time. Counts and rates are added, and percentiles \
            come from the added histograms, bucket by bucket: they are those of all \
            operations. What cannot be merged truthfully is left empty \
            (docs/guides/merge.md has each column).

            Folders of other workloads, without one of the runs, or with the same run twice \
            are refused. A merged run is a result only if each part is one, and if all were \
            measured for 90 % of the longest window or more, by the clocks of their machines. \
            An acknowledged write that one generator lost is lost.

            \(ExitStatus.help([.pass, .failed, .lostWrite, .notComparable, .usage, .objectiveMissed]))
            """
    )

    @Argument(help: ArgumentHelp("Results folders, two at least.", valueName: "folder"), completion: .directory)
    var folders: [String]

    @Option(name: .long, help: "Where to create the folder with the results.", completion: .directory)
    var results = "results"

    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard folders.count > 1 else {
            throw ValidationError("\(folders[0]) alone: name the folders of two generators at least")
        }
    }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        let outcome: MergeStudy.Outcome
        do {
            outcome = try MergeStudy(folders: folders, root: results, commandLine: CommandLine.arguments).run()
        } catch {
            throw CommandEnd.refuse(error)
        }
        for warning in outcome.warnings { Diagnostics.line("warning: \(warning)") }
        let code = try output.publish(exitCode: outcome.exitCode) { format, display in
            switch format {
            case .table: outcome.table(on: display)
            case .json: try outcome.json.text()
            }
        }
        if code != .pass { throw ExitCode(code) }
    }
}
