import Wire
import Zab

/// Reads the log from the disk, in order or from anywhere, while it is appended to: for followers that lag behind what
/// is in memory, and for rebuilding the state.
///
/// One thread at a time uses one reader; it need not be the log's thread. It keeps its place, so that reading on is
/// sequential, and pins the segment that it reads. Call `close` when done.
public final class LogReader<D: Disk> {
    private let disk: D
    private let catalog: SegmentCatalog<D>

    private var cursor: SegmentCursor<D>?
    private var path = ""
    private var generation = 0
    /// The record before the cursor.
    private var position = LogPosition.zero
    private let buffer = ByteWriter(capacity: 64 << 10)

    init(_ disk: D, _ catalog: SegmentCatalog<D>) {
        self.disk = disk
        self.catalog = catalog
    }

    deinit { close() }

    /// Gives up the place, and with it the segment. Reading again takes a new one.
    public func close() {
        guard let cursor else { return }
        catalog.unpin(cursor.sequence)
        self.cursor = nil
    }

    /// The records after `after`, up to and including `through` as far as they have been written: at least one, and no
    /// more than `maxBytes` unless the first alone is larger. Nil if there is none yet.
    ///
    /// - Throws: `LogError.notInLog` if `after` was trimmed, cut or never written; `corrupt`; `disk`.
    public func read(after: Zxid, through: Zxid, maxBytes: Int) throws(LogError) -> RecordBatch? {
        guard after < through, try seek(to: after) else { return nil }
        let start = position
        buffer.removeAll()
        while position.zxid < through, let record = try next() {
            let header = record.header
            guard header.zxid <= through, buffer.count == 0 || buffer.count + record.bytes.count <= maxBytes else {
                break
            }
            buffer.append(bytes: record.bytes)
            consume(record)
            if buffer.count >= maxBytes { break }
        }
        guard buffer.count > 0 else { return nil }
        do {
            return try RecordBatch(verifying: buffer.bytes, after: start.zxid, chain: start.chain)
        } catch {
            throw damaged("the records after \(start.zxid)", found: error.description)
        }
    }

    /// That record's place in the history: the value that a snapshot at this zxid must carry.
    public func position(at zxid: Zxid) throws(LogError) -> LogPosition {
        if zxid == catalog.base { return LogPosition(zxid: zxid, chain: catalog.baseChain) }
        guard try seek(to: zxid) else {
            throw .notInLog(zxid, base: catalog.base, last: catalog.last)
        }
        return position
    }

    /// Where the record `zxid` ends: the segment, and the offset in it.
    func place(of zxid: Zxid) throws(LogError) -> (sequence: UInt64, file: D.File, end: Int, position: LogPosition) {
        guard try seek(to: zxid), let cursor else {
            throw .notInLog(zxid, base: catalog.base, last: catalog.last)
        }
        return (cursor.sequence, cursor.file, cursor.offset, position)
    }

    /// Stands behind the record `zxid`; false if the log has no segment at all.
    private func seek(to zxid: Zxid) throws(LogError) -> Bool {
        if let cursor, position.zxid == zxid, let end = catalog.end(of: cursor.sequence, generation: generation) {
            cursor.limit = end
            return true
        }
        close()
        guard try moveToSegment(holding: zxid) else { return false }
        while position.zxid < zxid, let record = try next() { consume(record) }
        guard position.zxid == zxid else {
            close()
            throw .notInLog(zxid, base: catalog.base, last: catalog.last)
        }
        return true
    }

    private func moveToSegment(holding zxid: Zxid) throws(LogError) -> Bool {
        guard let place = try catalog.pin(after: zxid) else { return false }
        stand(at: place)
        return true
    }

    /// Goes to the segment that begins where this one ends; false, staying here, if there is none yet.
    private func moveToNextSegment() throws(LogError) -> Bool {
        guard let cursor, let place = try catalog.pin(after: position.zxid) else { return false }
        if place.sequence == cursor.sequence {
            catalog.unpin(place.sequence)
            return false
        }
        stand(at: place)
        return true
    }

    private func stand(at place: SegmentCatalog<D>.Place) {
        close()
        cursor = SegmentCursor(
            disk,
            place.file,
            sequence: place.sequence,
            at: place.entry.offset,
            limit: place.end
        )
        path = place.path
        generation = place.generation
        position = LogPosition(zxid: place.entry.after, chain: place.entry.chain)
    }

    private func consume(_ record: SegmentCursor<D>.Record) {
        position = LogPosition(zxid: record.header.zxid, chain: record.header.checksum)
        cursor!.skip(record)
    }

    /// The next record in this segment or the one after; nil at the end of what has been written.
    private func next() throws(LogError) -> SegmentCursor<D>.Record? {
        do {
            while let cursor {
                if cursor.group != nil && cursor.isAtEndOfGroup { cursor.leaveGroup() }
                if cursor.offset >= cursor.limit {
                    guard try moveToNextSegment() else { return nil }
                    continue
                }
                if cursor.group == nil, try cursor.enterGroup() == nil {
                    throw damaged("a group of segment \(cursor.sequence)", found: "something else")
                }
                guard let record = try cursor.peek() else {
                    throw damaged("the record after \(position.zxid)", found: "a truncated one")
                }
                return record
            }
            return nil
        } catch let error as DiskError {
            throw .disk(error)
        } catch let error as LogError {
            throw error
        } catch {
            preconditionFailure("an error of no known type")
        }
    }

    /// The error for bytes that are not what was written; or, if records were cut meanwhile, that they are gone.
    private func damaged(_ expected: String, found: String) -> LogError {
        guard let cursor else { return .stopped }
        let (sequence, offset) = (cursor.sequence, cursor.offset)
        let isCurrent = catalog.end(of: sequence, generation: generation) != nil
        close()
        if !isCurrent { return .notInLog(position.zxid, base: catalog.base, last: catalog.last) }
        return .corrupt(Corruption(path: path, offset: offset, expected: expected, found: found))
    }
}

extension TransactionLog {
    /// A reader of this log, for any one thread.
    public func makeReader() -> LogReader<D> { LogReader(disk, catalog) }

    /// Calls `body` with the records after `zxid`, in order, at most 1 MiB at a time: to rebuild the state.
    public func forEachBatch(after zxid: Zxid, _ body: (RecordBatch) -> Void) throws(LogError) {
        let reader = makeReader()
        defer { reader.close() }
        var done = zxid
        while done < last, let batch = try reader.read(after: done, through: last, maxBytes: 1 << 20) {
            body(batch)
            done = batch.last
        }
    }
}
