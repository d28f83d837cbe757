import Results

/// Where the time of a run's writes went: wall time, of the mean over the writes that were followed.
public enum StageCosts {
    /// Microseconds by stage; nothing where the run was not traced. They add up to a write's mean latency.
    public static func costs(_ stages: [StageRow], runID: String) -> [String: Double] {
        var costs: [String: Double] = [:]
        for row in stages
        where row.tag.runID == runID && row.kind == .ledger && row.quantile == "mean" && row.serverID == nil {
            if let value = row.meanMicroseconds { costs[row.stage] = value }
        }
        return costs
    }
}
