import Glibc
import Zab

/// Writes one snapshot: of our own state, or as it comes in from the leader. `finish` or `abandon` ends it.
///
/// The log is on the same disk and must not wait behind a snapshot's bytes. So after each MiB the kernel is told to
/// begin writing it, and the one before it is waited for: never more than two MiB are dirty, and there is no flush of
/// the device's cache and no journal commit until the end. (An fdatasync each MiB would cost both each time, since the
/// file grows, and the log's own syncs would queue behind them.) The hint makes nothing durable; `finish` does.
///
/// A failure is not the server's end: nothing depends on a snapshot that was never finished. The writer is dead then.
public final class SnapshotFileWriter<D: Disk> {
    public let position: LogPosition

    private let disk: D
    private let directory: String
    private let file: D.File
    private let buffer: UnsafeMutableRawPointer
    private var buffered = 0
    private var offset = 0
    private var checksum: UInt32
    private var payloadCount = 0
    private var chunkCount = 0
    private var isOver = false

    private static var pace: Int { 1 << 20 }
    private static var bufferSize: Int {
        pace + SnapshotFormat.chunkHeaderSize + SnapshotFormat.chunkMax + SnapshotFormat.trailerSize
    }

    init(_ disk: D, directory: String, position: LogPosition, ensemble: UInt64) throws(LogError) {
        self.disk = disk
        self.directory = directory
        self.position = position
        do {
            file = try disk.open(SnapshotStore<D>.temporaryPath(directory, position.zxid), .replacing)
        } catch {
            throw .disk(error)
        }
        buffer = .allocate(byteCount: Self.bufferSize, alignment: 16)
        checksum = SnapshotFormat.writeHeader(position, ensemble: ensemble, to: buffer)
        buffered = SnapshotFormat.headerSize
    }

    deinit { buffer.deallocate() }

    /// Adds payload bytes; more than 256 KiB become several chunks.
    public func append(_ bytes: UnsafeRawBufferPointer) throws(LogError) {
        precondition(!isOver, "the snapshot is finished or abandoned")
        var start = 0
        while start < bytes.count {
            let end = min(start + SnapshotFormat.chunkMax, bytes.count)
            let chunk = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
            checksum = SnapshotFormat.checksum(checksum, count: UInt32(chunk.count), chunk)
            buffer.put(UInt32(chunk.count), at: buffered)
            buffer.put(checksum, at: buffered + 4)
            (buffer + buffered + 8).copyMemory(from: chunk.baseAddress!, byteCount: chunk.count)
            buffered += SnapshotFormat.chunkHeaderSize + chunk.count
            payloadCount += chunk.count
            chunkCount += 1
            start = end
            if buffered >= Self.pace { try flush() }
        }
    }

    private func flush() throws(LogError) {
        do {
            try disk.write(UnsafeRawBufferPointer(start: buffer, count: buffered), to: file, at: offset)
            try disk.startWriteback(file, at: offset, count: buffered)
            if offset > 0 {
                let before = max(0, offset - Self.bufferSize)
                try disk.awaitWriteback(file, at: before, count: offset - before)
            }
        } catch {
            isOver = true
            throw .disk(error)
        }
        offset += buffered
        buffered = 0
    }

    /// Makes the snapshot whole and durable, under its name.
    public func finish() throws(LogError) {
        precondition(!isOver, "the snapshot is finished or abandoned")
        let trailer = buffer + buffered
        trailer.put(SnapshotFormat.trailerMark, at: 0)
        trailer.put(UInt64(payloadCount), at: 8)
        trailer.put(UInt64(chunkCount), at: 16)
        let counts = UnsafeRawBufferPointer(start: trailer + 8, count: 16)
        trailer.put(SnapshotFormat.checksum(checksum, count: SnapshotFormat.trailerMark, counts), at: 4)
        buffered += SnapshotFormat.trailerSize
        try flush()
        isOver = true
        do {
            if !PlantedBug.snapshotNotSynced.isPlanted { try disk.sync(file) }
            try disk.rename(
                SnapshotStore<D>.temporaryPath(directory, position.zxid),
                to: SnapshotStore<D>.path(directory, position.zxid)
            )
            try disk.syncDirectory(directory)
        } catch {
            throw .disk(error)
        }
    }

    /// Removes what was written.
    public func abandon() {
        isOver = true
        // Nobody depends on it: whatever remains is removed when the store is opened again.
        try? disk.remove(SnapshotStore<D>.temporaryPath(directory, position.zxid))
    }
}
