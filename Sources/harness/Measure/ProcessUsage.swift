import Foundation
import Glibc

/// What the kernel says one process has used so far, from /proc/<pid>/{stat,status,io}.
public struct ProcessUsage: Sendable, Equatable {
    /// User time of all its threads, microseconds; in steps of the clock tick (10 ms as a rule).
    public var userCPUMicroseconds: UInt64
    /// System time of all its threads, microseconds; in steps of the clock tick.
    public var systemCPUMicroseconds: UInt64
    /// Resident memory, bytes.
    public var residentBytes: UInt64
    /// Processor time of all its threads, microseconds, exact; nil where its clock cannot be read.
    public var cpuMicroseconds: UInt64?
    /// Bytes that the process caused to be sent to storage (`write_bytes`); nil where /proc/<pid>/io is not readable.
    public var writtenBytes: UInt64?
    /// Threads now.
    public var threads: Int
    /// Start of the process in clock ticks since boot. With the pid it names one process for ever, since a pid alone
    /// is used again.
    public var startTicks: UInt64
    /// The session's leader, and the terminal's device number; 0 for a process without a terminal.
    public var session: Int32
    public var terminal: Int32

    /// Reads the process `pid`; nil when there is none, or no right to read it.
    public init?(pid: Int32) {
        let folder = "/proc/\(pid)/"
        guard let stat = ProcessUsage.text(folder + "stat"), let status = ProcessUsage.text(folder + "status") else {
            return nil
        }
        self.init(
            stat: stat,
            status: status,
            io: ProcessUsage.text(folder + "io"),
            ticksPerSecond: UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
        )
        cpuMicroseconds = ProcessClock(pids: [pid])?.nanoseconds().map { $0 / 1000 }
    }

    /// Parses the kernel's text. `io` is nil where it may not be read. Returns nil where a field is missing.
    public init?(stat: String, status: String, io: String?, ticksPerSecond: UInt64) {
        // The command's name is in parentheses and may hold spaces and parentheses: fields count from the last one.
        guard let close = stat.lastIndex(of: ")") else { return nil }
        let fields = stat[stat.index(after: close)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        // proc(5): state is field 3; session 6, tty_nr 7, utime 14, stime 15, num_threads 20, starttime 22.
        guard fields.count >= 20, let session = Int32(fields[3]), let terminal = Int32(fields[4]),
            let user = UInt64(fields[11]), let system = UInt64(fields[12]),
            let threads = Int(fields[17]), let start = UInt64(fields[19])
        else { return nil }
        let microsecondsPerTick = 1_000_000 / ticksPerSecond
        userCPUMicroseconds = user * microsecondsPerTick
        systemCPUMicroseconds = system * microsecondsPerTick
        self.threads = threads
        startTicks = start
        self.session = session
        self.terminal = terminal
        // A zombie has no VmRSS line; its memory is gone.
        residentBytes = (ProcessUsage.value(of: "VmRSS", in: status) ?? 0) * 1024
        writtenBytes = io.flatMap { ProcessUsage.value(of: "write_bytes", in: $0) }
    }

    /// The start time of process `pid` in clock ticks since boot, nil when there is no such process.
    public static func startTicks(pid: Int32) -> UInt64? {
        ProcessUsage(pid: pid)?.startTicks
    }

    /// The number after `name:` at a line's start; a unit after it is ignored.
    private static func value(of name: String, in text: String) -> UInt64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name + ":") {
            let words = line.dropFirst(name.count + 1).split(whereSeparator: { $0 == " " || $0 == "\t" })
            return words.first.flatMap { UInt64($0) }
        }
        return nil
    }

    private static func text(_ path: String) -> String? {
        // Files of /proc have no size; FileHandle and Data(contentsOf:) read them to the end all the same.
        guard let data = FileManager.default.contents(atPath: path), !data.isEmpty else { return nil }
        return String(bytes: data, encoding: .utf8)
    }
}
