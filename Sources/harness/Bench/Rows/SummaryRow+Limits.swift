import Measure
import Report
import Results
import Targets
import Workload

extension SummaryRow {
    /// The row's figures beside what the calibrated disks and this machine could do. Call it last: it needs the others.
    ///
    /// - Parameter calibrations: of each disk with logs; empty where one is missing, and then nothing is known.
    mutating func noteLimits(
        _ calibrations: [Calibration],
        history: ServerHistory,
        servers: [Int],
        result: LoadResult
    ) {
        guard let strategy = tag.fsyncStrategy, !calibrations.isEmpty, result.measuredSeconds > 0,
            result.writesCompleted > 0
        else { return }
        let from = result.startedAtMonotonicNanoseconds
        let to = from + UInt64(result.measuredSeconds * 1e9)
        let writes = Double(result.writesCompleted)
        var facts = LoadLimits.Facts(strategy: strategy, servers: tag.ensembleSize + (observers ?? 0))
        facts.inFlight = log.inFlight ?? 1
        facts.batchMean = log.batchMean
        if let leader = context.leaderID, let groups = history.groupCommits(server: leader, from: from, to: to),
            groups > 0
        {
            facts.groupBytes = history.growth(of: "log_bytes_written", server: leader, from: from, to: to)
                .map { $0 / groups }
        }
        facts.logBytesPerWrite = cost.logBytesPerWrite
        // With the reads of a mix: the limit is for writes that come with as many reads.
        facts.cpuMicrosecondsPerWrite = cost.busyCores.map { $0 * result.measuredSeconds * 1e6 / writes }
        facts.cores = context.cores ?? 0
        facts.loopbackBytesPerWrite = history.growth(of: "bytes_in", servers: servers, from: from, to: to)
            .map { $0 / writes }
        // The floor is a write's.
        let isWrites = result.plan.mix.get == 0 && result.plan.mix.exists == 0
        limits = LoadLimits(facts, calibrations: calibrations).figures(
            responseP50: isWrites ? response.p50Microseconds : nil,
            writesPerSecond: writes / result.measuredSeconds
        )
    }

    /// - Parameter bound: of the generator with this load; nil where nobody has measured it.
    mutating func noteGeneratorBound(_ bound: Double?) {
        generatorBoundPerSecond = bound
        guard let bound, achievedPerSecond >= bound * GeneratorBounds.limitedShare else { return }
        context.isGeneratorLimited = true
    }
}
