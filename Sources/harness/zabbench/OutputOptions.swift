import ArgumentParser
import Bench
import Glibc
import Report

/// The forms that a command's document can be printed in; one of them is a table for people.
protocol DocumentFormat: ExpressibleByArgument, CaseIterable, RawRepresentable, Sendable where RawValue == String {
    static var table: Self { get }
    static var json: Self { get }
}

/// A table for people and a document for programs.
enum TableFormat: String, DocumentFormat {
    case table, json
}

/// The forms of a verdict, for whoever reads it in CI.
enum VerdictFormat: String, DocumentFormat {
    case table, markdown, junit, github, json
}

/// How a document is printed and where it goes, the same in every command that prints one.
struct OutputOptions<Format: DocumentFormat>: ParsableArguments {
    @Option(help: "What to print.")
    var format = Format.table

    @Flag(help: "The same as --format json.")
    var json = false

    @Option(help: ArgumentHelp(OutFile.help), completion: .file())
    var out: String?

    @Flag(help: "Print all columns of tables, however wide; without it they fit the terminal.")
    var wide = false

    private var outFile: OutFile { OutFile(path: out, isWide: wide) }

    /// With what `--json` stands for.
    var chosen: Format { json ? .json : format }

    func validate() throws {
        guard !json || format.rawValue == "table" || format.rawValue == "json" else {
            throw ValidationError("--json and --format \(format.rawValue): say one of them")
        }
        try OutFile.validate(out)
    }

    /// Finds out before anything is done whether the file can be written.
    ///
    /// - Throws: `ExplainedEnd`.
    func check() throws { try outFile.check() }

    /// Prints an output, or writes it to the file and prints the table. What cannot be written is said on standard error.
    ///
    /// - Parameters:
    ///   - exitCode: what the output says.
    ///   - text: makes an output for what shows it: a terminal of some width, or a file.
    /// - Returns: the exit code, `failed` instead of `pass` if an output is not whole.
    func publish(
        exitCode: ExitStatus,
        _ text: (_ format: Format, _ display: Display) throws -> String
    ) rethrows -> ExitStatus {
        try outFile.publish(
            exitCode: exitCode,
            document: { try text(chosen, $0) },
            table: { try text(.table, $0) }
        )
    }

    /// As `publish`, for a document that says nothing of success.
    ///
    /// - Throws: exit code 1 if an output is not whole.
    func publish(_ text: (_ format: Format, _ display: Display) throws -> String) throws {
        let code = try publish(exitCode: .pass, text)
        if code != .pass { throw ExitCode(code) }
    }
}

/// `--out FILE`: where a document goes instead of standard output, which then gets the table.
struct OutFile {
    static let help = "Write it to a file; standard output then gets the table."

    /// Nil for standard output.
    let path: String?
    /// Whether tables have all their columns.
    var isWide = false

    static func validate(_ path: String?) throws {
        guard let path else { return }
        guard !path.isEmpty else { throw ValidationError("--out is empty; name a file") }
        var information = stat()
        let isFolder = stat(path, &information) == 0 && information.st_mode & S_IFMT == S_IFDIR
        guard !isFolder, !path.hasSuffix("/") else {
            throw ValidationError(
                "--out \(path): that is a folder; --out names the file that what is printed goes to, and --results the "
                    + "folder that folders of results go to"
            )
        }
    }

    func check() throws {
        if let path { try Diagnostics.checkFile(path) }
    }

    func publish(
        exitCode: ExitStatus,
        document: (_ display: Display) throws -> String,
        table: (_ display: Display) throws -> String
    ) rethrows -> ExitStatus {
        var isWhole = true
        if let path {
            let text = try document(isWide ? .wide : .document)
            do { try Diagnostics.writeFile(text, to: path) } catch { isWhole = false }
        }
        let display = Display.standardOutput(isWide: isWide)
        let printed = try path == nil ? document(display) : table(display)
        do { try Output.write(printed) } catch { isWhole = false }
        return exitCode == .pass && !isWhole ? .failed : exitCode
    }
}
