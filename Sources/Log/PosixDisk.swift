import CPlatform
import Glibc

/// The kernel's files. EINTR is tried again and short reads and writes are continued, except in syncs: a sync that did
/// not return success is a failure, whatever it says.
public struct PosixDisk: Disk {
    /// An open file; closed when the last reference goes.
    public final class File: Sendable {
        public let path: String
        public let descriptor: Int32

        fileprivate init(path: String, descriptor: Int32) {
            self.path = path
            self.descriptor = descriptor
        }

        deinit { close(descriptor) }
    }

    public init() {}

    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> File {
        let flags = O_RDWR | O_CLOEXEC | (mode == .replacing ? O_CREAT | O_TRUNC : 0)
        return File(path: path, descriptor: try Self.open(path, flags))
    }

    private static func open(_ path: String, _ flags: Int32) throws(DiskError) -> Int32 {
        while true {
            let descriptor = Glibc.open(path, flags, 0o644)
            if descriptor >= 0 { return descriptor }
            if errno != EINTR { throw DiskError(.open, path, errno) }
        }
    }

    public func read(
        _ file: File,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws(DiskError) -> Int {
        var done = 0
        while done < buffer.count {
            let count = pread(file.descriptor, buffer.baseAddress! + done, buffer.count - done, off_t(offset + done))
            if count > 0 {
                done += count
            } else if count == 0 {
                break
            } else if errno != EINTR {
                throw DiskError(.read, file.path, errno)
            }
        }
        return done
    }

    public func write(
        _ pieces: UnsafeBufferPointer<iovec>,
        to file: File,
        at offset: Int
    ) throws(DiskError) {
        let expected = pieces.reduce(0) { $0 + $1.iov_len }
        var written = 0
        while true {
            let count = zb_pwritev(file.descriptor, pieces.baseAddress, Int32(pieces.count), Int64(offset))
            if count >= 0 {
                written = count
                break
            }
            if errno != EINTR { throw DiskError(.write, file.path, errno) }
        }
        if written < expected { try finish(pieces, written, file, at: offset) }
    }

    /// The rest of a short write, piece by piece: rare, so it need not be fast.
    private func finish(
        _ pieces: UnsafeBufferPointer<iovec>,
        _ written: Int,
        _ file: File,
        at offset: Int
    ) throws(DiskError) {
        var start = 0
        for piece in pieces {
            var done = max(0, min(piece.iov_len, written - start))
            while done < piece.iov_len {
                let count = pwrite(
                    file.descriptor,
                    piece.iov_base + done,
                    piece.iov_len - done,
                    off_t(offset + start + done)
                )
                if count > 0 {
                    done += count
                } else if count == 0 {
                    throw DiskError(.write, file.path, EIO)
                } else if errno != EINTR {
                    throw DiskError(.write, file.path, errno)
                }
            }
            start += piece.iov_len
        }
    }

    public func syncData(_ file: File) throws(DiskError) {
        if zb_fdatasync(file.descriptor) != 0 { throw DiskError(.fdatasync, file.path, errno) }
    }

    public func sync(_ file: File) throws(DiskError) {
        if fsync(file.descriptor) != 0 { throw DiskError(.fsync, file.path, errno) }
    }

    public func size(of file: File) throws(DiskError) -> Int {
        var status = stat()
        if fstat(file.descriptor, &status) != 0 { throw DiskError(.fstat, file.path, errno) }
        return Int(status.st_size)
    }

    public func setSize(of file: File, to count: Int) throws(DiskError) {
        if ftruncate(file.descriptor, off_t(count)) != 0 { throw DiskError(.ftruncate, file.path, errno) }
    }

    public func allocate(_ file: File, count: Int) throws(DiskError) {
        if zb_fallocate(file.descriptor, 0, Int64(count)) != 0 { throw DiskError(.fallocate, file.path, errno) }
    }

    public func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try checkHint(zb_start_writeback(file.descriptor, Int64(offset), Int64(count)), file)
    }

    public func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try checkHint(zb_await_writeback(file.descriptor, Int64(offset), Int64(count)), file)
    }

    /// A file system that has no such call only loses a hint; an error of the device is one.
    private func checkHint(_ result: Int32, _ file: File) throws(DiskError) {
        guard result != 0 else { return }
        if errno == EIO || errno == ENOSPC { throw DiskError(.writeback, file.path, errno) }
    }

    public func rename(_ path: String, to other: String) throws(DiskError) {
        if Glibc.rename(path, other) != 0 { throw DiskError(.rename, path, errno) }
    }

    public func remove(_ path: String) throws(DiskError) {
        if unlink(path) != 0 { throw DiskError(.unlink, path, errno) }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        guard let stream = opendir(directory) else { throw DiskError(.list, directory, errno) }
        defer { closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = readdir(stream) else {
                if errno != 0 { throw DiskError(.list, directory, errno) }
                break
            }
            let name = withUnsafeBytes(of: &entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != "." && name != ".." { names.append(name) }
        }
        return names.sorted()
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        if mkdir(path, 0o755) != 0 && errno != EEXIST { throw DiskError(.mkdir, path, errno) }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let descriptor = try Self.open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(descriptor) }
        if fsync(descriptor) != 0 { throw DiskError(.syncDirectory, path, errno) }
    }
}
