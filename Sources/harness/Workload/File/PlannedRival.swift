/// Servers of ZooKeeper's protocol that a workload names and starts by a command of its own.
public struct PlannedRival: Sendable, Hashable {
    /// As rows and tables call the system.
    public var name: String
    public var command: RivalCommand
    /// What the workload says of them, which nobody can see from outside; nil where it says nothing.
    public var durability: DeclaredDurability?

    public init(name: String, command: RivalCommand, durability: DeclaredDurability? = nil) {
        self.name = name
        self.command = command
        self.durability = durability
    }
}

/// Whether servers sync a write on a quorum before they acknowledge it, by the word of a workload.
public enum DeclaredDurability: String, Sendable, Hashable, CaseIterable {
    case synced, unsynced
}
