import ArgumentParser
import Bench
import Glibc
import Report

/// How a verdict is written and where it goes: what `compare`, `ab` and `exact` are told alike.
struct OutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case table, markdown, junit, github, json
    }

    @Option(help: "What is printed: \(Format.allCases.map(\.rawValue).joined(separator: ", ")).")
    var format = Format.table

    @Option(help: "Writes it to a file; standard output then gets the table.", completion: .file())
    var out: String?

    func validate() throws {
        if let out, out.isEmpty { throw ValidationError("--out is empty; name a file") }
    }

    /// Finds out before anything is done whether the file can be written.
    ///
    /// - Throws: exit code 1, after a line that says why.
    func check() throws {
        do { if let out { try Diagnostics.checkFile(out) } } catch { throw CommandEnd.refuse(error) }
    }

    /// Prints an output, or writes it to the file and prints the table. What cannot be written is said on standard error.
    ///
    /// - Parameters:
    ///   - exitCode: what the output says.
    ///   - text: makes an output, in colours only where a terminal shows them.
    /// - Returns: the exit code, 1 instead of 0 if an output is not whole.
    func publish(exitCode: ExitStatus, _ text: (_ format: Format, _ isColoured: Bool) throws -> String) rethrows
        -> ExitStatus
    {
        var isWhole = true
        if let out {
            let file = try text(format, false)
            do { try Diagnostics.writeFile(file, to: out) } catch { isWhole = false }
        }
        let printed = try text(out == nil ? format : .table, TerminalColor.isWanted())
        // A closed pipe is the reader's choice and no error of ours.
        if let error = Output.put(printed, to: STDOUT_FILENO), error != EPIPE {
            Diagnostics.line("zabbench: \(BufferedOutput.Failure(code: error))")
            isWhole = false
        }
        return exitCode == .pass && !isWhole ? .failed : exitCode
    }
}
