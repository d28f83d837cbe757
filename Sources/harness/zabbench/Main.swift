import ArgumentParser
import Bench
import Glibc
import Report

@main
struct Zabbench: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "zabbench",
        abstract: "Starts a replicated, durable ensemble, loads it, proves that nothing was lost, and measures it.",
        discussion: """
            zabbench run workloads/quick.yaml      three servers, one load, a table and CSV files
            zabbench serve zoo.cfg                 one server, from a ZooKeeper configuration
            zabbench simulate --seeds 1..2000      whole ensembles on virtual time, with faults, checked at every event
            zabbench calibrate                     what this disk, the loopback and one core can do at best
            zabbench show results/latest           the tables of stored runs again, or some of their rows
            zabbench explain results/latest        what limited each load, and what would help most
            zabbench verdict                       which sync strategies keep what was acknowledged, and which do not
            zabbench exact                         what each write costs, counted, against the baseline checked in
            zabbench ab --a REF --b REF FILE       two builds in turns on this machine: did the change make it slower?
            zabbench power FILE                    what ab is worth on this machine: false alarms, slowdowns found
            zabbench compare OLD NEW               whether stored runs of two builds differ, for a CI gate
            zabbench history FILE                  figures of many commits, and where their level changed
            zabbench run FILE --connect HOST:PORT,...   the same load on servers that run already, Apache ZooKeeper too

            Results go to results/<UTC>-<workload>/ (--results DIR), and results/latest points to the newest with a \
            completed run. What is printed is a table or --format's choice; --out FILE writes it to a file.

            \(ExitStatus.help(ExitStatus.allCases.filter { $0 != .objectiveMissed }))
            """,
        version: ProgramVersion.line,
        subcommands: [
            RunCommand.self, ServeCommand.self, CalibrateCommand.self, SimulateCommand.self, VerdictCommand.self,
            PairedCommand.self, PowerCommand.self, CompareCommand.self, HistoryCommand.self, ShowCommand.self,
            ReportCommand.self, ExplainCommand.self, ColumnsCommand.self, FiguresCommand.self, ExactCommand.self,
            JanitorCommand.self, NullCommand.self,
        ]
    )

    /// As ArgumentParser's own, but that what has been explained already is an exit code and nothing more.
    static func main() async {
        do {
            var command = try parseAsRoot(QuietOptions.spelledOut(Array(CommandLine.arguments.dropFirst())))
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
}
