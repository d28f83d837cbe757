/// When a group of records counts as durable, and how the file is laid out for that.
public enum SyncStrategy: String, CaseIterable, Hashable, Sendable {
    /// Segments written in full before their use, and used again, so that fdatasync has no metadata to journal.
    case recycledFdatasync = "fdatasync_recycled"
    case none
    case appendFdatasync = "fdatasync_append"
    case appendFsync = "fsync_append"
    case recycledDsync = "o_dsync_recycled"
    case recycledDirect = "o_direct_dsync_recycled"

    /// What `summary.csv` calls it.
    public var label: String { rawValue }

    public var isAvailable: Bool { self == .recycledFdatasync }
}
