import Wire
import Zab

/// Walks the groups and records of one segment, through a window of bounded size.
///
/// It checks group headers and bounds; checksums of records and the order of zxids are the caller's.
final class SegmentCursor<D: Disk> {
    /// A record as it lies in the window, valid until the next call.
    struct Record {
        let header: RecordHeader
        let bytes: UnsafeRawBufferPointer
    }

    private static var windowCapacity: Int { RecordLayout.headerSize + RecordLayout.payloadMax }
    private static var readAhead: Int { 256 << 10 }

    private let disk: D
    let file: D.File
    let sequence: UInt64
    /// Nothing from here on is read: the end of what has been written, or of the file.
    var limit: Int
    /// Where the current group begins; if there is none, where the next one would.
    private(set) var groupOffset: Int
    private(set) var group: GroupHeader?
    /// Where the next record of the current group begins.
    private(set) var offset: Int

    private let window = UnsafeMutableRawPointer.allocate(byteCount: windowCapacity, alignment: 16)
    private var windowOffset = 0
    private var windowCount = 0

    init(_ disk: D, _ file: D.File, sequence: UInt64, at groupOffset: Int, limit: Int) {
        self.disk = disk
        self.file = file
        self.sequence = sequence
        self.groupOffset = groupOffset
        self.limit = limit
        offset = groupOffset
    }

    deinit { window.deallocate() }

    /// The `count` bytes at `offset`, fewer at the limit. Valid until the next call.
    func bytes(at offset: Int, count: Int) throws(DiskError) -> UnsafeRawBufferPointer {
        let wanted = max(0, min(count, limit - offset))
        precondition(wanted <= Self.windowCapacity)
        if offset < windowOffset || offset + wanted > windowOffset + windowCount {
            let ahead = min(max(wanted, min(Self.readAhead, limit - offset)), Self.windowCapacity)
            windowOffset = offset
            windowCount = 0
            windowCount = try disk.read(
                file,
                into: UnsafeMutableRawBufferPointer(start: window, count: max(ahead, 0)),
                at: offset
            )
        }
        let available = min(wanted, windowOffset + windowCount - offset)
        return UnsafeRawBufferPointer(start: window + (offset - windowOffset), count: available)
    }

    /// Reads the header at `groupOffset` and goes to its first record; nil if there is no header of this segment.
    func enterGroup() throws(DiskError) -> GroupHeader? {
        let header = GroupHeader(reading: try bytes(at: groupOffset, count: GroupHeader.size), segment: sequence)
        group = header
        offset = groupOffset + GroupHeader.size
        return header
    }

    /// Goes to where the group after the current one begins.
    func leaveGroup() {
        guard let group else { preconditionFailure("no group entered") }
        groupOffset = group.end(from: groupOffset)
        offset = groupOffset
        self.group = nil
    }

    var isAtEndOfGroup: Bool { group.map { offset >= $0.recordsEnd(from: groupOffset) } ?? true }

    /// The next record of the current group; nil if it is cut short, or longer than any, or than its group.
    func peek() throws(DiskError) -> Record? {
        guard let group else { preconditionFailure("no group entered") }
        let end = group.recordsEnd(from: groupOffset)
        let start = try bytes(at: offset, count: min(RecordLayout.headerSize, end - offset))
        guard start.count == RecordLayout.headerSize else { return nil }
        let count = Int(start.get(UInt32.self, at: 4))
        guard count <= RecordLayout.payloadMax, offset + RecordLayout.headerSize + count <= end else { return nil }
        let whole = try bytes(at: offset, count: RecordLayout.headerSize + count)
        guard let header = RecordHeader(at: whole) else { return nil }
        return Record(header: header, bytes: whole)
    }

    /// Goes behind that record.
    func skip(_ record: Record) { offset += record.bytes.count }

    /// Whether the padding after the current group's records is zero, as far as the file reaches.
    func paddingIsBlank() throws(DiskError) -> Bool {
        guard let group else { preconditionFailure("no group entered") }
        let end = group.recordsEnd(from: groupOffset)
        return try bytes(at: end, count: group.end(from: groupOffset) - end).isBlank
    }
}
