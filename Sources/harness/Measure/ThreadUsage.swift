import Foundation
import Glibc

/// What the kernel says one thread has used so far, from /proc/<pid>/task/<tid>/{comm,schedstat}.
public struct ThreadUsage: Sendable, Equatable {
    /// Of the thread, as the kernel has it; 0 where nobody said.
    public var id: Int32 = 0
    /// As its program named it, at most 15 bytes.
    public var name: String
    /// Time on a processor.
    public var runNanoseconds: UInt64
    /// Time for which it could have run and had no processor.
    public var waitNanoseconds: UInt64

    public init(name: String, runNanoseconds: UInt64, waitNanoseconds: UInt64) {
        self.name = name
        self.runNanoseconds = runNanoseconds
        self.waitNanoseconds = waitNanoseconds
    }

    /// Parses the kernel's text: `<on a processor> <waiting for one> <times>`, nanoseconds. Nil where a number is missing.
    public init?(comm: String, schedstat: String) {
        let fields = schedstat.split(whereSeparator: { $0 == " " || $0 == "\n" })
        guard fields.count >= 2, let run = UInt64(fields[0]), let wait = UInt64(fields[1]) else { return nil }
        self.init(
            name: comm.hasSuffix("\n") ? String(comm.dropLast()) : comm,
            runNanoseconds: run,
            waitNanoseconds: wait
        )
    }

    /// All threads of process `pid` that are there now; nil where there is no such process, or the kernel keeps no
    /// scheduler statistics. A thread that ends while it is read is left out.
    public static func all(of pid: Int32) -> [ThreadUsage]? {
        let folder = "/proc/\(pid)/task"
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: folder), !names.isEmpty else {
            return nil
        }
        let threads = names.compactMap { name -> ThreadUsage? in
            guard let comm = text("\(folder)/\(name)/comm"), let stat = text("\(folder)/\(name)/schedstat") else {
                return nil
            }
            var usage = ThreadUsage(comm: comm, schedstat: stat)
            usage?.id = Int32(name) ?? 0
            return usage
        }
        return threads.isEmpty ? nil : threads
    }

    private static func text(_ path: String) -> String? {
        guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else { return nil }
        return String(bytes: data, encoding: .utf8)
    }
}
