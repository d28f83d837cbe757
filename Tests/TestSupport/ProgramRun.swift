import Foundation

/// A program that has run to its end, and what came of it.
public struct ProgramRun: Sendable {
    /// Its exit code; the negative number of the signal if one has ended it.
    public let status: Int32
    public let output: String
    public let errors: String

    /// Runs it without input, and waits until it and whoever else writes its standard error have ended.
    ///
    /// - Parameters:
    ///   - program: the path of its file.
    ///   - folder: where it runs; nil for where the tests do.
    ///   - environment: beside what the tests have.
    ///   - sink: a file that takes the standard output instead of `output`.
    ///   - words: once they stand in its standard error it is interrupted, as Ctrl-C does it.
    ///   - meanwhile: called between the words and the interrupt.
    /// - Throws: Foundation's error if there is no such program or sink.
    public init(
        _ program: String,
        _ arguments: [String],
        in folder: String? = nil,
        environment: [String: String] = [:],
        sink: String? = nil,
        interruptAfter words: String? = nil,
        meanwhile: () -> Void = {}
    ) throws {
        // A file and a pipe, since two pipes would have to be read at the same time.
        let files = TemporaryFolder()
        try files.write([], "output")
        let errors = Pipe()
        let process = Process()
        process.executableURL = URL(filePath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        if let folder { process.currentDirectoryURL = URL(filePath: folder) }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = try FileHandle(forWritingTo: URL(filePath: sink ?? files.path(of: "output")))
        process.standardError = errors
        try process.run()
        var said = Data()
        var awaited = words
        while case let more = errors.fileHandleForReading.availableData, !more.isEmpty {
            said += more
            if let words = awaited, String(decoding: said, as: UTF8.self).contains(words) {
                awaited = nil
                meanwhile()
                process.interrupt()
            }
        }
        process.waitUntilExit()
        status = process.terminationReason == .exit ? process.terminationStatus : -process.terminationStatus
        output = String(decoding: try files.read("output"), as: UTF8.self)
        self.errors = String(decoding: said, as: UTF8.self)
    }
}
