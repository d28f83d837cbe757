import Wire
import Zab

/// When a node without children goes by itself.
public struct SweepRules: Sendable {
    /// Milliseconds after which a container goes that never had a child; 0: never.
    public var unusedContainerMilliseconds: Int64

    public init(unusedContainerMilliseconds: Int64 = 0) {
        self.unusedContainerMilliseconds = unusedContainerMilliseconds
    }

    /// - Parameter time: wall-clock milliseconds since 1970.
    func maySweep(_ node: Znode, at time: Int64) -> Bool {
        guard node.childCount == 0 else { return false }
        let age = time &- (PlantedBug.ttlFromCreation.isPlanted ? node.ctime : node.mtime)
        guard let ttl = ExtendedOwner.ttl(of: node.extendedOwner) else {
            // Whoever made it may be about to make its first child.
            return node.cversion > 0 || PlantedBug.unusedContainerSwept.isPlanted
                || unusedContainerMilliseconds > 0 && age > unusedContainerMilliseconds
        }
        return age > ttl
    }
}

/// The leader's looking for containers and TTL nodes that may go (`ContainerManager`), a part at a time. Each goes by a
/// transaction, deleteContainer, so all servers agree, and a leader that is none any more deletes nothing.
extension OutstandingChanges {
    /// Makes the transaction `DeleteTxn{path}` of the next node that may go.
    ///
    /// A node that any transaction under way changes is passed over: the next sweep comes by again.
    /// - Parameters:
    ///   - zxid: what the transaction will be; as in `prepare`.
    ///   - time: wall-clock milliseconds since 1970.
    ///   - visits: how many nodes may be looked at; those that were are subtracted.
    ///   - writer: gets TxnHeader and record, if there is one.
    /// - Returns: whether there is one. If not, either `visits` is 0 or the sweep is at its end.
    public func prepareSweep(
        _ rules: SweepRules,
        zxid: Zxid,
        time: Int64,
        visits: inout Int,
        state: ReplicatedState,
        into writer: ByteWriter
    ) -> Bool {
        begin(at: zxid, state)
        while visits > 0 {
            let slot = state.sweepable.next(in: state.nodes)
            guard slot >= 0 else { return false }
            visits -= 1
            let node = state.nodes[slot]
            guard rules.maySweep(node.pointee, at: time) else { continue }
            let key = PathKey(Znode.pathBytes(of: node))
            let isWritten = node.pointee.pendingEra == era && node.pointee.pendingCounter > appliedCounter
            guard !isWritten, findPath(key) < 0 || PlantedBug.sweepOverlooksChild.isPlanted else { continue }
            let type = OpCode.deleteContainer.rawValue
            TransactionHeader(sessionID: 0, cxid: 0, zxid: zxid, time: time, type: type).encode(into: writer)
            writer.append(buffer: key.bytes)
            remove(key, zxid.rawValue, state)
            lastPrepared = zxid.rawValue
            return true
        }
        return false
    }
}

extension ReplicatedState {
    /// How many containers and TTL nodes there are.
    public var sweepableCount: Int { sweepable.count }
    public var isSweeping: Bool { sweepable.cursor >= 0 }

    /// From now on `OutstandingChanges.prepareSweep` looks at each container and TTL node once.
    public func beginSweep() { sweepable.beginSweep() }
    public func endSweep() { sweepable.endSweep() }

    #if PLANTED_BUGS
        /// Removes what may go without a transaction.
        public func removeSwept(_ rules: SweepRules, at time: Int64) {
            var events: [WatchEvent] = []
            var slot = sweepable.first
            while slot >= 0 {
                let node = nodes[slot].pointee
                if rules.maySweep(node, at: time) { removeNode(slot, zxid: lastApplied, &events) }
                slot = node.nextEphemeral
            }
        }
    #endif
}
