import Glibc

/// The processor time of this process, of all that it started, and of others that are named as ours.
///
/// The sum only grows: what a child of ours has used goes to its parent's books when it ends and is waited for, and of
/// others the last reading is kept.
struct OwnProcesses: Sendable {
    private let root: Int32
    /// By pid, with when they were started: a pid that is used again is another process.
    private var family: [Int32: UInt64]
    /// Named as ours and started by somebody else, from when they were first seen.
    private var adopted: [Int32: Adopted] = [:]

    private struct Adopted {
        var start: UInt64
        var first: Double
        var last: Double
    }

    /// - Parameter processes: all that there are now.
    init(root: Int32 = getpid(), processes: [ProcessTicks]) {
        self.root = root
        family = [:]
        look(at: processes)
    }

    /// Finds what was started since.
    ///
    /// - Parameter processes: all that there are now.
    mutating func look(at processes: [ProcessTicks]) {
        let descendants = ProcessTicks.descendants(of: [root], in: processes)
        for process in processes where descendants.contains(process.pid) { family[process.pid] = process.start }
    }

    /// Clock ticks since an arbitrary moment.
    ///
    /// - Parameters:
    ///   - named: processes that are ours, whoever started them; those started by us since may be among them.
    ///   - read: reads one process; nil if there is none.
    mutating func ticks(named: [Int32], read: (Int32) -> ProcessTicks? = ProcessTicks.read) -> Double {
        var sum = 0.0
        for pid in named {
            guard let process = read(pid), family[pid] != process.start else { continue }
            if isFamily(process, read) {
                family[pid] = process.start
            } else if adopted[pid]?.start != process.start {
                // What an earlier process of this pid used stays in the sum.
                let before = adopted[pid].map { $0.last - $0.first } ?? 0
                adopted[pid] = Adopted(start: process.start, first: process.all - before, last: process.all)
            }
        }
        for (pid, start) in family {
            if let process = read(pid), process.start == start { sum += process.all }
        }
        for (pid, known) in adopted {
            if let process = read(pid), process.start == known.start { adopted[pid]?.last = process.all }
            sum += (adopted[pid]?.last ?? 0) - known.first
        }
        return sum
    }

    private func isFamily(_ process: ProcessTicks, _ read: (Int32) -> ProcessTicks?) -> Bool {
        var process = process
        // No chain of parents is longer than this, and one that changes meanwhile must not hold us up.
        for _ in 0..<64 {
            if family[process.parent] != nil { return true }
            guard process.parent > 1, let parent = read(process.parent) else { return false }
            process = parent
        }
        return false
    }
}
