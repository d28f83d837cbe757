import Foundation
import Glibc

/// A whole disk as the kernel counts it: everything that goes to the device, whoever wrote it.
public struct BlockDevice: Sendable, Hashable {
    /// The kernel's name, `vda` or `nvme0n1`.
    public let name: String
    /// The device's folder in sysfs.
    private let folder: String

    /// What the device has done since boot.
    public struct Counters: Sendable, Hashable {
        public var writes: UInt64
        /// Of 512 bytes each, whatever the device's own are.
        public var sectorsWritten: UInt64
        /// Cache flushes; nil where the kernel is older than 5.5 and does not count them.
        public var flushes: UInt64?

        public init(writes: UInt64, sectorsWritten: UInt64, flushes: UInt64?) {
            self.writes = writes
            self.sectorsWritten = sectorsWritten
            self.flushes = flushes
        }

        public var bytesWritten: UInt64 { sectorsWritten &* 512 }
    }

    /// The disk below an existing path; nil where there is none that the kernel knows (memory and network file systems,
    /// file systems over several disks).
    public init?(path: String) {
        var information = stat()
        guard stat(path, &information) == 0 else { return nil }
        if let device = Self(number: information.st_dev) {
            self = device
            return
        }
        // Btrfs and overlays have numbers of their own; the mount's source may name the disk.
        guard let source = StorageFacts(path: path)?.source, source.hasPrefix("/dev/"), stat(source, &information) == 0,
            let device = Self(number: information.st_rdev)
        else { return nil }
        self = device
    }

    private init?(number: dev_t) {
        let major = (number >> 8) & 0xfff | (number >> 32) & 0xffff_f000
        let minor = number & 0xff | (number >> 12) & 0xffff_ff00
        self.init(sysfs: "/sys/dev/block/\(major):\(minor)")
    }

    /// - Parameter sysfs: the folder of a disk or of one of its partitions.
    init?(sysfs: String) {
        guard let real = realpath(sysfs, nil) else { return nil }
        defer { free(real) }
        var folder = String(cString: real)
        // Flushes are counted for the whole disk alone, which is one folder up from its partitions.
        if access(folder + "/partition", F_OK) == 0 { folder = (folder as NSString).deletingLastPathComponent }
        guard access(folder + "/stat", R_OK) == 0 else { return nil }
        self.folder = folder
        name = (folder as NSString).lastPathComponent
    }

    /// Nil where the file cannot be read any more.
    public func counters() -> Counters? {
        FileManager.default.contents(atPath: folder + "/stat").flatMap {
            Self.counters(stat: String(decoding: $0, as: UTF8.self))
        }
    }

    /// The fields of Documentation/block/stat.rst: the fifth and seventh are writes and sectors written, the sixteenth
    /// the flushes.
    static func counters(stat text: String) -> Counters? {
        let fields = text.split(whereSeparator: \.isWhitespace).map { UInt64($0) }
        guard fields.count >= 11, let writes = fields[4], let sectors = fields[6] else { return nil }
        return Counters(writes: writes, sectorsWritten: sectors, flushes: fields.count > 15 ? fields[15] : nil)
    }
}
