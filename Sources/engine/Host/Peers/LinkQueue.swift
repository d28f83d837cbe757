import DequeModule
import Zab

/// What is to go out on one quorum link, in order: frames, runs of the history, snapshots.
///
/// Nothing of the history is queued but positions: a run is read, from memory or from the log, when the link has room.
/// So a follower that is slow costs no memory, and one that fell behind catches up from the log without anybody
/// noticing but its own link.
public struct LinkQueue<Bytes, Snapshot> {
    public enum Item {
        /// Whole frames, and how many bytes they are.
        case bytes(Bytes, count: Int)
        /// The records after `after`, up to and including `through`.
        case records(after: Zxid, through: Zxid)
        /// A snapshot's file, as frames.
        case snapshot(Snapshot)
    }

    /// How many bytes of frames may wait. A link on which more would wait is to be closed: its peer takes nothing.
    public let bytesMax: Int
    /// Frames that pass all others, in their own order (`PeerFrame.passes`).
    private var ahead: Deque<(bytes: Bytes, count: Int)> = []
    private var items: Deque<Item> = []
    /// Bytes of frames that wait.
    public private(set) var byteCount = 0

    /// - Parameter bytesMax: above what a server's own clients may have under way (`MemberLimits.pendingBytesMax`), all
    ///   of which may be on its way to the leader.
    public init(bytesMax: Int = 64 << 20) { self.bytesMax = bytesMax }

    public var isEmpty: Bool { ahead.isEmpty && items.isEmpty }
    /// How many items wait.
    public var count: Int { ahead.count + items.count }

    /// What goes out next. Right after it has gone out: `removeFirst`, or `sent(through:)` for a run.
    public var first: Item? {
        if let next = ahead.first { return .bytes(next.bytes, count: next.count) }
        return items.first
    }

    /// The zxid after which the log must be kept for this link; nil if it needs nothing of it.
    public var oldestNeeded: Zxid? {
        for item in items {
            if case .records(let after, _) = item { return after }
        }
        return nil
    }

    /// Hands every frame that waits to `body`, those first that pass others.
    public func forEachFrame(_ body: (Bytes) -> Void) {
        for next in ahead { body(next.bytes) }
        for item in items { if case .bytes(let bytes, _) = item { body(bytes) } }
    }

    /// How many records wait, as far as their zxids tell: those of runs that cross an epoch's end are not counted.
    public var recordCount: Int {
        items.reduce(0) { count, item in
            guard case .records(let after, let through) = item, after.epoch == through.epoch else { return count }
            return count + Int(through.counter - after.counter)
        }
    }

    /// False, and nothing is appended, if that would be more than `bytesMax`.
    ///
    /// - Parameter passing: goes out before everything that is no such frame, a run or a snapshot that has begun among it:
    ///   heartbeats must not wait for as long as a backlog takes.
    public mutating func append(_ bytes: Bytes, count: Int, passing: Bool = false) -> Bool {
        guard byteCount + count <= bytesMax else { return false }
        byteCount += count
        guard !passing else {
            ahead.append((bytes, count))
            return true
        }
        items.append(.bytes(bytes, count: count))
        return true
    }

    public mutating func append(snapshot: Snapshot) { items.append(.snapshot(snapshot)) }

    /// Adds a run. At the tip of a busy leader that is one run that grows, not one entry for each batch.
    public mutating func appendRecords(after: Zxid, through: Zxid) {
        // Never across an epoch's end: a frame of proposals holds one epoch's, which the learner's protocol counts on.
        if case .records(let start, let end) = items.last, end == after, end.epoch == through.epoch {
            items[items.count - 1] = .records(after: start, through: through)
        } else {
            items.append(.records(after: after, through: through))
        }
    }

    /// The first item, a run, has gone out up to and including `last`: what is left of it stays first.
    public mutating func sent(through last: Zxid) {
        guard case .records(let after, let through) = items.first else {
            preconditionFailure("no run goes out")
        }
        precondition(last > after, "nothing of the run after \(after) has gone out")
        if last >= through { removeItem() } else { items[0] = .records(after: last, through: through) }
    }

    /// The first item has gone out.
    public mutating func removeFirst() {
        precondition(!isEmpty)
        if !ahead.isEmpty {
            byteCount -= ahead.removeFirst().count
            return
        }
        removeItem()
    }

    private mutating func removeItem() {
        if case .bytes(_, let count) = items.removeFirst() { byteCount -= count }
    }
}
