import Foundation
import Synchronization

/// Plays the load points in callgrind, with a program that is linked statically.
///
/// Statically, since callgrind refuses the debug information of the other and libdispatch crashes in it.
public final class CallgrindRun: Sendable {
    private let workload: String
    private let program: String
    private let valgrind: String
    private let strip: String
    private let state = Mutex(State())

    private struct State {
        var child: Process?
        var isStopped = false
    }

    /// - Parameters:
    ///   - workload: the file of the load points.
    ///   - program: a zabbench, usually the one that runs.
    ///   - path: the folders where tools are looked for, as in the variable PATH.
    /// - Throws: `InstructionError` if this machine has no valgrind.
    public init(workload: String, program: String, path: String) throws(InstructionError) {
        self.workload = workload
        self.program = URL(fileURLWithPath: program).standardizedFileURL.path
        valgrind = try Self.find("valgrind", in: path, package: "valgrind")
        strip = try Self.find("strip", in: path, package: "binutils")
    }

    static func find(_ tool: String, in path: String, package: String) throws(InstructionError) -> String {
        for folder in path.split(separator: ":") where FileManager.default.isExecutableFile(atPath: "\(folder)/\(tool)")
        {
            return "\(folder)/\(tool)"
        }
        throw InstructionError(
            description: "\(tool) is needed to count instructions, and is not here: apt-get install \(package)",
            isObstacle: true
        )
    }

    /// From another thread: ends what runs.
    public func stop() {
        state.withLock { state in
            state.isStopped = true
            state.child?.terminate()
        }
    }

    /// What the program says of itself; nothing is counted yet.
    ///
    /// - Throws: `InstructionError` if it is none whose instructions can be counted.
    public func describe() throws(InstructionError) -> (report: InstructionReport, build: InstructionMeasurement.Build)
    {
        let output = try? run([program] + arguments, folder: nil)
        guard let output, let report = Self.report(output) else {
            throw InstructionError(
                description: "\(program): not a zabbench of this version; `make instructions` builds one",
                isObstacle: true
            )
        }
        guard report.configuration == "release" else {
            throw InstructionError(
                description: "\(program): a \(report.configuration) build, whose instructions tell nothing of a "
                    + "release build; `make instructions` builds one",
                isObstacle: true
            )
        }
        guard report.isStatic else {
            throw InstructionError(
                description: "\(program): linked with Swift's libraries dynamically, which valgrind cannot run; "
                    + "`make instructions` builds one that is linked statically",
                isObstacle: true
            )
        }
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: program), options: .alwaysMapped) else {
            throw InstructionError(description: "\(program): cannot be read")
        }
        let compiler = InstructionMeasurement.Build.compiler(of: data) ?? "Swift version \(report.compiler)"
        return (report, InstructionMeasurement.Build(compiler: compiler, processor: report.processor))
    }

    /// Counts. Takes a minute or two, in a temporary folder that is gone afterwards.
    ///
    /// - Parameter build: of `describe`.
    /// - Throws: `InstructionError`
    public func count(_ build: InstructionMeasurement.Build) throws(InstructionError) -> InstructionMeasurement {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("zabbench-callgrind-\(UUID().uuidString)")
        do { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false) } catch {
            throw InstructionError(description: "\(folder.path): cannot be made; set TMPDIR to a folder of yours")
        }
        defer { try? FileManager.default.removeItem(at: folder) }
        // Valgrind reads all debug information first; names of functions are in the table of symbols.
        let copy = folder.appendingPathComponent("zabbench").path
        _ = try run([strip, "--strip-debug", "-o", copy, program], folder: nil)
        let counts = folder.appendingPathComponent("counts").path
        let command =
            [
                valgrind, "--tool=callgrind", "--quiet", "--instr-atstart=no", "--collect-atstart=no",
                "--callgrind-out-file=\(counts)", copy,
            ] + arguments
        let output = try run(command, folder: folder)
        guard let report = Self.report(output), !report.loads.isEmpty else {
            throw InstructionError(description: "valgrind ran, and no load point was played: \(output.prefix(200))")
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? []
        var dumps: [CallgrindDump] = []
        for name in names.sorted() where name.hasPrefix("counts.") {
            guard let data = FileManager.default.contents(atPath: folder.appendingPathComponent(name).path) else {
                throw InstructionError(description: "\(name): callgrind's file cannot be read")
            }
            dumps.append(try CallgrindDump(text: String(decoding: data, as: UTF8.self), source: name))
        }
        return try InstructionMeasurement(report, dumps: dumps, program: copy, compiler: build.compiler)
    }

    private var arguments: [String] { ["exact", workload, "--under-valgrind"] }

    private static func report(_ output: String) -> InstructionReport? {
        let report = try? JSONDecoder().decode(InstructionReport.self, from: Data(output.utf8))
        return report?.format == InstructionReport.currentFormat ? report : nil
    }

    /// Of a child. Whatever could make one run unlike the next is fixed: seeds of hashes, how many arenas jemalloc has,
    /// and when it gives memory back (by the clock).
    private static let environment = [
        "LC_ALL": "C", "SWIFT_DETERMINISTIC_HASHING": "1",
        "MALLOC_CONF": "narenas:1,dirty_decay_ms:-1,muzzy_decay_ms:-1",
    ]

    /// - Returns: what it wrote to standard output.
    private func run(_ command: [String], folder: URL?) throws(InstructionError) -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: command[0])
        process.arguments = Array(command.dropFirst())
        process.environment = Self.environment
        process.standardInput = FileHandle.nullDevice
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        // A few lines at most, so the pipe cannot fill.
        process.standardError = errors
        let isStopped = state.withLock { state in
            if !state.isStopped { state.child = process }
            return state.isStopped
        }
        guard !isStopped else { throw InstructionError(description: "interrupted", isInterruption: true) }
        do { try process.run() } catch {
            throw InstructionError(description: "\(command[0]): cannot be started: \(error.localizedDescription)")
        }
        if state.withLock({ $0.isStopped }) { process.terminate() }
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let said = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        guard !state.withLock({ $0.isStopped }) else {
            throw InstructionError(description: "interrupted", isInterruption: true)
        }
        guard process.terminationReason == .exit, process.terminationStatus == 0 else {
            let last = said.split(separator: "\n").last ?? "it said nothing"
            throw InstructionError(description: "\(command[0]): ended with \(process.terminationStatus): \(last)")
        }
        return text
    }
}
