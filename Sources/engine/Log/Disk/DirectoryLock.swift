import CPlatform
import Glibc

/// Keeps a second server out of a data directory, in this process or another: flock(2) on the file `lock`. The kernel
/// lets go when the holder dies, so nothing stale can remain.
public final class DirectoryLock: Sendable {
    private let descriptor: Int32

    /// - Throws: `LogError.locked` if somebody else holds it; `disk` if the file cannot be made.
    public init(_ directory: String) throws(LogError) {
        let path = directory + "/lock"
        let disk = PosixDisk()
        do { try disk.makeDirectory(directory) } catch { throw .disk(error) }
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .disk(DiskError(.open, path, errno)) }
        guard zb_lock_exclusive(descriptor) == 0 else {
            let code = errno
            close(descriptor)
            throw code == EWOULDBLOCK ? .locked(path: directory) : .disk(DiskError(.lock, path, code))
        }
        self.descriptor = descriptor
    }

    deinit {
        // Not by closing alone: a process that is being started at this moment has a copy until it executes.
        _ = zb_unlock(descriptor)
        close(descriptor)
    }
}
