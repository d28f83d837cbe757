import Results

/// The processor time of a run's servers by thread, from servers.csv.
public enum ThreadCosts {
    private static let threads: [(counter: ServerCounter, name: String)] = [
        (.cpuLoop, "loop"), (.cpuLog, "log"), (.cpuSnapshot, "snapshot"), (.cpuOther, "other"),
    ]

    /// Microseconds a write by thread and by what the server was, `loop, leader`. The counters are read once a second,
    /// so it is their shares that count: the whole is known better.
    ///
    /// - Parameters:
    ///   - warmUp: seconds that are left out.
    ///   - total: microseconds a write of all threads of all servers.
    /// - Returns: nothing where the servers' threads are not known.
    public static func costs(
        _ servers: [ServerRow],
        runID: String,
        warmUp: Double,
        total: Double
    ) -> [String: Double] {
        var counts: [String: Double] = [:]
        for row in servers where row.tag.runID == runID && row.elapsedSeconds - row.lengthSeconds / 2 > warmUp {
            let state = row.state == "leader" ? "leader" : "followers"
            for (counter, name) in threads {
                guard let value = row.counters[counter] else { continue }
                counts["\(name), \(state)", default: 0] += Double(value)
            }
        }
        return CostBreakdown.costs(counts.filter { $0.value > 0 }, total: total)
    }
}
