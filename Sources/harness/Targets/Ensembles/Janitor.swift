import CPlatform
import Foundation
import Glibc
import Measure

/// The process that cleans up after the harness: `zabbench janitor`, which users do not call.
///
/// It reads orders from a pipe whose other end only the harness holds. The kernel closes that end however the harness
/// ends, at its own will, by Ctrl-C twice, by kill -9, by a crash or by the machine's want of memory; then the janitor
/// kills what still runs and removes what is to be removed. One mechanism for all cases: a death signal
/// (PR_SET_PDEATHSIG) hangs on a thread and not on a process and removes no folder, and a pipe to each server would
/// need every system under test to know about it.
public struct Janitor {
    private var folders: [String] = []
    private var emptyFolders: [String] = []
    private var keepsFolders = false
    private var processes: [(pid: Int32, startTicks: UInt64)] = []
    /// Folders in which a process may have been started that we were not told of.
    private var starting: [String] = []

    public init() {}

    /// Reads orders until the other end is closed, then cleans up. Returns what could not be cleaned up.
    public static func run(input: Int32) -> [String] {
        // Signals to the terminal's group or from a service manager must not end it before the harness ends.
        for name in [SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGQUIT] { signal(name, SIG_IGN) }
        var janitor = Janitor()
        var pending: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(input, &buffer, buffer.count)
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            pending += buffer[..<count]
            while let end = pending.firstIndex(of: 0x0a) {
                let line = String(decoding: pending[..<end], as: UTF8.self)
                pending.removeFirst(end + 1)
                if let order = JanitorOrder(line: line) { janitor.take(order) }
            }
        }
        return janitor.cleanUp()
    }

    public mutating func take(_ order: JanitorOrder) {
        switch order {
        case .remove(let folder): folders.append(folder)
        case .removeIfEmpty(let folder): emptyFolders.append(folder)
        case .keepFolders: keepsFolders = true
        case .starting(let folder): starting.append(folder)
        case .started(let pid, let startTicks):
            // The harness starts one process at a time, so this answers the last `starting`.
            if !starting.isEmpty { starting.removeLast() }
            processes.append((pid, startTicks))
        case .ended(let pid): processes.removeAll { $0.pid == pid }
        }
    }

    /// Kills what still runs, waits for its end, removes the folders. Returns one line for each failure.
    public func cleanUp() -> [String] {
        var failures: [String] = []
        for process in processes + untold() {
            if let failure = Self.kill(pid: process.pid, startTicks: process.startTicks) { failures.append(failure) }
        }
        guard !keepsFolders else { return failures }
        for folder in folders {
            do {
                try FileManager.default.removeItem(atPath: folder)
            } catch let error as CocoaError where error.code == .fileNoSuchFile {
                // The harness has removed it itself.
            } catch {
                failures.append(
                    "\(folder): cannot be removed: \(SystemReason.words(of: error, or: "remove it by hand"))"
                )
            }
        }
        // rmdir refuses those that have something in them.
        for folder in emptyFolders.reversed() { rmdir(folder) }
        return failures
    }

    /// Processes that were started in a folder just before the harness died: each leads a session without a terminal
    /// and works in exactly that folder. A shell that somebody opened there has a terminal.
    private func untold() -> [(pid: Int32, startTicks: UInt64)] {
        guard !starting.isEmpty else { return [] }
        let manager = FileManager.default
        var found: [(pid: Int32, startTicks: UInt64)] = []
        let names = (try? manager.contentsOfDirectory(atPath: "/proc")) ?? []
        for pid in names.compactMap({ Int32($0) }).sorted() where pid != getpid() {
            guard let folder = try? manager.destinationOfSymbolicLink(atPath: "/proc/\(pid)/cwd"),
                starting.contains(folder), let usage = ProcessUsage(pid: pid), usage.session == pid, usage.terminal == 0
            else { continue }
            found.append((pid, usage.startTicks))
        }
        return found
    }

    /// Kills the process that had `pid` when it started at `startTicks`, and waits for its end.
    ///
    /// The descriptor is taken first and the start time compared afterwards: from then on it names that process alone,
    /// and a pid that was used again cannot be hit.
    private static func kill(pid: Int32, startTicks: UInt64) -> String? {
        let process = zb_pidfd_open(pid)
        guard process >= 0 else {
            return errno == ESRCH
                ? nil : "process \(pid) cannot be watched: \(SystemReason(code: errno).words(or: "kill it by hand"))"
        }
        defer { close(process) }
        guard ProcessUsage.startTicks(pid: pid) == startTicks else { return nil }
        // It leads its session. What it has started there goes first: when it is gone, so is the group's name.
        _ = Glibc.kill(-pid, SIGKILL)
        guard zb_pidfd_signal(process, SIGKILL) == 0 else {
            return errno == ESRCH
                ? nil : "process \(pid) cannot be killed: \(SystemReason(code: errno).words(or: "kill it by hand"))"
        }
        var wait = pollfd(fd: process, events: Int16(POLLIN), revents: 0)
        // A process in an uninterruptible sync ends when the disk answers; more than this is the disk's failure.
        while poll(&wait, 1, 60_000) < 0, errno == EINTR {}
        return wait.revents & Int16(POLLIN) != 0 ? nil : "process \(pid) was killed but has not exited"
    }
}
