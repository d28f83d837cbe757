import CPlatform
import Glibc

/// The kernel's files. EINTR is tried again and short reads and writes are continued, except in syncs: a sync that did
/// not return success is a failure, whatever it says.
public struct PosixDisk: Disk {
    /// An open file; closed when the last reference goes.
    public final class File: @unchecked Sendable {
        public let path: String
        public let descriptor: Int32
        let access: FileAccess
        /// For `linkedSync`; whoever writes to the file has it to himself.
        fileprivate let ring: OpaquePointer?
        fileprivate let syncDelay: UInt32

        fileprivate init(_ path: String, _ descriptor: Int32, _ access: FileAccess, ring: OpaquePointer?, delay: UInt32)
        {
            self.path = path
            self.descriptor = descriptor
            self.access = access
            self.ring = ring
            syncDelay = delay
        }

        deinit {
            if let ring { zb_ring_close(ring) }
            close(descriptor)
        }
    }

    /// Microseconds that each sync of a file takes longer, asleep: a slow disk, for tests of the harness.
    private let syncDelay: UInt32

    public init(syncDelayMicroseconds: Int = 0) { syncDelay = UInt32(clamping: syncDelayMicroseconds) }

    public func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        var flags = O_RDWR | O_CLOEXEC | (mode == .replacing ? O_CREAT | O_TRUNC : 0)
        switch access {
        case .buffered, .writeDsync, .linkedSync: break
        case .dsync: flags |= zb_o_dsync()
        case .direct: flags |= zb_o_dsync() | zb_o_direct()
        }
        let descriptor = try Self.open(path, flags)
        guard access == .linkedSync else { return File(path, descriptor, access, ring: nil, delay: syncDelay) }
        var ring: OpaquePointer?
        let code = zb_ring_open(&ring)
        guard code == 0 else {
            close(descriptor)
            throw DiskError(.ring, path, code)
        }
        return File(path, descriptor, access, ring: ring, delay: syncDelay)
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
        var written = try Self.writeSome(pieces, to: file, at: offset)
        // The rest of a short write, piece by piece: rare, so it need not be fast.
        var start = 0
        for piece in pieces where written < expected {
            defer { start += piece.iov_len }
            while written < start + piece.iov_len {
                let done = written - start
                var rest = iovec(iov_base: piece.iov_base + done, iov_len: piece.iov_len - done)
                let count = try withUnsafePointer(to: &rest) { one throws(DiskError) in
                    try Self.writeSome(UnsafeBufferPointer(start: one, count: 1), to: file, at: offset + written)
                }
                guard count > 0 else { throw DiskError(.write, file.path, EIO) }
                written += count
            }
        }
    }

    /// One call, as the file's access wants it: what was written is durable where it says so, however little it was.
    private static func writeSome(
        _ pieces: UnsafeBufferPointer<iovec>,
        to file: File,
        at offset: Int
    ) throws(DiskError) -> Int {
        while true {
            let (base, count) = (pieces.baseAddress, Int32(pieces.count))
            let written =
                switch file.access {
                case .buffered, .dsync, .direct: zb_pwritev(file.descriptor, base, count, Int64(offset))
                case .writeDsync: zb_pwritev_dsync(file.descriptor, base, count, Int64(offset))
                case .linkedSync: zb_ring_write_and_sync(file.ring, file.descriptor, base, count, Int64(offset))
                }
            if written >= 0 {
                if file.syncDelay > 0, file.access != .buffered { usleep(file.syncDelay) }
                return written
            }
            // Where the write is a sync, too, it is not tried again.
            if errno == EINTR, file.access == .buffered { continue }
            throw DiskError(file.ring == nil ? .write : .ring, file.path, errno)
        }
    }

    public func syncData(_ file: File) throws(DiskError) {
        if file.syncDelay > 0 { usleep(file.syncDelay) }
        if zb_fdatasync(file.descriptor) != 0 { throw DiskError(.fdatasync, file.path, errno) }
    }

    public func sync(_ file: File) throws(DiskError) {
        if file.syncDelay > 0 { usleep(file.syncDelay) }
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

    /// A file system that has no such call only loses a hint. Anything else is the device's failure to write, which this
    /// opening is told of only once.
    private func checkHint(_ result: Int32, _ file: File) throws(DiskError) {
        guard result != 0 else { return }
        guard ![ENOSYS, EOPNOTSUPP, EINVAL, ESPIPE].contains(errno) else { return }
        throw DiskError(.writeback, file.path, errno)
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
