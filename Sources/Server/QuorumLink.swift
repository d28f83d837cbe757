import Log
import NIOCore
import Replica
import Storage
import Wire
import Zab

/// One quorum link and what is to go out on it: `LinkQueue` says in which order, the socket says when.
final class QuorumLink {
    let handler: PeerHandler
    private var queue = LinkQueue<ByteBuffer, SnapshotSender<ServerDisk>>()
    private let frame = ByteWriter(capacity: 4096)

    init(handler: PeerHandler) { self.handler = handler }

    var isIdle: Bool { queue.isEmpty }
    /// Bytes of frames that may wait for the socket, records not among them.
    var waitingBytesMax: Int { queue.bytesMax }
    /// Records that wait for the socket.
    var waitingRecords: Int { queue.recordCount }
    /// The oldest zxid that still has to be read for this link; nil if there is none.
    var oldestNeeded: Zxid? { queue.oldestNeeded }

    /// False if the peer takes nothing and there is no room for more: then the link is to be closed.
    func enqueue(_ bytes: UnsafeRawBufferPointer) -> Bool {
        if isIdle, handler.isWritable {
            handler.send(bytes)
            return true
        }
        return queue.append(ByteBuffer(bytes: bytes), count: bytes.count, passing: PeerFrame.passes(bytes))
    }

    func enqueueRecords(after: Zxid, through: Zxid) { queue.appendRecords(after: after, through: through) }

    func enqueueSnapshot(_ sender: SnapshotSender<ServerDisk>) { queue.append(snapshot: sender) }

    /// Writes while the socket has room.
    ///
    /// - Throws: what the log or the snapshot says when it cannot be read.
    func pump(_ server: ServerLoop) throws {
        var wrote = false
        while handler.isWritable, let item = queue.first {
            switch item {
            case .bytes(let buffer, _):
                handler.write(buffer)
                queue.removeFirst()
            case .records(let after, let through):
                queue.sent(through: try server.writeRecords(after: after, through: through, to: handler))
            case .snapshot(let sender):
                frame.removeAll()
                let goesOn = try sender.writeNext(into: frame)
                handler.write(ByteBuffer(bytes: frame.bytes))
                if !goesOn { queue.removeFirst() }
            }
            wrote = true
        }
        if wrote { handler.flush() }
    }
}
