import ArgumentParser
import Bench
import Glibc
import Report
import Targets

struct FiguresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Fills the figures of pages in Markdown in from the commands that make them.",
        discussion: """
            A figure is the output of a command, between two comments that name the command:

            <!-- figures: zabbench show results/reference/quick -->
            <!-- /figures -->

            The commands run in the current folder. They are zabbench's own, cat FILE, and result FOLDER TEXT..., two \
            sentences about the one load in whose description all TEXTs occur. --check writes nothing and names each page \
            and line whose figure is not what its command prints.

            zabbench figures README.md docs/*.md docs/*/*.md
            zabbench figures --check README.md docs/*.md docs/*/*.md

            \(ExitStatus.help([.pass, .failed, .usage], [.failed: "with --check: a figure is stale"]))
            """
    )

    @Argument(help: "Pages in Markdown.", completion: .file(extensions: ["md"]))
    var pages: [String] = []

    @Flag(help: "Writes nothing, and names what is stale.")
    var check = false

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        let outcome: FigureStudy.Outcome
        do {
            outcome = try FigureStudy(pages: pages, program: ZabbenchProgram.path()).run(isCheck: check)
        } catch {
            throw CommandEnd.refuse(error)
        }
        if check { for line in outcome.stale { Diagnostics.line("zabbench: stale: " + line) } }
        let count = outcome.stale.count
        try Output.write("\(outcome.figures) figures, \(count) \(check ? "stale" : "filled in anew")\n")
        if check, count > 0 { throw ExitCode(.failed) }
    }
}
