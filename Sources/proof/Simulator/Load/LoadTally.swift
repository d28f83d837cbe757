import Zab

/// What a load cost, from its beginning until nothing was under way any more: sums over all servers and all operations,
/// unless it says otherwise.
public struct LoadTally: Sendable {
    /// Answered to clients.
    public internal(set) var operations = 0
    public internal(set) var writes = 0
    /// Transactions that the leader logged, empty ones too.
    public internal(set) var proposals = 0
    /// Batches that the leader logged and broadcast.
    public internal(set) var batches = 0
    public internal(set) var loggedRecords = 0
    public internal(set) var groupCommits = 0
    /// Records, group headers, padding and segment starts.
    public internal(set) var logBytes = 0
    /// Frames from server to server.
    public internal(set) var messages = 0
    public internal(set) var messageBytes = 0
    /// Writes to clients' sockets; each may hold many answers.
    public internal(set) var replies = 0
    public internal(set) var replyBytes = 0
    /// Turns of the servers' loops.
    public internal(set) var rounds = 0
    public internal(set) var disk = DiskTally()
    /// From request to answer.
    public internal(set) var responseTime: Nanoseconds = 0
    /// What that time was spent on.
    public internal(set) var waits = EventWaits()
    /// Requests for memory of the servers' own code; nil if nobody counted them.
    public internal(set) var allocations: Int?
}
