/// The calls by which a group commit becomes durable, or is said to be.
public enum SyncMethod: Hashable, Sendable {
    /// No call at all: the kernel writes when it likes. A full segment is synced, since its successor's start says so.
    case none
    /// fdatasync every so many milliseconds, beside the writes; a group is acknowledged before.
    case periodic(milliseconds: Int)
    /// sync_file_range(2), waiting: the pages are with the device. Neither what is needed to find them again nor the
    /// device's cache is written, so nothing of it is durable (man page: "extremely dangerous").
    case syncFileRange
    case fsync
    case fdatasync
    /// open(2) with O_DSYNC: each write is one that is synced.
    case dsync
    /// pwritev2(2) with RWF_DSYNC: the same, asked for with the write.
    case rwfDsync
    /// O_DIRECT with O_DSYNC: past the page cache, in whole aligned 4-KiB blocks.
    case directDsync
    /// One io_uring chain: the write and, linked to it, fdatasync.
    case ioUring

    /// Every kind of method once; of `periodic` the one with the given interval.
    public static func all(periodicMilliseconds: Int = periodicDefault) -> [SyncMethod] {
        [
            .none, .periodic(milliseconds: periodicMilliseconds), .syncFileRange, .fsync, .fdatasync, .dsync, .rwfDsync,
            .directDsync, .ioUring,
        ]
    }

    public static let periodicDefault = 100
    static let periodicRange = 1...60_000

    /// As it stands in zoo.cfg, in workload files and in CSV files.
    public var label: String {
        switch self {
        case .none: "none"
        case .periodic(let milliseconds): "periodic_\(milliseconds)ms"
        case .syncFileRange: "sync_file_range"
        case .fsync: "fsync"
        case .fdatasync: "fdatasync"
        case .dsync: "o_dsync"
        case .rwfDsync: "rwf_dsync"
        case .directDsync: "o_direct_dsync"
        case .ioUring: "io_uring"
        }
    }

    /// Nil for anything that `label` does not say.
    init?(label: some StringProtocol) {
        if let method = Self.all().first(where: { $0.label == label }) {
            self = method
            return
        }
        guard label.hasPrefix("periodic_"), label.hasSuffix("ms"),
            let milliseconds = Int(label.dropFirst(9).dropLast(2)), Self.periodicRange.contains(milliseconds)
        else { return nil }
        self = .periodic(milliseconds: milliseconds)
        // Not "+5", not "05".
        guard self.label == label else { return nil }
    }

    /// How the file of a segment is opened to be written.
    public var access: FileAccess {
        switch self {
        case .none, .periodic, .syncFileRange, .fsync, .fdatasync: .buffered
        case .dsync: .dsync
        case .rwfDsync: .writeDsync
        case .directDsync: .direct
        case .ioUring: .linkedSync
        }
    }

    /// Whether a group commit has a call that the kernel takes for a sync, whatever it is worth.
    var syncsEachGroup: Bool {
        switch self {
        case .none, .periodic: false
        case .syncFileRange, .fsync, .fdatasync, .dsync, .rwfDsync, .directDsync, .ioUring: true
        }
    }

    /// Whether a group is acknowledged only when its sync has returned, and that sync is one that an honest disk keeps.
    /// What is claimed here the simulator has to prove.
    public var waitsForDurability: Bool {
        switch self {
        case .none, .periodic, .syncFileRange: false
        case .fsync, .fdatasync, .dsync, .rwfDsync, .directDsync, .ioUring: true
        }
    }
}
