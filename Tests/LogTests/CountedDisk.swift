import CPlatform
import Glibc
import Synchronization

@testable import Log

/// Real files that stop changing after so many operations, as when their process is killed: the rest fails.
struct CountedDisk<Base: Disk>: Disk {
    typealias File = Base.File

    final class Count: Sendable {
        let made = Mutex(0)
        let limit: Int
        init(limit: Int) { self.limit = limit }
    }

    let base: Base
    let count: Count

    init(_ base: Base, limit: Int = .max) {
        self.base = base
        count = Count(limit: limit)
    }

    var mutationCount: Int { count.made.withLock { $0 } }

    private func mutate(_ path: String) throws(DiskError) {
        let isOver = count.made.withLock { made in
            made += 1
            return made > count.limit
        }
        if isOver { throw DiskError(.write, path, EIO) }
    }

    func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        if mode == .replacing { try mutate(path) }
        return try base.open(path, mode, access)
    }

    func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int {
        try base.read(file, into: buffer, at: offset)
    }

    func write(_ pieces: UnsafeBufferPointer<iovec>, to file: File, at offset: Int) throws(DiskError) {
        try mutate("")
        try base.write(pieces, to: file, at: offset)
    }

    func syncData(_ file: File) throws(DiskError) {
        try mutate("")
        try base.syncData(file)
    }

    func sync(_ file: File) throws(DiskError) {
        try mutate("")
        try base.sync(file)
    }

    func size(of file: File) throws(DiskError) -> Int { try base.size(of: file) }

    func setSize(of file: File, to count: Int) throws(DiskError) {
        try mutate("")
        try base.setSize(of: file, to: count)
    }

    func allocate(_ file: File, count: Int) throws(DiskError) {
        try mutate("")
        try base.allocate(file, count: count)
    }

    func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try base.startWriteback(file, at: offset, count: count)
    }

    func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        try base.awaitWriteback(file, at: offset, count: count)
    }

    func rename(_ path: String, to other: String) throws(DiskError) {
        try mutate(path)
        try base.rename(path, to: other)
    }

    func remove(_ path: String) throws(DiskError) {
        try mutate(path)
        try base.remove(path)
    }

    func list(_ directory: String) throws(DiskError) -> [String] { try base.list(directory) }
    func makeDirectory(_ path: String) throws(DiskError) { try base.makeDirectory(path) }

    func syncDirectory(_ path: String) throws(DiskError) {
        try mutate(path)
        try base.syncDirectory(path)
    }
}
