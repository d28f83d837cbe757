import ArgumentParser
import Bench
import Logging

/// `--quiet`, which every command is told alike that says on standard error how far it is.
struct SilenceOption: ParsableArguments {
    @Flag(
        name: .customLong("quiet"),
        help: "Print only the result: no progress and no notes; warnings and errors stay on standard error."
    )
    var isQuiet = false

    /// From here on notes are left out. Call it first.
    func apply() {
        guard isQuiet else { return }
        Diagnostics.leaveNotesOut()
        // Servers in this process (placement: embedded) log here as well.
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = .warning
            return handler
        }
    }
}
