import Foundation
import Glibc
import Measure

/// The process that makes a run, so that another one can tell whether it is over: only on the same machine, and where
/// both see the same processes.
struct RunOwner: Hashable, Sendable {
    private var boot: String
    private var processes: String
    private var pid: Int32
    private var startTicks: UInt64

    /// This process; nil where /proc does not tell.
    static let current: RunOwner? = {
        guard let boot = try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8),
            let processes = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid"),
            let ticks = ProcessUsage.startTicks(pid: getpid())
        else { return nil }
        return RunOwner(
            boot: boot.trimmingCharacters(in: .whitespacesAndNewlines),
            processes: processes,
            pid: getpid(),
            startTicks: ticks
        )
    }()

    private init(boot: String, processes: String, pid: Int32, startTicks: UInt64) {
        self.boot = boot
        self.processes = processes
        self.pid = pid
        self.startTicks = startTicks
    }

    var text: String { "\(boot) \(processes) \(pid) \(startTicks)" }

    init?(parsing text: String) {
        let words = text.split(separator: " ")
        guard words.count == 4, let pid = Int32(words[2]), let ticks = UInt64(words[3]) else { return nil }
        self.init(boot: String(words[0]), processes: String(words[1]), pid: pid, startTicks: ticks)
    }

    /// Whether that process is certainly over; false where nobody here can know.
    var isOver: Bool {
        guard let current = Self.current, current.boot == boot, current.processes == processes else { return false }
        guard let usage = ProcessUsage(pid: pid), usage.startTicks == startTicks else { return true }
        return Self.isZombie(pid)
    }

    /// A process that was killed stays until its parent asks for it.
    private static func isZombie(_ pid: Int32) -> Bool {
        guard let text = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
            let end = text.lastIndex(of: ")")
        else { return false }
        return text[text.index(after: end)...].split(separator: " ").first == "Z"
    }
}
