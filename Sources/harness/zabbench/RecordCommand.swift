import ArgumentParser
import Bench
import Glibc
import Report

struct RecordCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: "Make a recording from transaction logs, for a load that replays it.",
        discussion: """
            Reads the transaction logs of ZooKeeper (the folder version-2, or log files of \
            it) or of one of zabbench's own servers (its dataDir; 'zabbench run --keep-data' \
            leaves some behind) and writes a CSV file, at_us,operation,path,bytes. The logs \
            are not changed, and their server may run meanwhile.

            zabbench record /var/lib/zookeeper/version-2 --out schedule.csv
            zabbench run workloads/replay.yaml --set load.profile.replay=$PWD/schedule.csv

            Logs hold writes alone, at the leader's milliseconds: sets, creates and deletes, \
            the parts of a multi each for itself, and a delete of each ephemeral znode where \
            its session ends. Paths are in the recording as they are in the log; a replay \
            has znodes of its own for them. No data is recorded, only its size.
            """
    )

    @Argument(help: "Folders with transaction logs, or logs of ZooKeeper.", completion: .file())
    var paths: [String]

    @Option(help: "The recording; without it, standard output.", completion: .file())
    var out: String?

    @OptionGroup var silence: SilenceOption

    func validate() throws { try OutFile.validate(out) }

    func run() throws {
        signal(SIGPIPE, SIG_IGN)
        silence.apply()
        let status: ExitStatus
        do {
            status = try RecordStudy(paths: paths, out: out).run()
        } catch {
            throw CommandEnd.refuse(error)
        }
        if status != .pass { throw ExitCode(status) }
    }
}
