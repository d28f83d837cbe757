import Report
import Results
import Targets
import Workload

/// The rows of stages.csv that one run gives.
enum StageRows {
    /// - Parameters:
    ///   - servers: ids in the order of the endpoints that the load was given.
    ///   - timelines: by server.
    ///   - observers: ids of servers whose acknowledgement nobody waits for.
    static func rows(
        _ result: LoadResult,
        servers: [Int],
        leader: Int,
        timelines: [Int: BatchTimeline],
        observers: Set<Int> = [],
        tag: RunTag
    ) -> [StageRow] {
        let ledger = StageLedger(result.tracedWrites, servers: servers, leader: leader, timelines: timelines)
        let lost = Int(clamping: timelines.values.reduce(0) { $0 + $1.lost })
        var rows: [StageRow] = []
        for quantile in StageLedger.Quantile.allCases {
            guard let mean = ledger.mean(quantile) else { continue }
            rows += stages(mean, tag: tag, lost: lost)
            rows += remainder(mean, result: result, tag: tag, lost: lost)
            guard ledger.entryServers.count > 1 else { continue }
            for server in ledger.entryServers {
                guard let own = ledger.mean(quantile, server: server) else { continue }
                rows += stages(own, tag: tag, lost: lost)
            }
        }
        let voters = timelines.filter { !observers.contains($0.key) }
        for follower in FollowerEvidence.all(leader: leader, timelines: voters) {
            rows += evidence(follower, tag: tag, lost: lost)
        }
        return rows
    }

    private static func stages(_ mean: StageLedger.Mean, tag: RunTag, lost: Int) -> [StageRow] {
        LedgerStage.allCases.enumerated().map { place, stage in
            StageRow(
                tag: tag,
                kind: .ledger,
                quantile: mean.quantile.rawValue,
                serverID: mean.serverID,
                stage: stage.rawValue,
                meanMicroseconds: mean.nanoseconds[place] / 1000,
                share: mean.total > 0 ? mean.nanoseconds[place] / mean.total : nil,
                writes: mean.writes,
                unjoined: mean.unjoined,
                lostLines: lost
            )
        }
    }

    /// What all writes took, and what of it the ledger does not explain. The histogram holds reads, too, so a mixed load
    /// has neither.
    private static func remainder(
        _ mean: StageLedger.Mean,
        result: LoadResult,
        tag: RunTag,
        lost: Int
    ) -> [StageRow] {
        guard result.plan.mix.get == 0, result.plan.mix.exists == 0 else { return [] }
        let figures = LatencyFigures(nanoseconds: result.response)
        let known =
            switch mean.quantile {
            case .p50: figures.p50Microseconds
            case .p99: figures.p99Microseconds
            case .mean: figures.meanMicroseconds
            }
        guard let measured = known, measured > 0 else { return [] }
        let rest = measured - mean.total / 1000
        let row = StageRow(
            tag: tag,
            kind: .rest,
            quantile: mean.quantile.rawValue,
            stage: "rest",
            meanMicroseconds: rest,
            share: rest / measured,
            writes: mean.writes,
            unjoined: mean.unjoined,
            isWithin: abs(rest) <= StageRow.restShare * measured,
            lostLines: lost
        )
        var whole = row
        whole.kind = .measured
        whole.stage = "measured"
        whole.meanMicroseconds = measured
        whole.share = nil
        whole.writes = result.writesCompleted
        whole.unjoined = nil
        whole.isWithin = nil
        return [row, whole]
    }

    private static func evidence(_ follower: FollowerEvidence, tag: RunTag, lost: Int) -> [StageRow] {
        let figures: [(stage: String, nanoseconds: Double?)] = [
            ("link_out", follower.linkOut), ("follower_sync", follower.sync), ("link_back", follower.linkBack),
        ]
        func row(_ stage: String, _ microseconds: Double?, _ share: Double?) -> StageRow {
            StageRow(
                tag: tag,
                kind: .follower,
                quantile: "median",
                serverID: follower.serverID,
                stage: stage,
                meanMicroseconds: microseconds,
                share: share,
                writes: follower.batches,
                lostLines: lost
            )
        }
        return figures.filter { $0.nanoseconds != nil }.map { row($0.stage, $0.nanoseconds.map { $0 / 1000 }, nil) }
            + (follower.ackBeforeCommit.map { [row("ack_before_commit", nil, $0)] } ?? [])
    }
}
