import Report
import Results
import Targets

extension ServerRow {
    /// One for each server and interval between two samples of it.
    ///
    /// - Parameters:
    ///   - loadStart: CLOCK_MONOTONIC at the start of the load, warm-up included.
    ///   - timelines: by server, where batches were traced.
    ///   - shards: by server, where there are several.
    static func rows(
        of history: ServerHistory,
        tag: RunTag,
        loadStart: UInt64,
        timelines: [Int: BatchTimeline] = [:],
        shards: [Int: Int] = [:]
    ) -> [ServerRow] {
        var rows: [ServerRow] = []
        for id in history.serverIDs {
            let samples = history.samples(of: id)
            for (one, next) in zip(samples, samples.dropFirst()) {
                let length = Double(next.monotonicNanoseconds - one.monotonicNanoseconds) / 1e9
                var counters: [ServerCounter: UInt64] = [:]
                for counter in ServerCounter.allCases {
                    // A counter that went back belongs to a new process, and its growth to no row.
                    guard let before = one.counters[counter.rawValue], let after = next.counters[counter.rawValue],
                        after >= before
                    else { continue }
                    counters[counter] = after - before
                }
                var gauges: [ServerGauge: UInt64] = [:]
                for gauge in ServerGauge.allCases { gauges[gauge] = next.gauges[gauge.rawValue] }
                var row =
                    ServerRow(
                        tag: tag,
                        time: Timestamp(unixNanoseconds: next.unixNanoseconds),
                        elapsedSeconds: (Double(next.monotonicNanoseconds) - Double(loadStart)) / 1e9,
                        lengthSeconds: length,
                        serverID: id,
                        state: next.state,
                        pid: next.pid,
                        counters: counters,
                        gauges: gauges,
                        lastZxid: next.lastZxid
                    )
                row.shard = shards[id]
                if let timeline = timelines[id] {
                    let residence = timeline.residence(from: one.monotonicNanoseconds, to: next.monotonicNanoseconds)
                    row.logQueueMicroseconds = residence.logQueue.map { $0 / 1000 }
                    row.syncMicroseconds = residence.sync.map { $0 / 1000 }
                }
                rows.append(row)
            }
        }
        return rows
    }
}
