import Comparisons
import Foundation
import Glibc
import Synchronization
import Targets

/// Samples the functions that one side's servers spend their processor time in, by the perf program, while a load runs.
///
/// The event is the kernel's clock of processor time, which every machine has: a sample is a part of the time that
/// `cpu_us_per_write` counts, and the processor's own counters are hidden from most virtual machines.
final class PerfRecorder: Sendable {
    /// A second; no divisor of what servers do in a rhythm of their own.
    static let frequency = 997

    private let file: String
    private let process = Mutex<ChildProcess?>(nil)

    /// - Parameter file: that perf writes.
    init(file: String) { self.file = file }

    /// Begins to sample; does nothing without processes.
    func begin(_ pids: [Int32]) {
        guard !pids.isEmpty else { return }
        let list = pids.map(String.init).joined(separator: ",")
        process.withLock { process in
            guard process == nil else { return }
            process = try? Self.start(
                ["perf", "record", "-q", "-e", "cpu-clock", "-F", "\(Self.frequency)", "-o", file, "-p", list],
                output: "/dev/null"
            )
        }
    }

    /// Ends the sampling, and waits until all is written.
    func end() async {
        let started = process.withLock { process in
            defer { process = nil }
            return process
        }
        // A comparison is not to hang upon a tool beside it.
        await started?.stop(seconds: 10)
    }

    /// What was sampled; empty where nothing was. The file is removed.
    func samples() async -> FunctionSamples {
        await end()
        defer { unlink(file) }
        let script = await Self.output(["perf", "script", "-i", file, "-F", "ip,sym,dso"])
        let samples = FunctionSamples(parsing: script?.output ?? "")
        return samples.renamed(await Self.demangled(samples.counts.keys.sorted()))
    }

    /// Why there is nothing to sample with, and what to do about it; nil where perf works.
    static func objection() async -> String? {
        guard await output(["perf", "--version"])?.status == 0 else {
            return "by function: perf is not installed; Debian has it in linux-perf, Ubuntu in linux-tools-$(uname -r)"
        }
        let file = NSTemporaryDirectory() + UUID().uuidString
        defer { unlink(file) }
        // Of a process by its pid perf would go on until that ends, whatever the command beside it does.
        guard await output(["perf", "record", "-q", "-e", "cpu-clock", "-o", file, "--", "true"])?.status == 0 else {
            let level = (try? String(contentsOfFile: "/proc/sys/kernel/perf_event_paranoid", encoding: .utf8)) ?? "?"
            return "by function: perf may not sample other processes here; sysctl kernel.perf_event_paranoid is "
                + "\(level.trimmingCharacters(in: .whitespacesAndNewlines)), and 1 allows it (in a container also "
                + "CAP_PERFMON)"
        }
        return nil
    }

    /// Swift's names as a reader knows them, by `swift demangle`; nothing where there is no Swift.
    private static func demangled(_ names: [String]) async -> [String: String] {
        let mangled = names.filter { $0.hasPrefix("$s") || $0.hasPrefix("$S") }
        guard !mangled.isEmpty else { return [:] }
        let input = mangled.joined(separator: "\n") + "\n"
        guard let answer = await output(["swift", "demangle", "--simplified"], input: input), answer.status == 0 else {
            return [:]
        }
        let lines = answer.output.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard lines.count >= mangled.count else { return [:] }
        return Dictionary(uniqueKeysWithValues: zip(mangled, lines))
    }

    /// Not by Foundation's Process, whose children cannot be interrupted: they inherit the signals that the threads of
    /// an event loop leave to others.
    private static func start(_ arguments: [String], input: Int32? = nil, output: String) throws(TargetError)
        -> ChildProcess
    {
        try ChildProcess(
            executable: "/usr/bin/env",
            arguments: arguments,
            directory: ".",
            input: input,
            outputPath: output
        )
    }

    /// - Returns: the exit code, and all that was printed; nil if it cannot be started or does not end within a minute.
    private static func output(_ arguments: [String], input: String? = nil) async -> (status: Int32, output: String)? {
        let files = NSTemporaryDirectory() + UUID().uuidString
        defer { for file in [files + ".in", files + ".out"] { unlink(file) } }
        guard (try? (input ?? "").write(toFile: files + ".in", atomically: false, encoding: .utf8)) != nil else {
            return nil
        }
        let descriptor = open(files + ".in", O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, let process = try? start(arguments, input: descriptor, output: files + ".out") else {
            return nil
        }
        guard case .code(let status) = await process.waitForExit(seconds: 60) else {
            await process.stop(seconds: 1)
            return nil
        }
        return (status, (try? String(contentsOfFile: files + ".out", encoding: .utf8)) ?? "")
    }
}
