import Foundation

/// A process of somebody else that used the processors while something was measured.
public struct BusyProcess: Sendable, Hashable {
    public var pid: Int32
    public var name: String
    /// Processors that it kept busy, with those of its children that ended meanwhile.
    public var cores: Double

    /// Below this, of one processor, nobody is named.
    static let leastCores = 0.02

    /// The busiest first, at most three.
    ///
    /// - Parameters:
    ///   - own: whose descendants are ours, too.
    ///   - ticks: of one processor between the two looks.
    static func busiest(
        from before: [ProcessTicks],
        to after: [ProcessTicks],
        own: Set<Int32>,
        ticks: Double
    ) -> [BusyProcess] {
        guard ticks > 0 else { return [] }
        let ours = ProcessTicks.descendants(of: own, in: before)
            .union(ProcessTicks.descendants(of: own, in: after))
        let earlier = Dictionary(before.map { ($0.pid, $0) }) { one, _ in one }
        let there = Set(after.map(\.pid))
        // What children had used before goes to their parent's books when they end, to its parent's when that one ends,
        // and is not of this time.
        var inherited: [Int32: Double] = [:]
        for process in before where !there.contains(process.pid) {
            var heir = process.parent
            while !there.contains(heir), let ended = earlier[heir], ended.parent != heir { heir = ended.parent }
            inherited[heir, default: 0] += process.all
        }
        let busy = after.filter { !ours.contains($0.pid) && !$0.isKernelThread }.map { process in
            let known = earlier[process.pid].flatMap { $0.start == process.start ? $0.all : nil } ?? 0
            let used = process.all - known - inherited[process.pid, default: 0]
            return BusyProcess(pid: process.pid, name: process.name, cores: used / ticks)
        }
        return Array(
            busy.filter { $0.cores >= leastCores }.sorted { ($0.cores, $1.pid) > ($1.cores, $0.pid) }.prefix(3)
        )
    }
}
