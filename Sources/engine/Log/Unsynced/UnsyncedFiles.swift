import Glibc

/// The folder of an `UnsyncedJournal`: the journal, and a second name for every file that it may speak of, so that a file
/// whose name is removed can be put back, and its inode means nothing else meanwhile.
struct UnsyncedFiles {
    let directory: String

    var journal: String { directory + "/journal" }
    var newJournal: String { directory + "/journal.new" }
    var names: String { directory + "/names" }
    var newFile: String { names + "/new" }
    func name(of inode: UInt64) -> String { names + "/\(inode)" }

    /// What `stat` says of the path; nil if nothing is there.
    static func status(_ path: String) throws(DiskError) -> stat? {
        var status = stat()
        if stat(path, &status) == 0 { return status }
        if errno == ENOENT { return nil }
        throw DiskError(.fstat, path, errno)
    }

    static func link(_ path: String, to other: String) throws(DiskError) {
        if Glibc.link(path, other) != 0 { throw DiskError(.link, other, errno) }
    }

    static func unlink(_ path: String) throws(DiskError) {
        if Glibc.unlink(path) != 0, errno != ENOENT { throw DiskError(.unlink, path, errno) }
    }

    /// The inodes that have a second name.
    func inodes() throws(DiskError) -> [UInt64] { try PosixDisk().list(names).compactMap { UInt64($0) } }

    /// Calls `body` with each whole entry in the order of the journal, up to what was being written at the end.
    ///
    /// - Returns: where the whole entries end.
    static func forEachEntry(
        in file: PosixDisk.File,
        _ body: (UnsyncedEntry, UnsafeRawBufferPointer) throws(DiskError) -> Void
    ) throws(DiskError) -> Int {
        let disk = PosixDisk()
        let size = try disk.size(of: file)
        var bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
        defer { bytes.deallocate() }
        var place = 0
        while place < size {
            var count = try disk.read(file, into: bytes, at: place)
            guard let length = UnsyncedEntry.length(UnsafeRawBufferPointer(rebasing: bytes[..<count])),
                length <= size - place
            else { break }
            if length > count {
                if length > bytes.count {
                    bytes.deallocate()
                    bytes = .allocate(byteCount: length, alignment: 16)
                }
                count = try disk.read(file, into: bytes, at: place)
            }
            let whole = UnsafeRawBufferPointer(rebasing: bytes[..<min(length, count)])
            guard var entry = UnsyncedEntry(whole) else { break }
            entry.place = place
            let old = whole[(length - entry.oldCount)...]
            try body(entry, UnsafeRawBufferPointer(rebasing: old))
            place += length
        }
        return place
    }
}

extension UnsyncedFiles {
    /// A name for the file that this descriptor has open.
    static func link(descriptor: Int32, to path: String) throws(DiskError) {
        if linkat(AT_FDCWD, "/proc/self/fd/\(descriptor)", AT_FDCWD, path, AT_SYMLINK_FOLLOW) != 0 {
            throw DiskError(.link, path, errno)
        }
    }
}
