import CPlatform
import Glibc
import Log

/// Files in memory, for one thread. Nothing ever fails but what does not exist; a file larger than its bound would be
/// one that a length in it made.
public final class MemoryDisk: Disk, @unchecked Sendable {
    public final class File: @unchecked Sendable {
        fileprivate var bytes: [UInt8] = []
    }

    /// No file of a rig needs more.
    public static let fileMax = 8 << 20

    private var files: [String: File] = [:]

    public init() {}

    public func put(_ path: String, _ bytes: [UInt8]) {
        let file = File()
        file.bytes = bytes
        files[path] = file
    }

    public func contents(_ path: String) -> [UInt8] { files[path]?.bytes ?? [] }
    public var paths: [String] { files.keys.sorted() }

    public func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        if let file = files[path] {
            if mode == .replacing { file.bytes = [] }
            return file
        }
        guard mode == .replacing else { throw DiskError(.open, path, ENOENT) }
        let file = File()
        files[path] = file
        return file
    }

    public func read(_ file: File, into buffer: UnsafeMutableRawBufferPointer, at offset: Int) throws(DiskError) -> Int
    {
        guard offset < file.bytes.count else { return 0 }
        let count = min(buffer.count, file.bytes.count - offset)
        file.bytes.withUnsafeBytes {
            buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<(offset + count)]))
        }
        return count
    }

    public func write(_ pieces: UnsafeBufferPointer<iovec>, to file: File, at offset: Int) throws(DiskError) {
        var offset = offset
        for piece in pieces {
            let bytes = UnsafeRawBufferPointer(start: piece.iov_base, count: piece.iov_len)
            grow(file, to: offset + bytes.count)
            file.bytes.withUnsafeMutableBytes {
                UnsafeMutableRawBufferPointer(rebasing: $0[offset...]).copyMemory(from: bytes)
            }
            offset += bytes.count
        }
    }

    private func grow(_ file: File, to count: Int) {
        precondition(count <= Self.fileMax, "a file of \(count) bytes")
        if count > file.bytes.count { file.bytes += [UInt8](repeating: 0, count: count - file.bytes.count) }
    }

    public func syncData(_ file: File) throws(DiskError) {}
    public func sync(_ file: File) throws(DiskError) {}
    public func size(of file: File) throws(DiskError) -> Int { file.bytes.count }

    public func setSize(of file: File, to count: Int) throws(DiskError) {
        grow(file, to: count)
        file.bytes.removeLast(file.bytes.count - count)
    }

    public func allocate(_ file: File, count: Int) throws(DiskError) { grow(file, to: count) }
    public func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {}
    public func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {}

    public func rename(_ path: String, to other: String) throws(DiskError) {
        guard let file = files.removeValue(forKey: path) else { throw DiskError(.rename, path, ENOENT) }
        files[other] = file
    }

    public func remove(_ path: String) throws(DiskError) {
        guard files.removeValue(forKey: path) != nil else { throw DiskError(.unlink, path, ENOENT) }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        paths.filter { $0.hasPrefix(directory + "/") }.map { String($0.dropFirst(directory.count + 1)) }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {}
    public func syncDirectory(_ path: String) throws(DiskError) {}
}
