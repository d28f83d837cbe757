import Log
import Replica
import Wire
import Zab

/// What goes out on the links between servers.
extension ServerHost {
    func write(_ bytes: UnsafeRawBufferPointer, on connection: Connection) {
        counters.bytesOut += bytes.count
        network.write(bytes, on: connection.socket)
    }

    func notify(_ peer: ServerID, _ notification: Notification) {
        guard let connection = ways[way(to: peer)].outbound, network.isOpen(connection.socket) else { return }
        // What a peer does not read of our notifications is bounded by the socket's watermark.
        guard network.isWritable(connection.socket) else {
            observer.complains(.deaf(peer), about: connection.socket)
            close(connection)
            return ended(connection)
        }
        frameWriter.removeAll()
        frameWriter.append(UInt32(Notification.encodedSize))
        notification.encode(into: frameWriter)
        write(frameWriter.bytes, on: connection)
        network.flush(connection.socket)
    }

    /// Whole frames, at once if nothing is before them.
    func send(_ bytes: UnsafeRawBufferPointer, on link: Link) {
        guard let connection = connection(link) else { return }
        counters.messagesOut += 1
        if connection.queue.isEmpty, network.isWritable(connection.socket) {
            write(bytes, on: connection)
            return network.flush(connection.socket)
        }
        let passes = PeerFrame.passes(bytes)
        if !connection.queue.append(network.makeBytes(bytes), count: bytes.count, passing: passes) {
            giveUp(connection, "more than \(connection.queue.bytesMax) bytes of frames wait for it to read")
        }
    }

    func sendSnapshot(_ zxid: Zxid, on link: Link) {
        guard let connection = connection(link) else { return }
        do throws(LogError) { connection.queue.append(snapshot: try store.snapshotSender(zxid)) } catch {
            giveUp(connection, "snapshot \(zxid) cannot be read: \(error)", error)
        }
    }

    /// Sends what waits on all links.
    func pump() {
        guard !isStopped else { return }
        // One that is given up leaves the list.
        var place = 0
        while place < links.count {
            let connection = links[place]
            if !connection.queue.isEmpty { pump(connection) }
            if place < links.count, links[place] === connection { place += 1 }
        }
    }

    /// Sends what waits on a link while its socket has room.
    func pump(_ connection: Connection) {
        var wrote = false
        do throws(LogError) {
            while network.isWritable(connection.socket), let item = connection.queue.first {
                try write(item, on: connection)
                wrote = true
            }
        } catch {
            return giveUp(connection, "the history cannot be read: \(error)", error)
        }
        if wrote { network.flush(connection.socket) }
    }

    private func write(_ item: Connection.Queue.Item, on connection: Connection) throws(LogError) {
        switch item {
        case .bytes(let bytes, let count):
            counters.bytesOut += count
            network.write(bytes, on: connection.socket)
            connection.queue.removeFirst()
        case .records(let after, let through):
            connection.queue.sent(through: try writeRecords(after: after, through: through, on: connection))
        case .snapshot(let sender):
            frameWriter.removeAll()
            let goesOn = try sender.writeNext(into: frameWriter)
            write(frameWriter.bytes, on: connection)
            if !goesOn { connection.queue.removeFirst() }
        }
    }

    /// Writes one run of the history as one frame, from memory if it is there, else from the log. Returns its last zxid.
    private func writeRecords(after: Zxid, through: Zxid, on connection: Connection) throws(LogError) -> Zxid {
        let records: Network.Bytes
        let (last, count): (Zxid, Int)
        let bytesMax = configuration.recordBytesMax
        if let run = member.history.run(after: after, through: through, maxBytes: bytesMax) {
            (last, count) = (run.last, run.range.count)
            if let newest = newestRun, newest.batch === run.batch, newest.range == run.range {
                records = newest.bytes
            } else {
                records = network.makeBytes(UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range]))
                newestRun = (run.batch, run.range, records)
            }
        } else {
            let batch = try store.read(after: after, through: through, maxBytes: bytesMax)
            observer.hasReadFromLog()
            (last, count) = (batch.last, batch.bytes.count)
            records = network.makeBytes(batch.bytes)
        }
        frameWriter.removeAll()
        PeerFrame.encodeProposalsHeader(committed: min(member.committed, last), recordBytes: count, into: frameWriter)
        write(frameWriter.bytes, on: connection)
        counters.bytesOut += count
        network.write(records, on: connection.socket)
        counters.messagesOut += 1
        return last
    }
}
