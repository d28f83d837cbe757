import Zab

/// What is to go out on one quorum link, in order: frames, runs of the history, snapshots.
///
/// Nothing of the history is queued but positions: a run is read, from memory or from the log, when the link has room.
/// So a follower that is slow costs no memory, and one that fell behind catches up from the log without anybody
/// noticing but its own link.
public struct LinkQueue<Bytes, Snapshot> {
    public enum Item {
        /// Whole frames.
        case bytes(Bytes)
        /// The records after `after`, up to and including `through`.
        case records(after: Zxid, through: Zxid)
        /// A snapshot's file, as frames.
        case snapshot(Snapshot)
    }

    private var items: [Item] = []
    /// Items before this index have gone out.
    private var head = 0

    public init() {}

    public var isEmpty: Bool { head == items.count }
    /// How many items wait.
    public var count: Int { items.count - head }

    /// What goes out next. It stays first until `removeFirst`, or `sent(through:)` for a run.
    public var first: Item? { isEmpty ? nil : items[head] }

    /// The zxid after which the log must be kept for this link; nil if it needs nothing of it.
    public var oldestNeeded: Zxid? {
        for item in items[head...] {
            if case .records(let after, _) = item { return after }
        }
        return nil
    }

    /// How many records wait, as far as their zxids tell: those of runs that cross an epoch's end are not counted.
    public var recordCount: Int {
        items[head...].reduce(0) { count, item in
            guard case .records(let after, let through) = item, after.epoch == through.epoch else { return count }
            return count + Int(through.counter - after.counter)
        }
    }

    public mutating func append(_ bytes: Bytes) { items.append(.bytes(bytes)) }

    public mutating func append(snapshot: Snapshot) { items.append(.snapshot(snapshot)) }

    /// Adds a run. At the tip of a busy leader that is one run that grows, not one entry for each batch.
    public mutating func appendRecords(after: Zxid, through: Zxid) {
        // Never across an epoch's end: a frame of proposals holds one epoch's, which the learner's protocol counts on.
        if !isEmpty, case .records(let start, let end) = items[items.count - 1], end == after,
            end.epoch == through.epoch
        {
            items[items.count - 1] = .records(after: start, through: through)
        } else {
            items.append(.records(after: after, through: through))
        }
    }

    /// The first item, a run, has gone out up to and including `last`: what is left of it stays first.
    public mutating func sent(through last: Zxid) {
        guard case .records(let after, let through)? = first else { preconditionFailure("no run goes out") }
        precondition(last > after, "nothing of the run after \(after) has gone out")
        if last >= through { removeFirst() } else { items[head] = .records(after: last, through: through) }
    }

    /// The first item has gone out.
    public mutating func removeFirst() {
        precondition(!isEmpty)
        head += 1
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 256, head * 2 > items.count {
            // Seldom enough to cost nothing, often enough to bound what is kept of what has gone out.
            items.removeFirst(head)
            head = 0
        }
    }
}
