import Foundation

/// What another program said, once it had ended.
struct ProgramAnswer {
    var status: Int32
    var output: String
    var errors: String

    /// There is no such program: env(1) says so by this code.
    var isMissing: Bool { status == 127 }
    /// Its complaint on one line, as it words it.
    var words: String {
        let lines = errors.split(whereSeparator: \.isNewline).map { $0.trimmingCharacters(in: .whitespaces) }
        return lines.filter { !$0.isEmpty }.joined(separator: " ")
    }

    /// Runs it without input, to its end.
    ///
    /// - Parameters:
    ///   - program: the path of its file; status 127 if it cannot be started.
    ///   - environment: beside what this program has.
    init(_ program: String, _ arguments: [String], environment: [String: String] = [:]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: program)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        process.standardInput = FileHandle.nullDevice
        let (pipe, file) = (
            Pipe(), FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        )
        // Two pipes would have to be read at the same time.
        _ = FileManager.default.createFile(atPath: file.path, contents: nil)
        defer { try? FileManager.default.removeItem(at: file) }
        process.standardOutput = pipe
        process.standardError = (try? FileHandle(forWritingTo: file)) ?? FileHandle.nullDevice
        do { try process.run() } catch {
            (status, output, errors) = (127, "", "\(error)")
            return
        }
        output = String(decoding: pipe.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        status = process.terminationStatus
        errors = (try? String(contentsOf: file, encoding: .utf8)) ?? ""
    }
}
