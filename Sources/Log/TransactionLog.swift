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
        let file: D.File
        var end: Int
        var isEmpty: Bool
    }

    let disk: D
    let directory: String
    let options: LogOptions
    let catalog: SegmentCatalog<D>
    let supply: SegmentSupply<D>

    /// What `open` found.
    public let recovered: RecoveredLog

    /// The segment that is written; nil if the next group begins a new one.
    var active: Active?
    /// The newest segment started; 0 before the first.
    var newestSequence: UInt64
    var lastGroup: UInt64
    var durableGroup: UInt64
    var isDirty = false
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
    public internal(set) var syncCount = 0

    private let pieces = UnsafeMutablePointer<iovec>.allocate(capacity: piecesMax)
    private let header = UnsafeMutableRawPointer.allocate(byteCount: GroupHeader.size, alignment: 16)
    private let zeros = UnsafeMutableRawPointer.allocate(byteCount: SegmentFormat.sector, alignment: 16)

    private static var piecesMax: Int { 1024 }
    /// A group is not made longer than this, unless one batch is.
    private static var groupBytesMax: Int { 1 << 20 }

    init(_ disk: D, directory: String, options: LogOptions, found: FoundLog<D>) {
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
        supply = SegmentSupply(
            disk,
            directory: directory,
            segmentSize: options.segmentSize,
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
        zeros.initializeMemory(as: UInt8.self, repeating: 0, count: SegmentFormat.sector)
    }

    deinit {
        pieces.deallocate()
        header.deallocate()
        zeros.deallocate()
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

    /// Writes these batches behind the last record. They are durable when the next `sync` returns.
    ///
    /// - Parameter committed: the newest zxid known to be committed.
    public func append(_ batches: [RecordBatch], committed: Zxid) throws(LogError) {
        try checkAlive()
        self.committed = max(self.committed, committed)
        do {
            var next = 0
            while next < batches.count { next += try appendSome(of: batches[next...]) }
        } catch {
            throw fail(error)
        }
    }

    /// Makes everything appended durable: one fdatasync.
    public func sync() throws(LogError) {
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

    func checkAlive() throws(LogError) {
        if let failure { throw failure }
    }

    /// Remembers that error as the end of this log.
    func fail(_ error: LogError) -> LogError {
        if failure == nil { failure = error }
        return error
    }

    /// Writes one group of as many of the batches as fit, or moves to the next segment. Returns how many it wrote.
    private func appendSome(of batches: ArraySlice<RecordBatch>) throws(LogError) -> Int {
        if active == nil { try start(.continuation) }
        let room = room
        var taken = 0
        var count = 0
        for batch in batches {
            guard taken + 2 < Self.piecesMax, count + batch.bytes.count <= room,
                taken == 0 || count + batch.bytes.count <= Self.groupBytesMax
            else { break }
            precondition(batch.chainBefore == (taken == 0 ? chain : batches[batches.startIndex + taken - 1].chainAfter))
            pieces[taken + 1] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: batch.bytes.baseAddress!),
                iov_len: batch.bytes.count
            )
            count += batch.bytes.count
            taken += 1
        }
        if taken > 0 {
            let first = batches.first!
            let end = batches[batches.startIndex + taken - 1]
            precondition(last.mayBeFollowed(by: first.first), "zxid \(first.first) after \(last): a gap")
            for batch in batches.prefix(taken) { noteEpochEnd(batch) }
            try writeGroup(pieceCount: taken, count: count, last: end.last, chain: end.chainAfter)
            return taken
        }
        let batch = batches.first!
        if batch.bytes.count <= Self.roomMax(options.segmentSize) {
            try roll()
            return 0
        }
        try appendSplit(batch)
        return 1
    }

    /// The bytes of records that one more group in the active segment can have.
    private var room: Int { active.map { options.segmentSize - $0.end - GroupHeader.size } ?? 0 }

    private static func roomMax(_ segmentSize: Int) -> Int {
        segmentSize - SegmentFormat.headerSize - GroupHeader.size
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
            pieces[1] = iovec(
                iov_base: UnsafeMutableRawPointer(mutating: batch.bytes.baseAddress! + start),
                iov_len: end - start
            )
            try writeGroup(
                pieceCount: 1,
                count: end - start,
                last: lastHeader.zxid,
                chain: lastHeader.checksum
            )
            start = end
        }
    }

    /// One write: header, the pieces that the caller has put in place, padding.
    private func writeGroup(pieceCount: Int, count: Int, last: Zxid, chain: UInt32) throws(LogError) {
        guard var active else { preconditionFailure("no segment") }
        let groupHeader = GroupHeader(
            count: count,
            segment: active.sequence,
            sequence: lastGroup + 1,
            durable: durableGroup,
            committed: committed
        )
        groupHeader.write(to: header)
        pieces[0] = iovec(iov_base: header, iov_len: GroupHeader.size)
        var pieceCount = pieceCount + 1
        let end = groupHeader.end(from: active.end)
        let padding = end - groupHeader.recordsEnd(from: active.end)
        if padding > 0 {
            pieces[pieceCount] = iovec(iov_base: zeros, iov_len: padding)
            pieceCount += 1
        }
        isDirty = true
        do {
            try disk.write(
                UnsafeBufferPointer(start: pieces, count: pieceCount),
                to: active.file,
                at: active.end
            )
        } catch {
            throw .disk(error)
        }
        let entry = IndexEntry(after: self.last, chain: self.chain, offset: active.end)
        bytesWritten += end - active.end
        active.end = end
        active.isEmpty = false
        self.active = active
        lastGroup += 1
        self.last = last
        self.chain = chain
        catalog.extend(from: entry, to: end, last: last)
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
    private func roll() throws(LogError) {
        try syncActive()
        active = nil
    }

    /// Takes the next segment and writes where it begins. The write is covered by the sync of its first group.
    private func start(_ kind: SegmentStart.Kind) throws(LogError) {
        let (segment, _) = try writeStart(kind, previous: newestSequence, after: position)
        catalog.begin(segment)
    }

    /// Takes the next segment, writes its start, and makes it the active one.
    func writeStart(
        _ kind: SegmentStart.Kind,
        previous: UInt64,
        after: LogPosition
    ) throws(LogError) -> (segment: SegmentCatalog<D>.Segment, start: SegmentStart) {
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
            committed: min(committed, after.zxid)
        )
        let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: SegmentFormat.startSize, alignment: 16)
        defer { bytes.deallocate() }
        start.write(to: bytes.baseAddress!)
        do {
            try disk.write(UnsafeRawBufferPointer(bytes), to: prepared.file, at: SegmentFormat.identitySize)
        } catch {
            throw .disk(error)
        }
        isDirty = true
        bytesWritten += bytes.count
        newestSequence = prepared.sequence
        active = Active(
            sequence: prepared.sequence,
            file: prepared.file,
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
}
