import CPlatform
import Glibc
import Wire

/// The way of one group to the disk: gathers header, records and padding, and writes and syncs them as the strategy's
/// method does. As many of these as there are groups under way at a time.
///
/// Filled by the log's thread, carried out by any one thread, then free again.
final class GroupWriter<D: Disk>: @unchecked Sendable {
    private let disk: D
    private let method: SyncMethod
    private let pieces = UnsafeMutablePointer<iovec>.allocate(capacity: piecesMax)
    private let header = UnsafeMutableRawPointer.allocate(byteCount: GroupHeader.size, alignment: 16)
    private let zeros = UnsafeMutableRawPointer.allocate(byteCount: SegmentFormat.sector, alignment: 16)
    /// Where the group is put together for O_DIRECT.
    private var block = UnsafeMutableRawBufferPointer(start: nil, count: 0)
    /// What the pieces point into.
    private var batches: [RecordBatch] = []

    private var pieceCount = 0
    private var file: D.File?
    private var range = 0..<0
    /// Where what is written and not synced begins in the file.
    private var unsyncedFrom: Int?

    static var piecesMax: Int { 1024 }
    /// Batches that one group can have: two pieces are the header and the padding.
    static var batchesMax: Int { piecesMax - 2 }

    init(_ disk: D, _ method: SyncMethod) {
        self.disk = disk
        self.method = method
        zeros.initializeMemory(as: UInt8.self, repeating: 0, count: SegmentFormat.sector)
    }

    deinit {
        pieces.deallocate()
        header.deallocate()
        zeros.deallocate()
        block.deallocate()
    }

    /// Groups begin at multiples of this.
    static func alignment(of method: SyncMethod) -> Int {
        method.access == .direct ? FileAccess.directAlignment : SegmentFormat.sector
    }

    /// Lets go of the segment.
    func leave() {
        file = nil
        unsyncedFrom = nil
    }

    func begin() {
        batches.removeAll(keepingCapacity: true)
        pieceCount = 1
    }

    func add(_ batch: RecordBatch) { add(batch, batch.bytes) }

    /// - Parameter bytes: whole records of that batch.
    func add(_ batch: RecordBatch, _ bytes: UnsafeRawBufferPointer) {
        batches.append(batch)
        pieces[pieceCount] = iovec(
            iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress!),
            iov_len: bytes.count
        )
        pieceCount += 1
    }

    /// Everything is added, and this is where it goes.
    func seal(_ groupHeader: GroupHeader, to file: D.File, at offset: Int) {
        groupHeader.write(to: header)
        pieces[0] = iovec(iov_base: header, iov_len: GroupHeader.size)
        if self.file !== file { unsyncedFrom = nil }
        self.file = file
        range = offset..<groupHeader.end(from: offset)
        let padding = range.upperBound - groupHeader.recordsEnd(from: offset)
        if method.access == .direct {
            gather()
        } else if padding > 0 {
            pieces[pieceCount] = iovec(iov_base: zeros, iov_len: padding)
            pieceCount += 1
        }
    }

    /// Copies all pieces into one aligned block, with zeros up to its end.
    private func gather() {
        if block.count < range.count {
            block.deallocate()
            block = .allocate(byteCount: range.count, alignment: FileAccess.directAlignment)
        }
        var count = 0
        for piece in UnsafeBufferPointer(start: pieces, count: pieceCount) {
            (block.baseAddress! + count).copyMemory(from: piece.iov_base, byteCount: piece.iov_len)
            count += piece.iov_len
        }
        (block.baseAddress! + count).initializeMemory(as: UInt8.self, repeating: 0, count: range.count - count)
        pieces[0] = iovec(iov_base: block.baseAddress, iov_len: range.count)
        pieceCount = 1
    }

    /// One write. Durable when it returns, if the method's access says so.
    func write() throws(DiskError) {
        guard let file else { preconditionFailure("nothing to write") }
        unsyncedFrom = unsyncedFrom ?? range.lowerBound
        try disk.write(UnsafeBufferPointer(start: pieces, count: pieceCount), to: file, at: range.lowerBound)
        batches.removeAll(keepingCapacity: true)
    }

    /// What the method wants to be done after the write: of everything that was written to the file.
    func sync() throws(DiskError) {
        guard let file else { preconditionFailure("nothing to sync") }
        switch method {
        case .none, .periodic, .dsync, .rwfDsync, .directDsync, .ioUring: break
        case .syncFileRange:
            let start = unsyncedFrom ?? range.lowerBound
            try disk.awaitWriteback(file, at: start, count: range.upperBound - start)
        case .fsync: try disk.sync(file)
        case .fdatasync: try disk.syncData(file)
        }
        unsyncedFrom = nil
    }
}
