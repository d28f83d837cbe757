import Zab

/// The newest changes of a server's phase, for `zphs`: how an election went is put together from those of all servers,
/// whose monotonic clock is the same where they share a machine.
struct PhaseJournal {
    private struct Entry {
        /// CLOCK_MONOTONIC, nanoseconds.
        var time: UInt64
        var text: String
    }

    static let capacity = 1024
    private var entries: [Entry] = []
    /// Where the oldest entry is, once all places are taken.
    private var oldest = 0

    /// - Parameters:
    ///   - leader: whom the phase names; nil while there is none.
    ///   - last: the newest transaction in the log.
    mutating func note(_ phase: Phase, leader: ServerID?, last: Zxid, at time: UInt64) {
        let (word, epoch): (String, Epoch) =
            switch phase {
            case .looking: ("looking", 0)
            case .preparing(let epoch): ("preparing", epoch)
            case .leading(let epoch): ("leading", epoch)
            case .joining: ("joining", 0)
            case .following(_, let epoch): ("following", epoch)
            case .observing(_, let epoch): ("observing", epoch)
            }
        let id = leader.map { "\($0)" } ?? "0"
        add("phase\t\(time)\t\(word)\t\(epoch)\t\(id)\t\(String(last.rawValue, radix: 16))", at: time)
    }

    /// How this learner is being brought up to date: `diff`, `trunc` or `snap`.
    mutating func note(synchronizedBy means: String, leader: ServerID, at time: UInt64) {
        add("sync\t\(time)\t\(means)\t\(leader)", at: time)
    }

    private mutating func add(_ text: String, at time: UInt64) {
        let entry = Entry(time: time, text: text)
        guard entries.count == Self.capacity else { return entries.append(entry) }
        entries[oldest] = entry
        oldest = (oldest + 1) % Self.capacity
    }

    /// One entry a line, the oldest first.
    var text: String {
        (entries[oldest...] + entries[..<oldest]).map { $0.text + "\n" }.joined()
    }
}
