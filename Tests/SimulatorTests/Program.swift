import Foundation
import Targets

/// The zabbench program that was built beside the tests, run to its end.
enum Program {
    struct Result {
        var status: Int32
        var output: String
        var errors: String
    }

    /// - Parameters:
    ///   - sink: a file that takes the standard output instead of the result.
    ///   - environment: beside what the tests have.
    static func run(
        _ arguments: [String],
        sink: String? = nil,
        environment: [String: String] = [:]
    ) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: try ZabbenchProgram.path())
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let output = Pipe()
        process.standardOutput = try sink.map { try FileHandle(forWritingTo: URL(fileURLWithPath: $0)) } ?? output
        // A file, since two pipes would have to be read at the same time.
        let errors = FileManager.default.temporaryDirectory.appendingPathComponent("zabbench-\(UUID().uuidString)")
        try Data().write(to: errors)
        defer { try? FileManager.default.removeItem(at: errors) }
        process.standardError = try FileHandle(forWritingTo: errors)
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let read = sink == nil ? output.fileHandleForReading.readDataToEndOfFile() : Data()
        let text = String(decoding: read, as: UTF8.self)
        process.waitUntilExit()
        return Result(
            status: process.terminationStatus,
            output: text,
            errors: String(decoding: try Data(contentsOf: errors), as: UTF8.self)
        )
    }
}
