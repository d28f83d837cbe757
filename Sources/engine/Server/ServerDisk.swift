import CPlatform
import Glibc
import Log

/// The kernel's disk; for tests of losses of power the one that keeps a journal of what is not synced. A server that is
/// measured has the first, for one branch a call.
enum ServerDisk: Disk {
    typealias File = PosixDisk.File

    case plain(PosixDisk)
    case journaling(JournalingDisk)

    /// - Throws: `ConfigurationError` for a journal that cannot be where it is to be.
    init(_ configuration: ServerConfiguration) throws {
        let disk = PosixDisk(syncDelayMicroseconds: configuration.injectedSyncMicroseconds)
        guard let directory = configuration.injectedUnsyncedJournal else {
            self = .plain(disk)
            return
        }
        do {
            self = .journaling(try JournalingDisk(disk, journal: directory))
        } catch {
            throw ConfigurationError("zabbench.inject.unsyncedJournal: \(error); choose another directory")
        }
        for data in [configuration.dataDir, configuration.dataLogDir] {
            try PosixDisk().makeDirectory(data)
            guard try Self.device(of: data) == Self.device(of: directory) else {
                throw ConfigurationError(
                    "zabbench.inject.unsyncedJournal: \(directory) must be on the same file system as \(data); choose another directory"
                )
            }
        }
    }

    private static func device(of directory: String) throws(DiskError) -> dev_t {
        var status = stat()
        guard stat(directory, &status) == 0 else { throw DiskError(.fstat, directory, errno) }
        return status.st_dev
    }

    func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        switch self {
        case .plain(let disk): try disk.open(path, mode, access)
        case .journaling(let disk): try disk.open(path, mode, access)
        }
    }

    func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        switch self {
        case .plain(let disk): try disk.read(file, into: buffer, at: offset)
        case .journaling(let disk): try disk.read(file, into: buffer, at: offset)
        }
    }

    func write(_ pieces: UnsafeBufferPointer<iovec>, to file: File, at offset: Int) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.write(pieces, to: file, at: offset)
        case .journaling(let disk): try disk.write(pieces, to: file, at: offset)
        }
    }

    func syncData(_ file: File) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.syncData(file)
        case .journaling(let disk): try disk.syncData(file)
        }
    }

    func sync(_ file: File) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.sync(file)
        case .journaling(let disk): try disk.sync(file)
        }
    }

    func size(of file: File) throws(DiskError) -> Int {
        switch self {
        case .plain(let disk): try disk.size(of: file)
        case .journaling(let disk): try disk.size(of: file)
        }
    }

    func setSize(of file: File, to count: Int) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.setSize(of: file, to: count)
        case .journaling(let disk): try disk.setSize(of: file, to: count)
        }
    }

    func allocate(_ file: File, count: Int) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.allocate(file, count: count)
        case .journaling(let disk): try disk.allocate(file, count: count)
        }
    }

    func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.startWriteback(file, at: offset, count: count)
        case .journaling(let disk): try disk.startWriteback(file, at: offset, count: count)
        }
    }

    func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.awaitWriteback(file, at: offset, count: count)
        case .journaling(let disk): try disk.awaitWriteback(file, at: offset, count: count)
        }
    }

    func rename(_ path: String, to other: String) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.rename(path, to: other)
        case .journaling(let disk): try disk.rename(path, to: other)
        }
    }

    func remove(_ path: String) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.remove(path)
        case .journaling(let disk): try disk.remove(path)
        }
    }

    func list(_ directory: String) throws(DiskError) -> [String] {
        switch self {
        case .plain(let disk): try disk.list(directory)
        case .journaling(let disk): try disk.list(directory)
        }
    }

    func makeDirectory(_ path: String) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.makeDirectory(path)
        case .journaling(let disk): try disk.makeDirectory(path)
        }
    }

    func syncDirectory(_ path: String) throws(DiskError) {
        switch self {
        case .plain(let disk): try disk.syncDirectory(path)
        case .journaling(let disk): try disk.syncDirectory(path)
        }
    }
}
