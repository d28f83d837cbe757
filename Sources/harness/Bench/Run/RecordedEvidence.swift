import Histogram
import Measure
import Report
import Results
import Targets
import Workload

/// What lies in the files of a run, before anything is judged.
struct RecordedEvidence: Sendable {
    var played: PlayedLoad
    /// The rows of stages.csv, if the run was traced, or another system's servers tell of theirs.
    var stages: [StageRow]
    /// For storms.csv; nil without a storm.
    var storm: StormRow?
}

extension BenchRun {
    /// Writes what was seen: events, seconds, servers, latencies, stages. What is judged with the run's writes comes later.
    ///
    /// - Throws: `ResultsError`.
    func record(_ played: PlayedLoad) throws -> RecordedEvidence {
        try recordLoad(played)
        let stages = try recordStages(played)
        for row in FaultBinRow.rows(of: played.result, around: played.elections) { try outputs.folder.append(row) }
        if let failure = played.faultFailure { played.started.journal.record("failed", detail: "\(failure)") }
        let storm = played.storm.map { report in
            StormRow(
                report,
                readers: played.result,
                run: run.planned,
                tag: played.started.tag,
                boundMilliseconds: machine.stormBoundMilliseconds
            )
        }
        return RecordedEvidence(played: played, stages: stages, storm: storm)
    }

    private func recordStages(_ played: PlayedLoad) throws -> [StageRow] {
        let peers = StageRows.ofPeers(played.samples.servers, result: played.result, tag: played.started.tag)
        for row in peers { try outputs.folder.append(row) }
        guard run.planned.load.traceEvery > 0, let leader = played.started.leader?.server.id else { return peers }
        let rows = StageRows.rows(
            played.result,
            servers: site.ensemble.servers.map(\.id),
            leader: leader,
            timelines: played.samples.timelines,
            observers: Set(site.ensemble.servers.filter { !$0.isVoter }.map(\.id)),
            tag: played.started.tag
        )
        for row in rows { try outputs.folder.append(row) }
        return rows
    }

    private func recordLoad(_ played: PlayedLoad) throws {
        let (result, samples) = (played.result, played.samples)
        let (tag, journal) = (played.started.tag, played.started.journal)
        let measured = result.startedAtUnixNanoseconds
        let warmUp = Int64(result.plan.warmUpSeconds * 1e9)
        let end = measured + Int64(result.measuredSeconds * 1e9)
        journal.record("load_started", detail: "\(result.plan.clients) sessions", at: measured - warmUp)
        journal.record("warmup_over", at: measured)
        let offset = measured - Int64(clamping: result.startedAtMonotonicNanoseconds)
        for outage in result.outages {
            journal.record(
                "connection_lost",
                detail: "session \(outage.session), \(outage.endpointBefore)",
                at: Int64(clamping: outage.lostAtNanoseconds) + offset
            )
            guard outage.firstAnswerNanoseconds > 0 else { continue }
            journal.record(
                "connection_restored",
                detail: "session \(outage.session), \(outage.endpointAfter)",
                at: Int64(clamping: outage.firstAnswerNanoseconds) + offset
            )
        }
        journal.record(result.interrupted ? "interrupted" : "load_ended", at: end)
        for row in SecondRow.rows(of: result, tag: tag, foreign: samples.foreign) { try outputs.folder.append(row) }
        for row in TurnRow.rows(result, tag: tag) { try outputs.folder.append(row) }
        let loadStart = result.startedAtMonotonicNanoseconds &- UInt64(clamping: warmUp)
        if let complaint = samples.traceComplaint { journal.record("trace_failed", detail: complaint) }
        let rows = serverRows(samples.servers, tag, from: loadStart, timelines: samples.timelines)
        for row in rows { try outputs.folder.append(row) }
        try recordLatencies(result)
    }

    /// The rows of servers.csv.
    func serverRows(
        _ history: ServerHistory,
        _ tag: RunTag,
        from loadStart: UInt64,
        timelines: [Int: BatchTimeline] = [:]
    ) -> [ServerRow] {
        ServerRow.rows(
            of: history,
            tag: tag,
            loadStart: loadStart,
            timelines: timelines,
            shards: site.ensemble.shardsByServer
        )
    }

    private func recordLatencies(_ result: LoadResult) throws {
        let start = Double(outputs.sessionStart.unixNanoseconds) / 1e9
        let all: [(RecordedLatency.Clock, Histogram<UInt64>?)] = [
            (.response, result.response), (.service, result.service), (.reads, result.readResponse),
            (.writes, result.writeResponse),
        ]
        for (clock, histogram) in all {
            // A load of one kind alone has no others.
            guard let histogram else { continue }
            let interval = LatencyLog.Interval(
                tag: "\(run.number)_\(clock.rawValue)",
                startSeconds: Double(result.startedAtUnixNanoseconds) / 1e9 - start,
                lengthSeconds: result.measuredSeconds,
                histogram: histogram
            )
            try outputs.folder.append(
                try LatencyLog.line(for: interval),
                to: RecordedLatencies.file,
                header: LatencyLog.header(
                    startSecondsSinceEpoch: start,
                    creator: "zabbench \(ProgramVersion.text), values in nanoseconds"
                )
            )
        }
    }
}
