import Foundation

/// Processor time of one process, from /proc/<pid>/stat, in clock ticks.
struct ProcessTicks: Sendable, Hashable {
    var pid: Int32
    var parent: Int32
    /// At most 15 bytes of its program's name.
    var name: String
    /// Since boot. With the pid it names one process for ever.
    var start: UInt64
    /// All its threads, the ended ones included.
    var own: Double
    /// Its children that have ended and that it has waited for, and theirs.
    var reaped: Double

    var all: Double { own + reaped }
    /// Threads of the kernel work for whoever asked for something.
    var isKernelThread: Bool { pid == 2 || parent == 2 }

    init(pid: Int32, parent: Int32, name: String, start: UInt64, own: Double, reaped: Double = 0) {
        self.pid = pid
        self.parent = parent
        self.name = name
        self.start = start
        self.own = own
        self.reaped = reaped
    }

    /// Nil where the kernel's text lacks a field.
    init?(stat: String) {
        // The name is in parentheses and may hold spaces and parentheses: fields count from the last one.
        guard let open = stat.firstIndex(of: "("), let close = stat.lastIndex(of: ")"), open < close,
            let pid = Int32(stat[..<open].filter { $0 != " " })
        else { return nil }
        let fields = stat[stat.index(after: close)...].split(whereSeparator: { $0 == " " || $0 == "\n" })
        // proc(5): state is field 3; ppid 4, utime 14, stime 15, cutime 16, cstime 17, starttime 22.
        guard fields.count >= 20, let parent = Int32(fields[1]), let start = UInt64(fields[19]) else { return nil }
        let times = fields[11...14].compactMap { Double($0) }
        guard times.count == 4 else { return nil }
        self.init(
            pid: pid,
            parent: parent,
            name: String(stat[stat.index(after: open)..<close]),
            start: start,
            own: times[0] + times[1],
            reaped: times[2] + times[3]
        )
    }

    static func read(pid: Int32) -> ProcessTicks? {
        ProcFile.head("/proc/\(pid)/stat").flatMap(ProcessTicks.init(stat:))
    }

    /// All processes that can be seen. It costs tens of microseconds each.
    static func all() -> [ProcessTicks] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
        return names.compactMap { Int32($0) }.compactMap { read(pid: $0) }
    }

    /// `root` and all that it started, and what those started.
    static func descendants(of roots: Set<Int32>, in processes: [ProcessTicks]) -> Set<Int32> {
        let children = Dictionary(grouping: processes, by: \.parent)
        var found = roots
        var waiting = Array(roots)
        while let next = waiting.popLast() {
            for child in children[next] ?? [] where found.insert(child.pid).inserted { waiting.append(child.pid) }
        }
        return found
    }
}
