import CPlatform
import Histogram
import Wire

extension LoadResult {
    /// Puts together what the lanes measured.
    init(ledger: AcknowledgedWrites, lanes: [LaneResult], samples: [SecondSample], interrupted: Bool) {
        plan = ledger.plan
        self.ledger = ledger
        self.samples = samples
        self.interrupted = interrupted
        let startedAt = lanes.map(\.startedAt).min() ?? zb_monotonic_nanoseconds()
        startedAtMonotonicNanoseconds = startedAt
        startedAtUnixNanoseconds = zb_unix_nanoseconds() - Int64(zb_monotonic_nanoseconds()) + Int64(startedAt)
        loadStartedAtMonotonicNanoseconds = lanes.map(\.loadStartedAt).min() ?? startedAt
        writeMoments = WriteMoments(merging: lanes.map(\.moments))
        refusedWrites = lanes.flatMap(\.refusedWrites).sorted()
        measuredSeconds = lanes.map(\.measured.seconds).max() ?? 0
        planned = lanes.reduce(0) { $0 + $1.measured.planned }
        completed = lanes.reduce(0) { $0 + $1.measured.completed }
        writesCompleted = lanes.reduce(0) { $0 + $1.measured.writes }
        unfinished = lanes.reduce(0) { $0 + $1.measured.unfinished }
        offeredPerSecond = measuredSeconds > 0 ? Double(planned) / measuredSeconds : 0
        achievedPerSecond = measuredSeconds > 0 ? Double(completed) / measuredSeconds : 0
        response = lanes.first?.response ?? LoadLane.histogram(.three)
        service = lanes.first?.service ?? LoadLane.histogram(.three)
        var errorCounts = lanes.first?.errorCounts ?? []
        for lane in lanes.dropFirst() {
            response.add(lane.response)
            service.add(lane.service)
            for index in errorCounts.indices { errorCounts[index] += lane.errorCounts[index] }
        }
        errors = errorCounts.indices.compactMap { index in
            guard errorCounts[index] > 0 else { return nil }
            let code = index < 256 ? -Int32(index) : Int32.min
            return ErrorCount(
                code: code,
                name: ErrorCode(rawValue: code).map { "\($0)" } ?? "unknown",
                count: errorCounts[index]
            )
        }
        if plan.mix.isMixed {
            (readResponse, writeResponse) = (LoadLane.histogram(.three), LoadLane.histogram(.three))
            for lane in lanes {
                readResponse?.add(lane.reads)
                writeResponse?.add(lane.writes)
            }
        }
        outages = lanes.flatMap(\.outages).sorted {
            ($0.lostAtNanoseconds, $0.session) < ($1.lostAtNanoseconds, $1.session)
        }
        turns = TurnCost.costs(lanes.map(\.turnMarks), from: startedAt)
        for lane in lanes { answers.add(lane.answers) }
        tracedWrites = TraceSampler.merged(lanes.map(\.traces))
        let silence =
            lanes.count == 1 ? lanes[0].silenceMax : Silence.longestCommon(lanes.map(\.silences))
        longestSilenceSeconds = Double(silence) / 1e9
        generatorCPUSeconds = lanes.reduce(0) { $0 + $1.measured.processorSeconds }
        generatorBusyShare =
            lanes.map { $0.measured.seconds > 0 ? $0.measured.processorSeconds / $0.measured.seconds : 0 }
            .max() ?? 0
    }
}
