import Simulator

/// The counts of one load point; whole numbers, of which some are hundredths or thousandths (`ExactMetric.decimals`).
public struct ExactCounts: Hashable, Sendable {
    private var values: [ExactMetric: Int] = [:]

    public init() {}

    init(_ tally: LoadTally) {
        self[.operations] = tally.operations
        self[.writes] = tally.writes
        self[.proposals] = tally.proposals
        self[.batches] = tally.batches
        self[.loggedRecords] = tally.loggedRecords
        self[.groupCommits] = tally.groupCommits
        self[.syncs] = tally.disk.syncs
        self[.directorySyncs] = tally.disk.directorySyncs
        self[.diskWrites] = tally.disk.writes
        self[.logBytes] = tally.logBytes
        self[.diskBytes] = tally.disk.bytesWritten
        self[.messages] = tally.messages
        self[.messageBytes] = tally.messageBytes
        self[.replies] = tally.replies
        self[.replyBytes] = tally.replyBytes
        self[.rounds] = tally.rounds
        self[.messageDelays] = ExactMetric.messageDelays.scaled(tally.waits.message, per: LoadRun.messageDelay)
        self[.syncWaits] = ExactMetric.syncWaits.scaled(tally.waits.sync, per: LoadRun.syncTime)
        self[.responseTime] = ExactMetric.responseTime.scaled(tally.responseTime, per: 1_000)
        self[.allocations] = tally.allocations
    }

    /// Nil if it was not counted: allocations, where nobody can count them.
    public subscript(metric: ExactMetric) -> Int? {
        get { values[metric] }
        set { values[metric] = newValue }
    }

    /// - Parameter operations: of the load, or its writes.
    /// - Returns: nil if it was not counted, or there are none.
    public func ratio(_ metric: ExactMetric, to operations: ExactMetric) -> Double? {
        guard let value = values[metric], let count = values[operations], count > 0 else { return nil }
        return Double(value) / Double(metric.scale) / Double(count)
    }
}
