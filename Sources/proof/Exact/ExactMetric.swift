/// What is counted of a load point: sums over all servers and the whole load, unless it says otherwise.
public enum ExactMetric: String, CaseIterable, Hashable, Sendable {
    /// Answered to clients.
    case operations
    case writes
    /// Transactions that the leader logged, empty ones too.
    case proposals
    /// Batches that the leader logged and broadcast.
    case batches
    case loggedRecords = "logged_records"
    case groupCommits = "group_commits"
    /// Calls that sync a file's content.
    case syncs
    case directorySyncs = "directory_syncs"
    /// Calls that write.
    case diskWrites = "disk_writes"
    /// Records, group headers, padding and segment starts.
    case logBytes = "log_bytes"
    /// All that was written, also to lay out segments ahead of need.
    case diskBytes = "disk_bytes"
    /// Frames from server to server.
    case messages
    case messageBytes = "message_bytes"
    /// Writes to clients' sockets; each may hold many answers.
    case replies
    case replyBytes = "reply_bytes"
    /// Turns of the servers' loops.
    case rounds
    /// Waited for on the critical path from request to answer, of all operations.
    case messageDelays = "message_delays"
    case syncWaits = "sync_waits"
    /// From request to answer, in virtual time, of all operations.
    case responseTime = "response_time"
    /// Requests for memory of the servers' own code.
    case allocations

    public var unit: String {
        switch self {
        case .logBytes, .diskBytes, .messageBytes, .replyBytes: "bytes"
        case .messageDelays: "delays"
        case .syncWaits: "syncs"
        case .responseTime: "virtual_us"
        default: "count"
        }
    }

    /// Decimal places: a request may come in the middle of a sync and wait for half of it.
    public var decimals: Int {
        switch self {
        case .messageDelays: 2
        case .syncWaits: 3
        default: 0
        }
    }

    /// True for what the load decides, not the engine: it must be the same, and is neither better nor worse.
    public var isOfTheLoad: Bool { self == .operations || self == .writes }

    var scale: Int { (0..<decimals).reduce(1) { scale, _ in scale * 10 } }

    /// - Returns: `time` in units of that length, as `ExactCounts` holds it.
    func scaled(_ time: UInt64, per unit: UInt64) -> Int {
        // Virtual times of a given load are multiples of a microsecond, so this divides without a rest.
        Int(time * UInt64(scale) / unit)
    }

    /// - Parameter value: as `ExactCounts` holds it.
    public func text(_ value: Int) -> String {
        guard decimals > 0 else { return "\(value)" }
        let rest = "\(value.magnitude % UInt(scale))"
        let zeros = String(repeating: "0", count: decimals - rest.count)
        return "\(value < 0 ? "-" : "")\(value.magnitude / UInt(scale)).\(zeros)\(rest)"
    }

    /// What `text` was made of, as it stands in a baseline; nil if it is no number with at most that many decimals.
    public func value(_ number: Double) -> Int? {
        let scaled = (number * Double(scale)).rounded()
        guard scaled >= 0, scaled < 1e15, abs(scaled / Double(scale) - number) < 1e-6 else { return nil }
        return Int(scaled)
    }
}
