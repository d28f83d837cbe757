import ArgumentParser
import Bench
import Glibc
import Measure
import Report
import Targets

struct DoctorCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check what on this machine would distort a measurement, and how to fix it.",
        discussion: """
            zabbench doctor                        the disk of the current folder
            zabbench doctor --data /srv/disk       another disk
            zabbench doctor --json                 for programs

            Looks at the build, processors, neighbours, clock, disk, memory, limits and
            installed tools. Takes two seconds, needs no root, changes nothing, and
            leaves nothing behind.

            \(ExitStatus.help(
                [.pass, .failed, .usage],
                [.pass: "nothing makes results worthless, whatever warnings there are", .failed: "something does; it is named first"]
            ))
            """
    )

    @Option(help: "A folder on the disk that servers would write to.", completion: .directory)
    var data = DataFolder.defaultRoot

    @OptionGroup var output: OutputOptions<TableFormat>

    func validate() throws {
        guard !data.isEmpty else { throw ValidationError("--data is empty; name a folder") }
    }

    func run() async throws {
        signal(SIGPIPE, SIG_IGN)
        try output.check()
        let table = MachineTable(await MachineReadings.current(data: data).checks, data: data)
        let code = try output.publish(exitCode: table.worthless.isEmpty ? .pass : .failed) { format, _ in
            switch format {
            case .table: table.text
            case .json: try table.json()
            }
        }
        if code != .pass { throw ExitCode(code) }
    }
}
