import Zab

/// Reads a snapshot's payload chunk by chunk, each verified; for loading it and for sending it to a follower.
public final class SnapshotFileReader<D: Disk> {
    public let position: LogPosition
    /// The identity of its ensemble, 0 for none.
    public let ensemble: UInt64
    public let path: String

    private let disk: D
    private let file: D.File
    /// What was read last, so that small chunks do not cost a system call each.
    private let window = UnsafeMutableRawBufferPointer.allocate(
        byteCount: 2 * SnapshotFormat.chunkMax,
        alignment: 16
    )
    private var windowOffset = 0
    private var windowCount = 0
    private var offset = SnapshotFormat.headerSize
    private var checksum: UInt32
    private var payloadCount = 0
    private var chunkCount = 0
    private var isAtEnd = false

    init(_ disk: D, path: String, expecting zxid: Zxid) throws(LogError) {
        self.disk = disk
        self.path = path
        let header: (position: LogPosition, ensemble: UInt64, checksum: UInt32)?
        do {
            file = try disk.open(path, .existing)
            let count = try disk.read(
                file,
                into: UnsafeMutableRawBufferPointer(rebasing: window[..<SnapshotFormat.headerSize]),
                at: 0
            )
            header = SnapshotFormat.readHeader(UnsafeRawBufferPointer(rebasing: window[..<count]))
        } catch {
            window.deallocate()
            throw .disk(error)
        }
        guard let header, header.position.zxid == zxid else {
            window.deallocate()
            throw .corrupt(
                Corruption(
                    path: path,
                    offset: 0,
                    expected: "the header of a snapshot at \(zxid)",
                    found: header.map { "that of one at \($0.position.zxid)" } ?? "other bytes"
                )
            )
        }
        position = header.position
        ensemble = header.ensemble
        checksum = header.checksum
    }

    deinit { window.deallocate() }

    /// The next chunk, of at most 256 KiB, valid until the next call; nil at the end of a whole snapshot.
    public func next() throws(LogError) -> UnsafeRawBufferPointer? {
        if isAtEnd { return nil }
        var bytes = try read(at: offset, count: SnapshotFormat.trailerSize + 1)
        guard bytes.count >= SnapshotFormat.chunkHeaderSize else { throw corrupt("the end of the file") }
        let count = bytes.get(UInt32.self, at: 0)
        if count == SnapshotFormat.trailerMark {
            try finish(bytes)
            return nil
        }
        guard count > 0, Int(count) <= SnapshotFormat.chunkMax else { throw corrupt("a chunk of \(count) bytes") }
        bytes = try read(at: offset, count: SnapshotFormat.chunkHeaderSize + Int(count))
        guard bytes.count == SnapshotFormat.chunkHeaderSize + Int(count) else { throw corrupt("the end of the file") }
        let chunk = UnsafeRawBufferPointer(
            rebasing: bytes[SnapshotFormat.chunkHeaderSize..<(SnapshotFormat.chunkHeaderSize + Int(count))]
        )
        let actual = SnapshotFormat.checksum(checksum, count: count, chunk)
        guard actual == bytes.get(UInt32.self, at: 4) else { throw corrupt("a checksum mismatch") }
        checksum = actual
        offset += SnapshotFormat.chunkHeaderSize + Int(count)
        payloadCount += Int(count)
        chunkCount += 1
        return chunk
    }

    private func finish(_ bytes: UnsafeRawBufferPointer) throws(LogError) {
        guard bytes.count == SnapshotFormat.trailerSize else { throw corrupt("a trailer of \(bytes.count) bytes") }
        let counts = UnsafeRawBufferPointer(rebasing: bytes[8..<SnapshotFormat.trailerSize])
        let actual = SnapshotFormat.checksum(checksum, count: SnapshotFormat.trailerMark, counts)
        guard actual == bytes.get(UInt32.self, at: 4), bytes.get(UInt64.self, at: 8) == UInt64(payloadCount),
            bytes.get(UInt64.self, at: 16) == UInt64(chunkCount)
        else { throw corrupt("a trailer of another file") }
        isAtEnd = true
    }

    /// The `count` bytes at `offset`, fewer at the end of the file; valid until the next call.
    private func read(at offset: Int, count: Int) throws(LogError) -> UnsafeRawBufferPointer {
        if offset < windowOffset || offset + count > windowOffset + windowCount {
            windowCount = 0
            do { windowCount = try disk.read(file, into: window, at: offset) } catch { throw .disk(error) }
            windowOffset = offset
        }
        let start = offset - windowOffset
        return UnsafeRawBufferPointer(rebasing: window[start..<min(start + count, windowCount)])
    }

    private func corrupt(_ found: String) -> LogError {
        .corrupt(
            Corruption(path: path, offset: offset, expected: "chunk \(chunkCount) or the trailer", found: found)
        )
    }
}
