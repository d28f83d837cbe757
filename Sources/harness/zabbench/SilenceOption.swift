import ArgumentParser
import Bench

/// `--quiet`, which every command is told alike that says on standard error how far it is.
struct SilenceOption: ParsableArguments {
    @Flag(
        name: .customLong("quiet"),
        help: "Says nothing but the result: no progress and no notes; warnings and errors stay on standard error."
    )
    var isQuiet = false

    /// From here on notes are left out. Call it first.
    func apply() { if isQuiet { Diagnostics.leaveNotesOut() } }
}
