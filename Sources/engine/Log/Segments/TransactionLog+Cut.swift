import Zab

/// Making the log shorter. Each of these is decided by one write, the start of a new segment; see `SegmentFormat` for
/// what a crash leaves.
extension TransactionLog {
    /// Removes every record after `zxid`, so that none can come back. Durable when it returns.
    ///
    /// Order: what stays is synced; the new segment's start, which voids the rest, is written and synced (the
    /// decision); the segment with the cut is shortened and synced; the segments behind it are removed, and the
    /// directory synced. A crash before the decision leaves the old log, any later one the cut log.
    ///
    /// - Throws: `notInLog` if there is no such record (and it is not `base`); the log is unchanged and goes on.
    public func truncate(after zxid: Zxid) throws(LogError) {
        try checkAlive()
        if zxid == last { return try sync() }
        let base = catalog.base
        guard zxid > base, zxid < last else {
            guard zxid == base else { throw .notInLog(zxid, base: base, last: last) }
            return try reset(to: LogPosition(zxid: base, chain: catalog.baseChain))
        }
        do {
            try cut(after: zxid)
        } catch .notInLog(let zxid, let base, let last) {
            throw .notInLog(zxid, base: base, last: last)
        } catch {
            throw fail(error)
        }
    }

    private func cut(after zxid: Zxid) throws(LogError) {
        let reader = makeReader()
        let place = try reader.place(of: zxid)
        reader.close()
        try syncActive()
        try cut(after: place.position, in: place.sequence, file: place.file, at: place.end)
    }

    /// - Parameters:
    ///   - sequence: the segment that holds the last record that stays.
    ///   - end: where that record ends.
    func cut(
        after position: LogPosition,
        in sequence: UInt64,
        file: D.File,
        at end: Int
    ) throws(LogError) {
        committed = min(committed, position.zxid)
        let (segment, _) = try writeStart(.cut, previous: sequence, after: position)
        try syncActive()
        let dropped = catalog.cut(after: position.zxid, in: sequence, at: end, goingOnIn: segment)
        do {
            try disk.setSize(of: file, to: end)
            try disk.sync(file)
        } catch {
            throw .disk(error)
        }
        try supply.remove(dropped)
        epochEnds.removeAll { $0.epoch >= position.zxid.epoch }
        if position.zxid > catalog.base { epochEnds.append(position.zxid) }
        goOn(after: position)
    }

    /// Drops the whole log; it goes on after `position`, that of a snapshot that is durable. Durable when it returns.
    public func reset(to position: LogPosition) throws(LogError) {
        try checkAlive()
        do {
            // What was written and not synced is void in a moment.
            isDirty = false
            committed = min(committed, position.zxid)
            let (segment, _) = try writeStart(.origin, previous: 0, after: position)
            try syncActive()
            try supply.remove(catalog.replaceAll(with: segment))
        } catch {
            throw fail(error)
        }
        epochEnds = []
        goOn(after: position)
    }

    private func goOn(after position: LogPosition) {
        last = position.zxid
        chain = position.chain
        durable = position.zxid
    }

    /// Gives up the segments that hold nothing after `zxid`. Returns the zxid that the log starts after now.
    @discardableResult
    public func trim(keepingAfter zxid: Zxid) throws(LogError) -> Zxid {
        try checkAlive()
        do { try supply.retire(catalog.trim(keepingAfter: zxid)) } catch { throw fail(error) }
        return catalog.base
    }
}
