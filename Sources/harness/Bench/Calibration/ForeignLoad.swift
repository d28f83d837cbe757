import Foundation
import Glibc

/// How much of the machine's processors others have used since this was made: what they take a measurement has not had.
public struct ForeignLoad {
    /// Clock ticks of all processors together, as /proc/stat counts them.
    struct Ticks: Equatable {
        var busy: Double
        var all: Double

        /// Of the first line of /proc/stat; nil if it is none.
        init?(stat: String) {
            guard let line = stat.split(separator: "\n").first, line.hasPrefix("cpu ") else { return nil }
            // proc(5): user nice system idle iowait irq softirq steal; what follows is part of user and nice.
            let fields = line.split(separator: " ").dropFirst().prefix(8).compactMap { Double($0) }
            guard fields.count == 8 else { return nil }
            all = fields.reduce(0, +)
            busy = all - fields[3] - fields[4]
        }

        static var now: Ticks? {
            let data = FileManager.default.contents(atPath: "/proc/stat")
            return data.flatMap { Ticks(stat: String(decoding: $0, as: UTF8.self)) }
        }
    }

    private let start = Ticks.now
    private let ownStart = ForeignLoad.ownTicks

    public init() {}

    private static var ownTicks: Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let seconds = [usage.ru_utime, usage.ru_stime].map { Double($0.tv_sec) + Double($0.tv_usec) / 1e6 }
        return seconds.reduce(0, +) * Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    /// From 0 to 1 of all processors; nil where the kernel does not tell.
    public var share: Double? {
        guard let start, let now = Ticks.now else { return nil }
        return Self.share(from: start, to: now, own: Self.ownTicks - ownStart)
    }

    static func share(from start: Ticks, to end: Ticks, own: Double) -> Double? {
        guard end.all > start.all else { return nil }
        return min(1, max(0, (end.busy - start.busy - own) / (end.all - start.all)))
    }
}
