import CPlatform
import Zab

/// One transaction in the log and on the peer link, the same bytes in both:
///
///     crc32c: UInt32 | length: UInt32 | zxid: UInt64 | payload (`length` bytes)        big-endian
///
/// The checksum covers length, zxid and payload, and continues from the checksum of the record before it in the
/// history (the *chain*): a record is valid at one place of one history only, so a stale record in a recycled block,
/// or one after a gap, never passes for a live one. The chain of an empty history is 0. The payload is ZooKeeper's own
/// transaction: TxnHeader and record, in Jute.
public enum RecordLayout {
    public static let headerSize = 16
    /// The largest payload: a client frame of ZooKeeper's default `jute.maxbuffer` and what the leader adds to it.
    public static let payloadMax = 0xfffff + 4096

    /// The checksum of the record at `record` (header and payload in place, `count` bytes in all), chained to `chain`.
    @inlinable
    public static func checksum(of record: UnsafeRawPointer, count: Int, chain: UInt32) -> UInt32 {
        zb_crc32c(chain, record + 4, count - 4)
    }
}

/// A header read and bounded, not yet verified by its checksum.
public struct RecordHeader: Hashable, Sendable {
    public var checksum: UInt32
    public var payloadCount: Int
    public var zxid: Zxid

    /// Reads the header at the start of `bytes`; nil if there are too few bytes for header and payload or the length is
    /// larger than any record's.
    @inlinable
    public init?(at bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= RecordLayout.headerSize else { return nil }
        checksum = UInt32(bigEndian: bytes.loadUnaligned(as: UInt32.self))
        payloadCount = Int(UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: 4, as: UInt32.self)))
        zxid = Zxid(rawValue: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
        guard payloadCount <= RecordLayout.payloadMax, RecordLayout.headerSize + payloadCount <= bytes.count else {
            return nil
        }
    }

    @inlinable public var recordCount: Int { RecordLayout.headerSize + payloadCount }
}

/// Consecutive records, encoded and checksummed once: the same bytes go to the log and to every follower.
///
/// Immutable once made, so it is shared between the loop, the log thread and the senders without a lock.
public final class RecordBatch: @unchecked Sendable {
    public let bytes: UnsafeRawBufferPointer
    /// Number of records, at least 1.
    public let count: Int
    public let first: Zxid
    public let last: Zxid
    /// The chain value that the first record continues.
    public let chainBefore: UInt32
    /// The checksum of the last record: the chain value for what follows.
    public let chainAfter: UInt32
    /// Whose memory `bytes` are a part of; nil if they are this one's own.
    private let owner: RecordBatch?

    private init(
        bytes: UnsafeRawBufferPointer,
        count: Int,
        first: Zxid,
        last: Zxid,
        chainBefore: UInt32,
        chainAfter: UInt32,
        owner: RecordBatch? = nil
    ) {
        self.owner = owner
        self.bytes = bytes
        self.count = count
        self.first = first
        self.last = last
        self.chainBefore = chainBefore
        self.chainAfter = chainAfter
    }

    deinit { if owner == nil { bytes.deallocate() } }

    /// Copies `encoded` (whole records, one after the other) and verifies each: bounds, checksum chained from
    /// `chain`, zxids without a gap after `previous`.
    ///
    /// - Throws: `WireError` saying which record is wrong, and how.
    public convenience init(
        verifying encoded: UnsafeRawBufferPointer,
        after previous: Zxid,
        chain: UInt32
    ) throws(WireError) {
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: encoded.count, alignment: 16)
        copy.copyMemory(from: encoded)
        let bytes = UnsafeRawBufferPointer(copy)
        do {
            let walked = try Self.walk(bytes, after: previous, chain: chain)
            self.init(
                bytes: bytes,
                count: walked.count,
                first: walked.first,
                last: walked.last,
                chainBefore: chain,
                chainAfter: walked.chain
            )
        } catch {
            copy.deallocate()
            throw error
        }
    }

    /// Takes over what a `RecordBatchBuilder` made; no verification.
    fileprivate convenience init(built: UnsafeRawBufferPointer, builder: borrowing RecordBatchBuilder) {
        self.init(
            bytes: built,
            count: builder.count,
            first: builder.first,
            last: builder.last,
            chainBefore: builder.chainBefore,
            chainAfter: builder.chain
        )
    }

    private static func walk(
        _ bytes: UnsafeRawBufferPointer,
        after previous: Zxid,
        chain: UInt32
    ) throws(WireError) -> (count: Int, first: Zxid, last: Zxid, chain: UInt32) {
        var offset = 0
        var count = 0
        var last = previous
        var first = Zxid.zero
        var chain = chain
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            guard let header = RecordHeader(at: rest) else {
                throw WireError("record \(count) after zxid \(last): cut short or oversized")
            }
            let actual = RecordLayout.checksum(of: rest.baseAddress!, count: header.recordCount, chain: chain)
            guard
                actual == header.checksum || PlantedBug.zxidGapAccepted.isPlanted
                    || PlantedBug.checksumSkipped.isPlanted
            else {
                throw WireError("record \(count) after zxid \(last): checksum mismatch")
            }
            guard last.mayBeFollowed(by: header.zxid) || PlantedBug.zxidGapAccepted.isPlanted else {
                throw WireError("zxid \(header.zxid) after \(last): a gap")
            }
            if count == 0 { first = header.zxid }
            last = header.zxid
            chain = actual
            count += 1
            offset += header.recordCount
        }
        guard count > 0 else { throw WireError("an empty batch") }
        return (count, first, last, chain)
    }

    /// The first records, at most so many and at most so many bytes of them, but at least one; and the rest, nil if there
    /// is none. Both share this batch's memory.
    public func split(records: Int, bytes limit: Int) -> (first: RecordBatch, rest: RecordBatch?) {
        var end = 0
        var taken = 0
        var header: RecordHeader?
        while taken < count, taken == 0 || taken < records {
            let next = RecordHeader(at: UnsafeRawBufferPointer(rebasing: bytes[end...]))!
            if taken > 0, end + next.recordCount > limit { break }
            end += next.recordCount
            taken += 1
            header = next
        }
        guard taken < count, let header else { return (self, nil) }
        let second = RecordHeader(at: UnsafeRawBufferPointer(rebasing: bytes[end...]))!
        return (
            RecordBatch(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[..<end]),
                count: taken,
                first: first,
                last: header.zxid,
                chainBefore: chainBefore,
                chainAfter: header.checksum,
                owner: owner ?? self
            ),
            RecordBatch(
                bytes: UnsafeRawBufferPointer(rebasing: bytes[end...]),
                count: count - taken,
                first: second.zxid,
                last: last,
                chainBefore: header.checksum,
                chainAfter: chainAfter,
                owner: owner ?? self
            )
        )
    }

    /// Calls `body` with each record's zxid and payload, in order.
    @inlinable
    public func forEachRecord(_ body: (Zxid, UnsafeRawBufferPointer) throws -> Void) rethrows {
        var offset = 0
        while offset < bytes.count {
            let rest = UnsafeRawBufferPointer(rebasing: bytes[offset...])
            let header = RecordHeader(at: rest)!
            try body(
                header.zxid,
                UnsafeRawBufferPointer(rebasing: rest[RecordLayout.headerSize..<header.recordCount])
            )
            offset += header.recordCount
        }
    }
}

/// Builds a batch record by record. Between `beginRecord` and `endRecord` the payload is written to `writer`.
public struct RecordBatchBuilder: ~Copyable {
    public let writer: ByteWriter
    public private(set) var count = 0
    public private(set) var first = Zxid.zero
    public private(set) var last = Zxid.zero
    public let chainBefore: UInt32
    public private(set) var chain: UInt32
    private var recordStart = 0

    /// - Parameter chain: the checksum of the record before the first one.
    public init(chain: UInt32, writer: ByteWriter = ByteWriter(capacity: 4096)) {
        chainBefore = chain
        self.chain = chain
        self.writer = writer
        writer.removeAll()
    }

    public var isEmpty: Bool { count == 0 }

    public mutating func beginRecord() {
        recordStart = writer.count
        _ = writer.reserve(RecordLayout.headerSize)
    }

    /// Takes back what was written since `beginRecord`.
    public mutating func abandonRecord() { writer.truncate(to: recordStart) }

    public mutating func endRecord(zxid: Zxid) {
        let size = writer.count - recordStart
        precondition(size - RecordLayout.headerSize <= RecordLayout.payloadMax)
        let start = writer.base + recordStart
        start.storeBytes(of: UInt32(size - RecordLayout.headerSize).bigEndian, toByteOffset: 4, as: UInt32.self)
        start.storeBytes(of: zxid.rawValue.bigEndian, toByteOffset: 8, as: UInt64.self)
        chain = RecordLayout.checksum(of: UnsafeRawPointer(start), count: size, chain: chain)
        start.storeBytes(of: chain.bigEndian, as: UInt32.self)
        if count == 0 { first = zxid }
        last = zxid
        count += 1
    }

    /// The batch, in memory of its own; the writer can be used again.
    public consuming func finish() -> RecordBatch {
        precondition(count > 0)
        let copy = UnsafeMutableRawBufferPointer.allocate(byteCount: writer.count, alignment: 16)
        copy.copyMemory(from: writer.bytes)
        return RecordBatch(built: UnsafeRawBufferPointer(copy), builder: self)
    }
}
