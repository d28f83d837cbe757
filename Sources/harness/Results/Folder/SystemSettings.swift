/// What the servers of one system were run with, in words: who compares two systems must be able to see that they were told
/// the same. Where a running process can be asked, it is what that process has, not what it was to have.
public struct SystemSettings: Codable, Sendable, Hashable {
    /// `fdatasync_recycled, natural`, `forceSync=yes`.
    public var durability: String
    /// Whether a write is acknowledged only after a quorum has synced it; nil where nobody here can tell.
    public var isSynced: Bool?
    /// The most that a server's heap may grow to.
    public var heapMax: String
    /// When a server takes a snapshot.
    public var snapshots: String
    /// Requests that a server takes before it reads no more.
    public var outstandingLimit: String
    /// As the user named it.
    public var dataFolder: String
    /// Of the folders that the servers write to: `ext4 on /dev/vda`.
    public var fileSystem: String
    public var clients: String
    /// What is not the system's default, and why, a line each.
    public var changes: [String]

    public init(
        durability: String,
        isSynced: Bool?,
        heapMax: String,
        snapshots: String,
        outstandingLimit: String,
        dataFolder: String,
        fileSystem: String,
        clients: String,
        changes: [String]
    ) {
        self.durability = durability
        self.isSynced = isSynced
        self.heapMax = heapMax
        self.snapshots = snapshots
        self.outstandingLimit = outstandingLimit
        self.dataFolder = dataFolder
        self.fileSystem = fileSystem
        self.clients = clients
        self.changes = changes
    }
}
