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
            zabbench explain results/latest        what limited each load, and what would help most
            zabbench verdict                       which sync strategies keep what was acknowledged, and which do not
            zabbench exact                         what each write costs, counted, against the baseline checked in
            zabbench ab --a REF --b REF FILE       two builds in turns on this machine: did the change make it slower?
            zabbench power FILE                    what ab is worth on this machine: false alarms, slowdowns found
            zabbench compare OLD NEW               whether stored runs of two builds differ, for a CI gate
            zabbench history FILE                  figures of many commits, and where their level changed
            zabbench run FILE --connect HOST:PORT,...   the same load on servers that run already, Apache ZooKeeper too

            Results go to results/<UTC>-<workload>/, and results/latest points to the newest.
            \(ExitStatus.help(ExitStatus.allCases.filter { $0 != .objectiveMissed }))
            """,
        version: "zabbench \(ProgramVersion.text)",
        subcommands: [
            RunCommand.self, ServeCommand.self, CalibrateCommand.self, SimulateCommand.self, VerdictCommand.self,
            PairedCommand.self, PowerCommand.self, CompareCommand.self, HistoryCommand.self, ReportCommand.self,
            ColumnsCommand.self,
            ExplainCommand.self,
            ExactCommand.self, JanitorCommand.self, NullCommand.self,
        ]
    )

    static func main() async { await main(QuietOptions.spelledOut(Array(CommandLine.arguments.dropFirst()))) }
}
