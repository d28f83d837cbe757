import Glibc
import Log
import Synchronization

extension SimulatedDisk {
    private func node(of file: File) -> Int {
        precondition(file.disk === self, "\(file.path) was opened on another disk, or before a crash")
        return file.node
    }

    public func open(_ path: String, _ mode: OpenMode, _ access: FileAccess) throws(DiskError) -> File {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = try state.withLock { state throws(DiskError) in
            let isNew = mode == .replacing && state.node(path) == nil
            try state.enterOrFail(isNew ? .nameChange : .other, .open, path)
            return try state.open(path, mode)
        }
        return File(self, node: node, path: path, access: access)
    }

    public func read(
        _ file: File,
        into buffer: UnsafeMutableRawBufferPointer,
        at offset: Int
    ) throws(DiskError) -> Int {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        nonisolated(unsafe) let buffer = buffer
        let node = node(of: file)
        return try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.read, .read, file.path)
            let count = state.contents[node].seen.count
            guard offset < count else { return 0 }
            let end = min(count, offset + buffer.count)
            state.contents[node].seen.withUnsafeBytes {
                buffer.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<end]))
            }
            return end - offset
        }
    }

    public func write(
        _ pieces: UnsafeBufferPointer<iovec>,
        to file: File,
        at offset: Int
    ) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        nonisolated(unsafe) let pieces = pieces
        let node = node(of: file)
        try state.withLock { state throws(DiskError) in
            guard file.access != .direct || Self.isAligned(pieces, offset) else {
                throw DiskError(.write, file.path, EINVAL)
            }
            meter?.wrote(pieces, syncing: file.access != .buffered)
            try state.write(pieces, to: node, file.path, at: offset)
            switch file.access {
            case .buffered: break
            case .dsync, .writeDsync, .direct: try state.syncLastWrite(node, file.path)
            case .linkedSync: try state.sync(node, file.path, .fdatasync, isDataOnly: true)
            }
        }
    }

    private static func isAligned(_ pieces: UnsafeBufferPointer<iovec>, _ offset: Int) -> Bool {
        func isAligned(_ number: Int) -> Bool { number % FileAccess.directAlignment == 0 }
        return isAligned(offset)
            && pieces.allSatisfy { isAligned(Int(bitPattern: $0.iov_base)) && isAligned($0.iov_len) }
    }

    public func syncData(_ file: File) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = node(of: file)
        try state.withLock { state throws(DiskError) in
            for _ in 0..<(meter?.synced() ?? 1) {
                try state.sync(node, file.path, .fdatasync, isDataOnly: true)
            }
        }
    }

    public func sync(_ file: File) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = node(of: file)
        try state.withLock { state throws(DiskError) in
            for _ in 0..<(meter?.synced() ?? 1) { try state.sync(node, file.path, .fsync, isDataOnly: false) }
        }
    }

    public func size(of file: File) throws(DiskError) -> Int {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = node(of: file)
        return try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.other, .fstat, file.path)
            return state.contents[node].seen.count
        }
    }

    public func setSize(of file: File, to count: Int) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = node(of: file)
        try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.other, .ftruncate, file.path)
            try state.resize(node, file.path, to: count, .ftruncate)
        }
    }

    public func allocate(_ file: File, count: Int) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        let node = node(of: file)
        try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.other, .fallocate, file.path)
            if state.contents[node].seen.count < count { try state.resize(node, file.path, to: count, .fallocate) }
        }
    }

    public func startWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in try state.enterOrFail(.other, .writeback, file.path) }
    }

    public func awaitWriteback(_ file: File, at offset: Int, count: Int) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in try state.enterOrFail(.other, .writeback, file.path) }
    }

    public func rename(_ path: String, to other: String) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.nameChange, .rename, path)
            try state.rename(path, to: other)
        }
    }

    public func remove(_ path: String) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.nameChange, .unlink, path)
            try state.remove(path)
        }
    }

    public func list(_ directory: String) throws(DiskError) -> [String] {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        return try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.read, .list, directory)
            guard let index = state.directory(directory) else { throw DiskError(.list, directory, ENOENT) }
            return state.directories[index].seen.keys.sorted()
        }
    }

    public func makeDirectory(_ path: String) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in
            try state.enterOrFail(.nameChange, .mkdir, path)
            try state.makeDirectory(path)
        }
    }

    public func syncDirectory(_ path: String) throws(DiskError) {
        let wasCounting = meter?.pause()
        defer { meter?.resume(wasCounting) }
        try state.withLock { state throws(DiskError) in
            meter?.syncedDirectory()
            try state.enterOrFail(.directorySync, .syncDirectory, path)
            try state.syncDirectory(path)
        }
    }
}
