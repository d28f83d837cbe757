/// A server's history in a few numbers: enough for a leader to find the last transaction that both have.
///
/// All transactions of one epoch come from one leader, in one order, upon one initial history. So two histories that
/// both hold transactions of an epoch are equal up to the smaller of their last zxids of that epoch. `epochEnds` lists
/// the last zxid of each epoch that has transactions after `base`, oldest first; `base` is the zxid that the log
/// starts after (zero, or that of the snapshot that stands for everything before).
public struct HistorySummary: Hashable, Sendable {
    public var base: Zxid
    public var epochEnds: [Zxid]

    public init(base: Zxid = .zero, epochEnds: [Zxid] = []) {
        self.base = base
        self.epochEnds = epochEnds
    }

    /// The last transaction: of the log, or `base` if the log is empty.
    public var last: Zxid { epochEnds.last ?? base }
}
