import DequeModule
import Wire
import Zab

/// The newest part of the history, in memory: what is not applied yet, and as much before it as fits, so that a
/// follower that is a little behind is served without touching the disk.
///
/// Batches are shared with the log thread and the senders; nothing is copied.
public struct RecentHistory {
    private var batches: Deque<RecordBatch> = []
    /// The zxid before the first record in memory, and its checksum.
    public private(set) var base: Zxid
    private var baseChain: UInt32
    /// The newest record's zxid and checksum.
    public private(set) var last: Zxid
    public private(set) var chain: UInt32
    public private(set) var byteCount = 0
    /// The last record handed out by `nextToApply`, and its checksum.
    public private(set) var applied: Zxid
    public private(set) var appliedChain: UInt32
    /// Where the next record to apply stands: an index into `batches`, an offset in that batch.
    private var cursor = (batch: 0, offset: 0)

    /// An empty window after the record `base`, which is applied.
    public init(base: Zxid = .zero, chain: UInt32 = 0) {
        self.base = base
        baseChain = chain
        last = base
        self.chain = chain
        applied = base
        appliedChain = chain
        batches.reserveCapacity(64)
    }

    public mutating func append(_ batch: RecordBatch) {
        precondition(
            batch.chainBefore == chain && last.mayBeFollowed(by: batch.first) || PlantedBug.zxidGapAccepted.isPlanted,
            "a gap in the history"
        )
        batches.append(batch)
        byteCount += batch.bytes.count
        last = batch.last
        chain = batch.chainAfter
    }

    /// The next record up to and including `limit` that has not been applied; the view is valid until `trim`.
    public mutating func nextToApply(through limit: Zxid) -> (zxid: Zxid, payload: UnsafeRawBufferPointer)? {
        guard applied < limit, cursor.batch < batches.count else { return nil }
        let bytes = batches[cursor.batch].bytes
        let record = UnsafeRawBufferPointer(rebasing: bytes[cursor.offset...])
        let header = RecordHeader(at: record)!
        guard header.zxid <= limit else { return nil }
        applied = header.zxid
        appliedChain = header.checksum
        cursor.offset += header.recordCount
        if cursor.offset == bytes.count { cursor = (cursor.batch + 1, 0) }
        return (header.zxid, UnsafeRawBufferPointer(rebasing: record[RecordLayout.headerSize..<header.recordCount]))
    }

    /// A place ahead of the next record to apply; see `peek`.
    struct Lookahead {
        fileprivate var batch: Int
        fileprivate var offset: Int
    }

    var lookahead: Lookahead { Lookahead(batch: cursor.batch, offset: cursor.offset) }

    /// The payload at that place, which moves on; nil at the end. For bringing memory into the cache before its use.
    func peek(_ place: inout Lookahead) -> UnsafeRawBufferPointer? {
        guard place.batch < batches.count else { return nil }
        let bytes = batches[place.batch].bytes
        let record = UnsafeRawBufferPointer(rebasing: bytes[place.offset...])
        let header = RecordHeader(at: record)!
        place.offset += header.recordCount
        if place.offset == bytes.count { place = Lookahead(batch: place.batch + 1, offset: 0) }
        return UnsafeRawBufferPointer(rebasing: record[RecordLayout.headerSize..<header.recordCount])
    }

    /// Drops applied batches from the front until at most `limit` bytes are left or none can go. What our own log has
    /// not made durable stays: a leader can be behind its quorum, and nobody else could send these records.
    public mutating func trim(toByteCount limit: Int, through durable: Zxid = Zxid(rawValue: .max)) {
        while byteCount > limit, cursor.batch > 0 {
            guard batches[0].last <= durable else { return }
            let batch = batches.removeFirst()
            base = batch.last
            baseChain = batch.chainAfter
            byteCount -= batch.bytes.count
            cursor.batch -= 1
        }
    }

    /// Forgets everything after `zxid`, which must not be applied.
    public mutating func truncate(after zxid: Zxid) {
        precondition(zxid >= applied, "a committed transaction must never be cut")
        while let batch = batches.last, batch.last > zxid {
            batches.removeLast()
            byteCount -= batch.bytes.count
            if batch.first <= zxid {
                let kept = Self.prefix(of: batch, through: zxid)
                batches.append(kept)
                byteCount += kept.bytes.count
            }
        }
        last = batches.last?.last ?? base
        chain = batches.last?.chainAfter ?? baseChain
        if cursor.batch < batches.count, cursor.offset == batches[cursor.batch].bytes.count {
            cursor = (cursor.batch + 1, 0)
        }
    }

    private static func prefix(of batch: RecordBatch, through zxid: Zxid) -> RecordBatch {
        var end = 0
        while end < batch.bytes.count,
            let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[end...])), header.zxid <= zxid
        {
            end += header.recordCount
        }
        do {
            let before = Zxid(rawValue: batch.first.rawValue - 1)
            let previous = batch.first.counter == 1 ? Zxid.zero : before
            return try RecordBatch(
                verifying: UnsafeRawBufferPointer(rebasing: batch.bytes[..<end]),
                after: previous,
                chain: batch.chainBefore
            )
        } catch {
            preconditionFailure("a verified batch has an invalid prefix: \(error)")
        }
    }

    /// A run of records inside one batch, for a sender.
    public struct Run {
        public let batch: RecordBatch
        /// Where the run stands in the batch's bytes.
        public let range: Range<Int>
        public let last: Zxid
    }

    /// Records after `after` and up to `through`, at most about `maxBytes` (at least one record) and from one batch;
    /// nil if they are not in memory.
    public func run(after: Zxid, through: Zxid, maxBytes: Int) -> Run? {
        guard after >= base, after < last else { return nil }
        var low = 0
        var high = batches.count
        while low < high {
            let middle = (low + high) / 2
            if batches[middle].last > after { high = middle } else { low = middle + 1 }
        }
        let batch = batches[low]
        if batch.first > after, batch.last <= through, batch.bytes.count <= maxBytes {
            return Run(batch: batch, range: 0..<batch.bytes.count, last: batch.last)
        }
        return Self.run(in: batch, after: after, through: through, maxBytes: maxBytes)
    }

    private static func run(in batch: RecordBatch, after: Zxid, through: Zxid, maxBytes: Int) -> Run? {
        var start = -1
        var end = 0
        var last = after
        while end < batch.bytes.count {
            let header = RecordHeader(at: UnsafeRawBufferPointer(rebasing: batch.bytes[end...]))!
            if header.zxid > after, start < 0 { start = end }
            if start >= 0 {
                let size = end + header.recordCount - start
                if header.zxid > through || (size > maxBytes && end > start) { break }
                last = header.zxid
            }
            end += header.recordCount
        }
        return start >= 0 && end > start ? Run(batch: batch, range: start..<end, last: last) : nil
    }
}
