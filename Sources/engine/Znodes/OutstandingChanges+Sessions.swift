import Wire
import Zab

extension OutstandingChanges {
    func createSession(
        _ reader: inout ByteReader,
        _ zxid: UInt64,
        _ session: Int64,
        _ writer: ByteWriter
    ) throws(WireError) -> ErrorCode {
        let timeout = try reader.int32()
        writer.append(timeout)
        setAlive(session, true, zxid: zxid)
        return .ok
    }

    /// `CloseSessionTxn{paths}`: the session's ephemeral nodes in the state that no proposed transaction deletes, and
    /// those that proposed transactions create. If the list does not fit into a transaction it is left out (null),
    /// which means the same; ZooKeeper fails there (ZOOKEEPER-4306).
    func closeSession(
        _ session: Int64,
        _ zxid: UInt64,
        _ state: ReplicatedState,
        _ writer: ByteWriter,
        from start: Int
    ) -> ErrorCode {
        let countOffset = writer.count
        writer.append(Int32(0))
        var count: Int32 = 0
        let sessionSlot = state.sessions.find(session)
        var slot = sessionSlot >= 0 ? state.sessions[sessionSlot].pointee.firstEphemeral : -1
        while slot >= 0 {
            let node = state.nodes[slot]
            slot = node.pointee.nextEphemeral
            let key = PathKey(Znode.pathBytes(of: node))
            let recordSlot = findPath(key)
            if recordSlot >= 0 {
                let change = paths[recordSlot].pointee
                // A listed one comes with the second loop.
                if !change.standing.exists || change.isListed || change.standing.ephemeralOwner != session { continue }
            }
            if PlantedBug.ephemeralOutlivesSessionBelow.isPlanted, key.lastSlash > 0 { continue }
            remove(key, zxid, state)
            writer.append(buffer: key.bytes)
            count += 1
        }
        var listed = firstListed
        while listed >= 0 {
            let change = paths[listed].pointee
            listed = change.next
            guard change.standing.ephemeralOwner == session else { continue }
            let key = PathKey(start: change.path!, count: change.pathCount)
            writer.append(buffer: key.bytes)
            remove(key, zxid, state)
            count += 1
        }
        if writer.count - start > RecordLayout.payloadMax {
            writer.truncate(to: countOffset)
            writer.appendNull()
        } else {
            writer.set(count, at: countOffset)
        }
        setAlive(session, false, zxid: zxid)
        return .ok
    }
}
