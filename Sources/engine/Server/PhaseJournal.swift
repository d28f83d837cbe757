import Wire
import Zab

/// The newest changes of a server's phase, for `zphs`: how an election went is put together from those of all servers,
/// whose monotonic clock is the same where they share a machine.
struct PhaseJournal {
    static let capacity = 1024
    private var entries: [Telemetry.PhaseLine] = []
    /// Where the oldest entry is, once all places are taken.
    private var oldest = 0

    /// - Parameters:
    ///   - leader: whom the phase names; nil while there is none.
    ///   - last: the newest transaction in the log.
    mutating func note(_ phase: Phase, leader: ServerID?, last: Zxid, at time: UInt64) {
        let (word, epoch): (Telemetry.PhaseWord, Epoch) =
            switch phase {
            case .looking: (.looking, 0)
            case .preparing(let epoch): (.preparing, epoch)
            case .leading(let epoch): (.leading, epoch)
            case .joining: (.joining, 0)
            case .following(_, let epoch): (.following, epoch)
            case .observing(_, let epoch): (.observing, epoch)
            }
        let id = leader.map { Int($0.rawValue) } ?? 0
        add(.phase(at: time, word, epoch: epoch, leader: id, zxid: last.rawValue))
    }

    /// How this learner is being brought up to date: `diff`, `trunc` or `snap`.
    mutating func note(synchronizedBy means: String, leader: ServerID, at time: UInt64) {
        add(.synchronization(at: time, means: means, leader: Int(leader.rawValue)))
    }

    private mutating func add(_ entry: Telemetry.PhaseLine) {
        guard entries.count == Self.capacity else { return entries.append(entry) }
        entries[oldest] = entry
        oldest = (oldest + 1) % Self.capacity
    }

    /// One entry a line, the oldest first.
    var text: String {
        (entries[oldest...] + entries[..<oldest]).map(\.text).joined()
    }
}
