import ArgumentParser
import Bench
import Glibc
import Report
import Targets
import Words

struct FiguresCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "figures",
        abstract: "Refresh figures in Markdown pages from the commands that print them.",
        discussion: """
            A figure is the output of a command, between two comments that name it:

            <!-- figures: zabbench show results/reference/quick -->
            <!-- /figures -->

            Commands run in the current folder; they are zabbench's own, cat FILE, or result FOLDER TEXT... \
            --check writes nothing, and names page and line of each figure that its command no \
            longer prints.

            zabbench figures README.md docs/*.md docs/*/*.md
            zabbench figures --check README.md docs/*.md docs/*/*.md

            \(ExitStatus.help([.pass, .failed, .usage], [.failed: "a command failed; with --check: a figure is stale"]))
            """
    )

    @Argument(help: "Markdown pages.", completion: .file(extensions: ["md"]))
    var pages: [String] = []

    @Flag(help: "Write nothing; name what is stale.")
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
        try Output.write(
            "\(CountedNoun.text(outcome.figures, "figure")), \(count) \(check ? "stale" : "filled in anew")\n"
        )
        if check, count > 0 { throw ExitCode(.failed) }
    }
}
