import Results
import Targets
import Workload

extension StageRows {
    /// What servers of another system say of themselves, each by its own averages over the measured part; none where they
    /// say nothing.
    static func ofPeers(_ history: ServerHistory, result: LoadResult, tag: RunTag) -> [StageRow] {
        let from = result.startedAtMonotonicNanoseconds
        let to = from + UInt64(max(0, result.measuredSeconds) * 1e9)
        return history.serverIDs.flatMap { id in
            PeerStages.means(history, server: id, from: from, to: to).map { mean in
                StageRow(
                    tag: tag,
                    kind: .server,
                    quantile: "mean",
                    serverID: id,
                    stage: mean.stage,
                    meanMicroseconds: mean.microseconds,
                    share: nil,
                    writes: Int(mean.count.rounded())
                )
            }
        }
    }
}
