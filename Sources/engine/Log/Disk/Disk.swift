import CPlatform
import Glibc

/// An operation on a file or directory that the kernel refused.
public struct DiskError: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Operation: String, Hashable, Sendable {
        case open, read, write, fdatasync, fsync, ftruncate, fallocate, rename, link, unlink, mkdir, fstat
        case list = "readdir"
        case ring = "io_uring"
        case syncDirectory = "fsync of directory"
        case writeback = "sync_file_range"
        case lock = "flock"
    }

    public var operation: Operation
    public var path: String
    /// The `errno` of the call.
    public var code: Int32

    public init(_ operation: Operation, _ path: String, _ code: Int32) {
        self.operation = operation
        self.path = path
        self.code = code
    }

    public var isOutOfSpace: Bool { code == ENOSPC || code == EDQUOT }
    /// The process's limit, or the system's.
    public var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE }

    public var description: String { "\(operation.rawValue) \(path): \(String(cString: strerror(code)))" }
}

/// How a file is opened.
public enum OpenMode: Hashable, Sendable {
    /// Reads and writes a file that exists.
    case existing
    /// Creates the file empty, or empties the one that is there.
    case replacing
}

/// What a write to a file does, beyond putting bytes where everybody sees them.
public enum FileAccess: String, CaseIterable, Hashable, Sendable {
    /// Nothing: the page cache has them.
    case buffered
    /// O_DSYNC: the write's bytes, and what is needed to read them back, are durable when it returns.
    case dsync
    /// The same, asked for with each write: pwritev2(2) with RWF_DSYNC.
    case writeDsync
    /// O_DIRECT with O_DSYNC: the same, past the page cache. Offset, length and memory of each piece are multiples of
    /// `directAlignment`, or it is an error (EINVAL).
    case direct
    /// One io_uring chain: the write and, linked to it, fdatasync. Everything written to the file before is durable too.
    case linkedSync

    /// Whether a sync that comes with a write covers that write's bytes and nothing that was written before.
    var syncsOwnBytesOnly: Bool {
        switch self {
        case .dsync, .writeDsync, .direct: true
        case .buffered, .linkedSync: false
        }
    }

    /// Bytes; no disk in use has larger logical blocks.
    public static let directAlignment = 4096
}

/// The file operations that the log, the epoch files and the snapshots are made of; nothing here touches storage any
/// other way. `PosixDisk` is the kernel's; the simulator has one with a page cache that forgets.
///
/// What may be taken for granted, and nothing more:
/// - what `write` wrote is seen by `read` at once, and is durable only when `syncData` or `sync` of that file returns,
///   or at once where the file's `FileAccess` says so;
/// - before that, any of its 512-byte sectors may or may not be on the disk after a crash, each on its own;
/// - a sector is written whole or not at all;
/// - a name that was made, renamed or removed is durable only when `syncDirectory` returns; before that it may or may
///   not have happened, each on its own. Syncing a file says nothing of its name;
/// - a file may be opened more than once, each with its own access; a failure of the device to write is told to each
///   opening once;
/// - after a sync that failed nothing is known of what it covered (ATC'20, "Can Applications Recover from fsync
///   Failures?"): the caller stops.
///
/// A file is closed when its last reference goes. Every method may be called from any thread, for different files at
/// the same time, and `read` also while the same file is written.
public protocol Disk: Sendable {
    associatedtype File: AnyObject & Sendable

    func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File
    /// Fills `buffer` from `offset`; returns fewer bytes than it holds only at the end of the file.
    func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int
    /// Writes all the pieces, one after the other, from `offset`. At most `IOV_MAX` (1024) pieces.
    func write(_ pieces: UnsafeBufferPointer<iovec>, to file: File, at offset: Int) throws(DiskError)
    /// fdatasync(2): the data, and what is needed to read it back.
    func syncData(_ file: File) throws(DiskError)
    /// fsync(2).
    func sync(_ file: File) throws(DiskError)
    func size(of file: File) throws(DiskError) -> Int
    func setSize(of file: File, to count: Int) throws(DiskError)
    /// fallocate(2), mode 0: reserves blocks and extends the size.
    func allocate(_ file: File, count: Int) throws(DiskError)
    /// Hints that `count` bytes from `offset` should begin their way to the device. Makes nothing durable.
    func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError)
    /// Waits until those bytes are with the device. Makes nothing durable.
    func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError)

    func rename(_ path: String, to other: String) throws(DiskError)
    func remove(_ path: String) throws(DiskError)
    /// The names in a directory, sorted, without `.` and `..`.
    func list(_ directory: String) throws(DiskError) -> [String]
    /// No error if it is there already.
    func makeDirectory(_ path: String) throws(DiskError)
    func syncDirectory(_ path: String) throws(DiskError)
}

extension Disk {
    /// Opens it for what is not a group commit.
    public func open(_ path: String, _ mode: OpenMode) throws(DiskError) -> File { try open(path, mode, .buffered) }

    /// Writes one piece.
    public func write(_ bytes: UnsafeRawBufferPointer, to file: File, at offset: Int) throws(DiskError) {
        guard bytes.count > 0 else { return }
        var piece = iovec(iov_base: UnsafeMutableRawPointer(mutating: bytes.baseAddress!), iov_len: bytes.count)
        try withUnsafePointer(to: &piece) { one throws(DiskError) in
            try write(UnsafeBufferPointer(start: one, count: 1), to: file, at: offset)
        }
    }
}
