import CPlatform
import Glibc

extension PosixDisk {
    /// Why the kernel or the file system under that directory does not offer what the strategy needs, with what can be
    /// done about it; nil if it does. Really tries it, in a file of its own that is gone afterwards: nothing else tells
    /// (a container's seccomp rules, a file system that takes O_DIRECT and then refuses the write).
    ///
    /// - Throws: `DiskError` for what is no matter of being offered: no such directory, no right, no space, a bad disk.
    public func objection(to strategy: SyncStrategy, in directory: String) throws(DiskError) -> String? {
        let probe = try StrategyProbe(in: directory)
        defer { unlink(probe.path) }
        return try probe.objection(to: strategy)
    }
}

/// One temporary file on which a strategy is tried.
struct StrategyProbe {
    /// What is tried, and how messages call it.
    enum Call: String, CaseIterable {
        case fallocate = "fallocate(2)"
        case openDirect = "open(2) with O_DIRECT"
        case openDsync = "open(2) with O_DSYNC"
        case writeDirect = "a write with O_DIRECT"
        case writeDsync = "pwritev2(2) with RWF_DSYNC"
        case ring = "io_uring_setup(2)"
        case chain = "io_uring's write with a linked fdatasync"
        case syncFileRange = "sync_file_range(2)"
        case fsync = "fsync(2)"
        case fdatasync = "fdatasync(2)"
    }

    let path: String
    private let disk = PosixDisk()
    private let file: PosixDisk.File

    /// Two blocks: the second is written where a group would be, behind the first.
    private static var size: Int { 2 * FileAccess.directAlignment }

    init(in directory: String) throws(DiskError) {
        var name = Array((directory + "/.zabbench-probe-XXXXXX").utf8CString)
        let descriptor = mkstemp(&name)
        guard descriptor >= 0 else { throw DiskError(.open, directory, errno) }
        close(descriptor)
        path = name.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        do {
            file = try disk.open(path, .existing)
        } catch {
            unlink(path)
            throw error
        }
    }

    func objection(to strategy: SyncStrategy) throws(DiskError) -> String? {
        let block = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Self.size,
            alignment: FileAccess.directAlignment
        )
        defer { block.deallocate() }
        block.initializeMemory(as: UInt8.self, repeating: 0)

        if let reason = try prepare(strategy.allocation, UnsafeRawBufferPointer(block)) { return reason }
        let (opened, refusal) = try open(strategy.method)
        guard let opened else { return refusal }
        let half = UnsafeRawBufferPointer(rebasing: block[FileAccess.directAlignment...])
        if let reason = try write(strategy.method, half, to: opened) { return reason }
        return try sync(strategy.method, opened)
    }

    private func prepare(
        _ allocation: SegmentAllocation,
        _ zeros: UnsafeRawBufferPointer
    ) throws(DiskError) -> String? {
        switch allocation {
        case .append: return nil
        case .fallocate:
            return try refusal(.fallocate) { () throws(DiskError) in
                try disk.allocate(file, count: zeros.count)
            }
        case .prewritten, .recycled:
            try disk.write(zeros, to: file, at: 0)
            try disk.sync(file)
            return nil
        }
    }

    private func open(_ method: SyncMethod) throws(DiskError) -> (file: PosixDisk.File?, refusal: String?) {
        let call: Call
        switch method.access {
        case .buffered, .writeDsync: return (file, nil)
        case .dsync: call = .openDsync
        case .direct: call = .openDirect
        case .linkedSync: call = .ring
        }
        var opened: PosixDisk.File?
        let refusal = try refusal(call) { () throws(DiskError) in
            opened = try disk.open(path, .existing, method.access)
        }
        return (opened, refusal)
    }

    private func write(
        _ method: SyncMethod,
        _ bytes: UnsafeRawBufferPointer,
        to opened: PosixDisk.File
    ) throws(DiskError) -> String? {
        let call: Call
        switch method.access {
        case .buffered, .dsync:
            try disk.write(bytes, to: opened, at: FileAccess.directAlignment)
            return nil
        case .direct: call = .writeDirect
        case .writeDsync: call = .writeDsync
        case .linkedSync: call = .chain
        }
        // `file` is open for writes without a sync; RWF_DSYNC is asked for with the write, so any opening will do.
        let target = try method.access == .writeDsync ? disk.open(path, .existing, .writeDsync) : opened
        return try refusal(call) { () throws(DiskError) in
            try disk.write(bytes, to: target, at: FileAccess.directAlignment)
        }
    }

    private func sync(_ method: SyncMethod, _ opened: PosixDisk.File) throws(DiskError) -> String? {
        switch method {
        case .none, .dsync, .rwfDsync, .directDsync, .ioUring: return nil
        case .syncFileRange:
            // Not by way of `awaitWriteback`, for which it is a hint that a file system need not have.
            return try refusal(.syncFileRange) { () throws(DiskError) in
                let result = zb_await_writeback(opened.descriptor, 0, Int64(Self.size))
                if result != 0 { throw DiskError(.writeback, path, errno) }
            }
        case .fsync: return try refusal(.fsync) { () throws(DiskError) in try disk.sync(opened) }
        case .periodic, .fdatasync:
            return try refusal(.fdatasync) { () throws(DiskError) in try disk.syncData(opened) }
        }
    }

    /// Makes the call. Nil if it succeeds, the reason if it is not offered here, an error for anything else.
    private func refusal(_ call: Call, _ body: () throws(DiskError) -> Void) throws(DiskError) -> String? {
        do {
            try body()
            return nil
        } catch {
            guard Self.isNotOffered(call, error.code) else { throw error }
            return Self.reason(call, error.code, fileSystem: fileSystem)
        }
    }

    private var fileSystem: String {
        zb_file_system_name(file.descriptor).map { "this file system (\(String(cString: $0)))" } ?? "this file system"
    }

    /// Whether that failure of that call means that there is no such thing here, and not that something is broken.
    static func isNotOffered(_ call: Call, _ code: Int32) -> Bool {
        switch (call, code) {
        case (_, ENOSYS), (_, EOPNOTSUPP), (_, EINVAL): true
        // By seccomp: the file is ours, so its rights cannot be meant.
        case (.ring, EPERM), (.ring, EACCES), (.chain, EPERM), (.chain, EACCES), (.writeDsync, EPERM),
            (.syncFileRange, EPERM), (.fallocate, EPERM):
            true
        // Kernels before 5.12 count a ring as locked memory.
        case (.ring, ENOMEM): true
        default: false
        }
    }

    /// Names the call, what the kernel said, and what the user can do.
    static func reason(_ call: Call, _ code: Int32, fileSystem: String) -> String {
        let remedy =
            switch (call, code) {
            case (.ring, EPERM), (.ring, EACCES):
                "allow it with sysctl kernel.io_uring_disabled=0; in a container, use a seccomp profile that permits io_uring"
            case (.ring, ENOMEM): "allow more locked memory (ulimit -l)"
            case (.ring, ENOSYS): "the kernel is built without io_uring, or is older than 5.1"
            case (_, EPERM), (_, EACCES): "a seccomp profile forbids it; allow it for this container"
            case (_, ENOSYS): "this kernel lacks this call, or a sandbox hides it"
            case (.openDirect, _), (.writeDirect, _):
                "\(fileSystem) does not support O_DIRECT in blocks of \(FileAccess.directAlignment) bytes; use another one"
            default: "\(fileSystem) does not support it; use another one"
            }
        return "\(call.rawValue): \(String(cString: strerror(code))); \(remedy)"
    }
}
