import CPlatform
import Glibc

/// For tests of losses of power alone: the kernel's files, with everything that is not synced in a journal that outlives
/// the process, for `PowerLoss`. Each change costs one more read, one more write and a lock.
///
/// All files must be on the file system of the journal's directory, since they get a second name there.
public struct JournalingDisk: Disk {
    public typealias File = PosixDisk.File

    private let base: PosixDisk
    let journal: UnsyncedJournal

    /// - Parameter directory: of the journal; made if it is not there. A journal that is there is gone on with.
    public init(_ base: PosixDisk, journal directory: String) throws(DiskError) {
        self.base = base
        journal = try UnsyncedJournal(directory)
    }

    public func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        guard mode == .replacing, try !journal.makeFile(path) else { return try base.open(path, mode, access) }
        let former = try base.open(path, .existing)
        let ticket = try journal.willResize(former, to: 0)
        let file = try base.open(path, mode, access)
        journal.made(ticket)
        return file
    }

    public func read(
        _ file: File,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws(DiskError) -> Int {
        try base.read(file, into: buffer, at: offset)
    }

    public func write(
        _ pieces: UnsafeBufferPointer<iovec>,
        to file: File,
        at offset: Int
    ) throws(DiskError) {
        let count = pieces.reduce(0) { $0 + $1.iov_len }
        let ticket = try journal.willWrite(file, at: offset, count: count)
        // The fdatasync of a chain covers what was written before, too.
        let before = file.access == .linkedSync ? try journal.coveredBySync(of: file) : []
        try base.write(pieces, to: file, at: offset)
        journal.made(ticket)
        let own = ticket.map { [$0] } ?? []
        switch file.access {
        case .buffered: break
        case .dsync, .writeDsync, .direct: try journal.synced(own, isDataOnly: true)
        case .linkedSync: try journal.synced(before + own, isDataOnly: true)
        }
    }

    public func syncData(_ file: File) throws(DiskError) {
        let covered = try journal.coveredBySync(of: file)
        try base.syncData(file)
        try journal.synced(covered, isDataOnly: true)
    }

    public func sync(_ file: File) throws(DiskError) {
        let covered = try journal.coveredBySync(of: file)
        try base.sync(file)
        try journal.synced(covered, isDataOnly: false)
    }

    public func size(of file: File) throws(DiskError) -> Int { try base.size(of: file) }

    public func setSize(of file: File, to count: Int) throws(DiskError) {
        let ticket = try journal.willResize(file, to: count)
        try base.setSize(of: file, to: count)
        journal.made(ticket)
    }

    public func allocate(_ file: File, count: Int) throws(DiskError) {
        // Never makes it shorter.
        let ticket = try journal.willResize(file, to: max(count, try base.size(of: file)))
        try base.allocate(file, count: count)
        journal.made(ticket)
    }

    // Neither makes anything durable.
    public func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try base.startWriteback(file, at: offset, count: count)
    }

    public func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try base.awaitWriteback(file, at: offset, count: count)
    }

    public func rename(_ path: String, to other: String) throws(DiskError) { try journal.rename(path, to: other) }
    public func remove(_ path: String) throws(DiskError) { try journal.remove(path) }
    public func list(_ directory: String) throws(DiskError) -> [String] { try base.list(directory) }
    public func makeDirectory(_ path: String) throws(DiskError) { try base.makeDirectory(path) }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let covered = journal.coveredBySync(ofDirectory: path)
        try base.syncDirectory(path)
        try journal.syncedDirectory(covered)
    }
}
