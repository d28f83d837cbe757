import NIOCore
import Replica
import Wire
import Zab

/// What goes out on one quorum link, in order: frames, runs of the history, a snapshot.
///
/// Nothing is queued but positions: a run of records is read, from memory or from the log, when the socket has room.
/// So a follower that is slow costs no memory, and one that fell behind catches up from the log without anybody
/// noticing but its own link.
final class QuorumLink {
    private enum Item {
        case bytes(ByteBuffer)
        case records(after: Zxid, through: Zxid)
        case snapshot(SnapshotSender)
    }

    let handler: PeerHandler
    private var items: [Item] = []
    private var head = 0

    init(handler: PeerHandler) { self.handler = handler }

    var isIdle: Bool { head == items.count }
    /// The oldest zxid that still has to be read for this link; nil if there is none.
    var oldestNeeded: Zxid? {
        for item in items[head...] {
            if case .records(let after, _) = item { return after }
        }
        return nil
    }

    func enqueue(_ bytes: UnsafeRawBufferPointer) {
        if isIdle, handler.isWritable {
            handler.send(bytes)
            return
        }
        items.append(.bytes(ByteBuffer(bytes: bytes)))
    }

    func enqueueRecords(after: Zxid, through: Zxid) {
        // The tip of a busy leader: one run that grows, not one entry for each batch.
        // Never across an epoch's end: a frame of proposals holds one epoch's, which the learner's protocol counts on.
        if items.count > head, case .records(let start, let end) = items[items.count - 1], end == after,
            end.epoch == through.epoch
        {
            items[items.count - 1] = .records(after: start, through: through)
        } else {
            items.append(.records(after: after, through: through))
        }
    }

    func enqueueSnapshot(_ sender: SnapshotSender) { items.append(.snapshot(sender)) }

    /// Writes while the socket has room.
    ///
    /// - Throws: what the log or the snapshot says when it cannot be read.
    func pump(_ server: ServerLoop) throws {
        var wrote = false
        while head < items.count, handler.isWritable {
            switch items[head] {
            case .bytes(let buffer):
                handler.write(buffer)
                head += 1
            case .records(let after, let through):
                let last = try server.writeRecords(after: after, through: through, to: handler)
                if last >= through { head += 1 } else { items[head] = .records(after: last, through: through) }
            case .snapshot(let sender):
                if try !sender.writeNext(to: handler) { head += 1 }
            }
            wrote = true
        }
        if head == items.count {
            items.removeAll(keepingCapacity: true)
            head = 0
        } else if head >= 256, head * 2 > items.count {
            items.removeFirst(head)
            head = 0
        }
        if wrote { handler.flush() }
    }
}
