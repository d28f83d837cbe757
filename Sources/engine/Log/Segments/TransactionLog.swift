import Glibc
import Wire
import Zab

/// The history on the disk: appended in groups, cut, trimmed, and read back. `SegmentFormat` says what the files hold
/// and what each crash leaves.
///
/// Synchronous, and used by one thread at a time; only readers (`makeReader`) may be used on other threads meanwhile.
/// `LogThread` gives it a thread of its own; the simulator calls it directly.
///
/// After an error of the disk it does nothing more: every further call throws that first error. A failed write or sync
/// is never tried again, since the kernel forgets what it could not write.
public final class TransactionLog<D: Disk> {
    struct Active {
        let sequence: UInt64
        /// For what is written through the page cache: the segment's start, and groups where the method does so.
        let file: D.File
        /// What the groups are written to, one for each that may be under way at a time.
        let lanes: [D.File]
        var end: Int
        var isEmpty: Bool
    }

    /// A group that has its place in the log, and that a `GroupWriter` has still to carry there.
    package struct PlannedGroup {
        let before: IndexEntry
        let end: Int
        let last: Zxid
        let sequence: UInt64
    }

    package let disk: D
    let directory: String
    package let options: LogOptions
    let catalog: SegmentCatalog<D>
    let supply: SegmentSupply<D>
    /// What new segments say of their ensemble.
    let mark: IdentityMark

    /// What `open` found.
    public let recovered: RecoveredLog

    /// The segment that is written; nil if the next group begins a new one.
    var active: Active?
    /// The newest segment started; 0 before the first.
    var newestSequence: UInt64
    var lastGroup: UInt64
    var durableGroup: UInt64
    package internal(set) var isDirty = false
    var failure: LogError?
    var epochEnds: [Zxid]

    /// The last record written.
    public internal(set) var last: Zxid
    /// Its checksum: what the next record is chained to.
    public internal(set) var chain: UInt32
    /// The last record that is synced.
    public internal(set) var durable: Zxid
    /// The newest zxid known to be committed; recovery reports it.
    public internal(set) var committed: Zxid
    /// All that has been written to segments, with headers and padding.
    public internal(set) var bytesWritten = 0
    /// Calls that the method counts as syncs; an O_DSYNC write is one.
    public internal(set) var syncCount = 0

    /// One for each group that may be under way at a time.
    let writers: [GroupWriter<D>]

    /// A group is not made longer than this, unless one batch is.
    private static var groupBytesMax: Int { 1 << 20 }

    init(_ disk: D, directory: String, options: LogOptions, found: FoundLog<D>, mark: IdentityMark) {
        self.mark = mark
        self.disk = disk
        self.directory = directory
        self.options = options
        recovered = found.report
        catalog = SegmentCatalog(
            segments: found.segments,
            base: found.report.history.base,
            baseChain: found.report.baseChain,
            last: found.report.last
        )
        writers = (0..<options.commit.inFlight).map { _ in GroupWriter(disk, options.strategy.method) }
        supply = SegmentSupply(
            disk,
            directory: directory,
            segmentSize: options.segmentSize,
            allocation: options.strategy.allocation,
            recycledMax: options.recycledMax,
            nextSequence: found.nextSequence,
            recycled: found.recycled
        )
        newestSequence = found.segments.last?.sequence ?? 0
        lastGroup = found.lastGroup
        durableGroup = found.lastGroup
        epochEnds = found.report.history.epochEnds
        last = found.report.last
        durable = found.report.last
        chain = found.report.chain
        committed = found.report.committed
    }

    /// The zxid that the log starts after.
    public var base: Zxid { catalog.base }

    public var history: HistorySummary {
        let base = catalog.base
        return HistorySummary(base: base, epochEnds: epochEnds.filter { $0 > base })
    }

    /// The zxid and chain value up to which this server's log goes on; equal to `recovered` until something is written.
    var position: LogPosition { LogPosition(zxid: last, chain: chain) }

    // MARK: Appending

    private var method: SyncMethod { options.strategy.method }

    /// Writes these batches behind the last record. They are durable when the next `sync` returns.
    ///
    /// - Parameter committed: the newest zxid known to be committed.
    public func append(_ batches: [RecordBatch], committed: Zxid) throws(LogError) {
        try checkAlive()
        note(committed: committed)
        do {
            var next = 0
            while next < batches.count { next += try appendSome(of: batches[next...]) }
        } catch {
            throw fail(error)
        }
    }

    /// Makes everything appended durable, as the strategy's method does or claims to.
    public func sync() throws(LogError) {
        try checkAlive()
        do { try syncAsTheMethodDoes() } catch { throw fail(error) }
    }

    private func syncAsTheMethodDoes() throws(LogError) {
        if method == .fdatasync { return try syncActive() }
        if isDirty {
            do { try writers[0].sync() } catch { throw .disk(error) }
            if method.syncsEachGroup, method.access == .buffered { syncCount += 1 }
        }
        acknowledge(group: lastGroup, last: last)
    }

    /// Makes everything appended durable, whatever the method says: one fdatasync.
    public func flush() throws(LogError) {
        try checkAlive()
        do { try syncActive() } catch { throw fail(error) }
    }

    func syncActive() throws(LogError) {
        if isDirty, let active {
            if !PlantedBug.ackBeforeSync.isPlanted {
                do { try syncData(active.file) } catch { throw .disk(error) }
            }
            syncCount += 1
            isDirty = false
        }
        durableGroup = lastGroup
        durable = last
    }

    private func syncData(_ file: D.File) throws(DiskError) {
        do {
            try disk.syncData(file)
        } catch {
            guard PlantedBug.syncErrorRetried.isPlanted else { throw error }
            try disk.syncData(file)
        }
    }

    /// The method has done what it does for everything up to there. What it does not make durable must not be called so
    /// in the headers to come: by them recovery tells what was lost from what was damaged.
    func acknowledge(group: UInt64, last: Zxid) {
        durable = last
        guard method.waitsForDurability else { return }
        durableGroup = group
        if group == lastGroup { isDirty = false }
    }

    func checkAlive() throws(LogError) {
        if let failure { throw failure }
    }

    func note(committed: Zxid) { self.committed = max(self.committed, committed) }

    /// Remembers that error as the end of this log.
    package func fail(_ error: LogError) -> LogError {
        if failure == nil { failure = error }
        return error
    }

    /// Writes one group of as many of the batches as fit, or moves to the next segment. Returns how many it wrote.
    private func appendSome(of batches: ArraySlice<RecordBatch>) throws(LogError) -> Int {
        if active == nil { try start(.continuation) }
        let taken = fitting(batches)
        if taken > 0 {
            try write(plan(batches.prefix(taken), lane: 0))
            return taken
        }
        let batch = batches.first!
        if fitsSegment(batch) {
            try roll()
            return 0
        }
        try appendSplit(batch)
        return 1
    }

    /// How many of the batches the next group can have in the active segment.
    func fitting(_ batches: ArraySlice<RecordBatch>) -> Int {
        let room = room
        var taken = 0
        var count = 0
        for batch in batches {
            guard taken < GroupWriter<D>.batchesMax, count + batch.bytes.count <= room,
                taken == 0 || count + batch.bytes.count <= Self.groupBytesMax
            else { break }
            count += batch.bytes.count
            taken += 1
        }
        return taken
    }

    /// False for a batch that must be split.
    func fitsSegment(_ batch: RecordBatch) -> Bool {
        batch.bytes.count <= options.segmentSize - SegmentFormat.headerSize - GroupHeader.size
    }

    /// The bytes of records that one more group in the active segment can have.
    private var room: Int { active.map { options.segmentSize - $0.end - GroupHeader.size } ?? 0 }

    /// Gives these batches their place as the next group, to be carried there by the writer of that lane.
    func plan(_ batches: ArraySlice<RecordBatch>, lane: Int) -> PlannedGroup {
        let first = batches.first!
        precondition(last.mayBeFollowed(by: first.first), "zxid \(first.first) after \(last): a gap")
        var chain = self.chain
        var count = 0
        writers[lane].begin()
        for batch in batches {
            precondition(batch.chainBefore == chain)
            chain = batch.chainAfter
            count += batch.bytes.count
            writers[lane].add(batch)
            noteEpochEnd(batch)
        }
        return plan(lane, count: count, last: batches.last!.last, chain: chain)
    }

    /// - Parameter count: the bytes of records that the lane's writer was given.
    private func plan(_ lane: Int, count: Int, last: Zxid, chain: UInt32) -> PlannedGroup {
        guard var active else { preconditionFailure("no segment") }
        let header = GroupHeader(
            count: count,
            segment: active.sequence,
            sequence: lastGroup + 1,
            durable: durableGroup,
            committed: committed,
            alignment: GroupWriter<D>.alignment(of: method)
        )
        writers[lane].seal(header, to: active.lanes[lane], at: active.end)
        let end = header.end(from: active.end)
        let before = IndexEntry(after: self.last, chain: self.chain, offset: active.end)
        bytesWritten += end - active.end
        active.end = end
        active.isEmpty = false
        self.active = active
        lastGroup += 1
        self.last = last
        self.chain = chain
        isDirty = true
        return PlannedGroup(before: before, end: end, last: last, sequence: lastGroup)
    }

    private func write(_ group: PlannedGroup) throws(LogError) {
        do { try writers[0].write() } catch { throw .disk(error) }
        if method.access != .buffered { syncCount += 1 }
        catalog.extend(from: group.before, to: group.end, last: group.last)
    }

    /// A batch too large for any segment: split between records over several.
    private func appendSplit(_ batch: RecordBatch) throws(LogError) {
        precondition(batch.chainBefore == chain)
        precondition(last.mayBeFollowed(by: batch.first), "zxid \(batch.first) after \(last): a gap")
        noteEpochEnd(batch)
        var start = 0
        while start < batch.bytes.count {
            if active == nil { try self.start(.continuation) }
            var end = start
            var lastHeader: RecordHeader?
            while end < batch.bytes.count {
                let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[end...]))!
                let fits = end + header.recordCount - start <= min(room, Self.groupBytesMax)
                // A record longer than a segment makes that segment longer.
                guard fits || (lastHeader == nil && active!.isEmpty) else { break }
                end += header.recordCount
                lastHeader = header
            }
            guard let lastHeader else {
                try roll()
                continue
            }
            writers[0].begin()
            writers[0].add(batch, UnsafeRawBufferPointer(rebasing: batch.bytes[start..<end]))
            try write(plan(0, count: end - start, last: lastHeader.zxid, chain: lastHeader.checksum))
            start = end
        }
    }

    private func noteEpochEnd(_ batch: RecordBatch) {
        if batch.first.epoch == batch.last.epoch {
            noteEpochEnd(batch.last)
        } else {
            batch.forEachRecord { zxid, _ in noteEpochEnd(zxid) }
        }
    }

    private func noteEpochEnd(_ zxid: Zxid) {
        if let end = epochEnds.last, end.epoch == zxid.epoch {
            epochEnds[epochEnds.count - 1] = zxid
        } else {
            epochEnds.append(zxid)
        }
    }

    // MARK: Segments

    /// Ends the active segment. It is made durable first: a segment that has a successor is durable to its end.
    func roll() throws(LogError) {
        try syncActive()
        leaveActive()
    }

    /// What is removed one day must not be kept by an opening that nobody uses.
    private func leaveActive() {
        active = nil
        for writer in writers { writer.leave() }
    }

    /// Takes the next segment and writes where it begins. The write is covered by the sync of its first group; where
    /// that covers the group's own bytes only, it has one of its own.
    func start(_ kind: SegmentStart.Kind) throws(LogError) {
        let (segment, _) = try writeStart(kind, previous: newestSequence, after: position)
        if method.access.syncsOwnBytesOnly {
            do { try disk.syncData(segment.file) } catch { throw .disk(error) }
            syncCount += 1
        }
        catalog.begin(segment)
    }

    /// Takes the next segment, writes its start, and makes it the active one.
    func writeStart(
        _ kind: SegmentStart.Kind,
        previous: UInt64,
        after: LogPosition
    ) throws(LogError) -> (segment: SegmentCatalog<D>.Segment, start: SegmentStart) {
        leaveActive()
        let prepared = try supply.take()
        // The first segment of all has none before it.
        let kind = previous == 0 ? .origin : kind
        let start = SegmentStart(
            kind: kind,
            sequence: prepared.sequence,
            previous: kind == .origin ? 0 : previous,
            after: after.zxid,
            chain: after.chain,
            firstGroup: lastGroup + 1,
            committed: min(committed, after.zxid),
            ensemble: mark.identity
        )
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: SegmentFormat.startSize, alignment: 16)
        defer { bytes.deallocate() }
        start.write(to: bytes.baseAddress!)
        let lanes: [D.File]
        do {
            try disk.write(UnsafeRawBufferPointer(bytes), to: prepared.file, at: SegmentFormat.identitySize)
            lanes = try openLanes(prepared)
        } catch {
            throw .disk(error)
        }
        isDirty = true
        bytesWritten += bytes.count
        newestSequence = prepared.sequence
        active = Active(
            sequence: prepared.sequence,
            file: prepared.file,
            lanes: lanes,
            end: SegmentFormat.headerSize,
            isEmpty: true
        )
        let segment = SegmentCatalog<D>.Segment(
            sequence: prepared.sequence,
            path: prepared.path,
            file: prepared.file,
            startsAfter: after.zxid,
            chain: after.chain,
            end: SegmentFormat.headerSize,
            last: after.zxid,
            index: []
        )
        return (segment, start)
    }

    /// Several groups under way at a time have an opening each: the kernel tells a failed write to one sync of an
    /// opening only, and that might be a sync of another group.
    private func openLanes(_ prepared: PreparedSegment<D>) throws(DiskError) -> [D.File] {
        let access = method.access
        // One group at a time, perhaps with a sync beside it.
        if writers.count == 1, access == .buffered {
            guard case .periodic = method else { return [prepared.file] }
            return [prepared.file, try disk.open(prepared.path, .existing)]
        }
        var lanes: [D.File] = []
        for _ in writers { lanes.append(try disk.open(prepared.path, .existing, access)) }
        return lanes
    }
}
