import ArgumentParser
import Glibc
import Report
import Targets

/// The process that cleans up when the harness dies; started by `zabbench run`, of no use to people.
struct JanitorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "janitor",
        abstract: "Cleans up after a harness that died (internal).",
        shouldDisplay: false
    )

    func run() throws {
        guard isatty(STDIN_FILENO) == 0 else {
            throw ValidationError("zabbench run starts its janitor itself; there is nothing to do by hand")
        }
        let failures = Janitor.run(input: STDIN_FILENO)
        for failure in failures {
            let line = Array("zabbench janitor: \(failure)\n".utf8)
            _ = line.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
        }
        if !failures.isEmpty { throw ExitCode(.failed) }
    }
}
