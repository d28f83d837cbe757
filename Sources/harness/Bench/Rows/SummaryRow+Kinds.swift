import Report
import Results
import Workload

extension SummaryRow {
    /// What reads and writes did apart, and transactions.
    ///
    /// - Parameter cpuMicroseconds: of all servers in the measured part; nil where nobody knows.
    mutating func noteKinds(_ result: LoadResult, cpuMicroseconds: Double?) {
        if result.completed > 0 {
            kinds.cpuMicrosecondsPerOperation = cpuMicroseconds.map { $0 / Double(result.completed) }
        }
        guard result.measuredSeconds > 0 else { return }
        if result.plan.mix.writes > 0 {
            let znodes = result.writesCompleted * result.plan.multi
            kinds.znodeWritesPerSecond = Double(znodes) / result.measuredSeconds
        }
        guard let reads = result.readResponse, let writes = result.writeResponse else { return }
        kinds.readsPerSecond = Double(result.readsCompleted) / result.measuredSeconds
        kinds.readResponse = LatencyFigures(nanoseconds: reads)
        kinds.writeResponse = LatencyFigures(nanoseconds: writes)
    }
}

extension PlannedRun {
    /// What a manifest says of a run's kind of load, where it is not the usual one.
    var kindMembers: [String: String] {
        var members: [String: String] = [:]
        if load.multi > 1 { members["multi"] = "\(load.multi)" }
        if load.mix.reads > 0 { members["reads"] = load.reads.rawValue }
        if ensemble.observers > 0 { members["observers"] = "\(ensemble.observers)" }
        if ensemble.shards > 1 { members["shards"] = "\(ensemble.shards)" }
        return members
    }
}

extension PlannedEnsemble {
    /// `3 servers`, `3 servers and 2 observers`, `2 shards of 3 servers`.
    var serversInWords: String {
        let voters = Count(size, "server").description
        let one = observers == 0 ? voters : "\(voters) and \(Count(observers, "observer"))"
        return shards == 1 ? one : "\(Count(shards, "shard")) of \(one)"
    }
}

extension LoadPlan {
    /// `multi 4, linearizable reads`; empty for the usual.
    var kindInWords: String {
        let parts = [
            multi > 1 ? "multi \(multi)" : "", mix.reads > 0 && reads == .linearizable ? "linearizable reads" : "",
        ]
        return parts.filter { !$0.isEmpty }.joined(separator: ", ")
    }
}
