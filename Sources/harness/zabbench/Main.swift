import ArgumentParser
import Bench
import Glibc
import Report

@main
struct Zabbench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zabbench",
        abstract: "Measure a replicated, durable log, and prove that no acknowledged write was lost.",
        discussion: """
            Starts an ensemble of servers that speak ZooKeeper's protocol (or takes one that \
            is already running), loads it, reads every acknowledged write back, and writes \
            tables, CSV files and a report.

            zabbench run workloads/quick.yaml          three servers, under a minute
            zabbench run workloads/ensemble-size.yaml  1, 3, 5 and 7 servers
            zabbench run workloads/fsync.yaml          ways to make the log durable
            zabbench init election                     how long is an outage? writes
            zabbench run election.yaml                 a workload, then runs it
            zabbench run workloads/leader-bottleneck.yaml
            zabbench explain results/latest            what limits the leader
            zabbench ab --a main --b HEAD workloads/ab.yaml
                                                       did a change make it slower?
            zabbench run workloads/saturation.yaml --connect HOST:2181,HOST:2181
                                                       a running ZooKeeper, all its servers

            Add --dry-run to see which runs a command would make and how long they would \
            take. Change any setting of a workload with --set: --set duration_s=5 \
            --set ensemble.sizes=[3,5]. Run 'zabbench doctor' first to check the machine.

            Results go to results/<UTC>-<workload>/ (--results DIR), and results/latest links \
            to the newest. After 'make install' the workloads are in \
            PREFIX/share/zabbench/workloads.

            \(ExitStatus.help(ExitStatus.allCases.filter { $0 != .objectiveMissed }))
            """,
        version: ProgramVersion.line,
        // Those that the harness starts itself; help does not list them.
        subcommands: [JanitorCommand.self, NullCommand.self, YardstickCommand.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Measure",
                subcommands: [
                    RunCommand.self, InitCommand.self, RecordCommand.self, DoctorCommand.self, CalibrateCommand.self,
                ]
            ),
            CommandGroup(
                name: "Read Results",
                subcommands: [
                    ShowCommand.self, ExplainCommand.self, ReportCommand.self, MergeCommand.self, ColumnsCommand.self,
                ]
            ),
            CommandGroup(
                name: "Compare Builds",
                subcommands: [
                    PairedCommand.self, CompareCommand.self, HistoryCommand.self, ExactCommand.self, PowerCommand.self,
                ]
            ),
            CommandGroup(name: "Prove", subcommands: [VerdictCommand.self, SimulateCommand.self]),
            CommandGroup(name: "Serve and Maintain", subcommands: [ServeCommand.self, FiguresCommand.self]),
        ]
    )

    /// As ArgumentParser's own, but that what has been explained already is an exit code and nothing more.
    static func main() async {
        let arguments = QuietOptions.spelledOut(Array(CommandLine.arguments.dropFirst()))
        var command: any ParsableCommand
        do {
            if let word = wrongHelp(arguments) { throw ValidationError(ParserHints.unknownCommand(word)) }
            command = try parseAsRoot(arguments)
        } catch {
            refuse(error, arguments)
        }
        do {
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch let end as ExplainedEnd {
            exit(withError: ExitCode(end.status))
        } catch {
            exit(withError: error)
        }
    }

    /// The command of `zabbench help COMMAND` if there is no such: the parser would take it for no command at all.
    private static func wrongHelp(_ arguments: [String]) -> String? {
        guard arguments.first == "help", arguments.count > 1, !arguments[1].hasPrefix("-") else { return nil }
        let all = configuration.subcommands.compactMap { $0.configuration.commandName }
        return all.contains(arguments[1]) || arguments[1] == "help" ? nil : arguments[1]
    }

    /// Ends with the parser's words, or better ones.
    private static func refuse(_ error: any Error, _ arguments: [String]) -> Never {
        let code = exitCode(for: error)
        // Help and the version are no refusals.
        guard code.rawValue == ExitStatus.usage.rawValue else { exit(withError: error) }
        Diagnostics.line(ParserHints.refusal(arguments, message: fullMessage(for: error)))
        exit(withError: ExitCode(.usage))
    }
}
