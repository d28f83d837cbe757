import Measure
import Report
import Results
import Workload

extension SecondRow {
    /// One for each second of the load, warm-up included.
    static func rows(
        of result: LoadResult,
        tag: RunTag,
        foreign: ForeignHistory = ForeignHistory()
    ) -> [SecondRow] {
        let warmUp = Int64(result.plan.warmUpSeconds * 1e9)
        let start = result.startedAtMonotonicNanoseconds &- UInt64(clamping: warmUp)
        return result.samples.map { sample in
            let end = result.startedAtUnixNanoseconds - warmUp + Int64(sample.elapsedSeconds * 1e9)
            let length = max(sample.lengthSeconds, 1e-9)
            let stop = start &+ UInt64(max(0, sample.elapsedSeconds) * 1e9)
            var row = SecondRow(
                tag: tag,
                time: Timestamp(unixNanoseconds: end),
                elapsedSeconds: sample.elapsedSeconds,
                lengthSeconds: sample.lengthSeconds,
                phase: sample.isWarmUp ? "warmup" : "measured",
                offeredPerSecond: Double(sample.offered) / length,
                achievedPerSecond: Double(sample.completed) / length,
                errors: sample.errors,
                responseP50Microseconds: sample.responseP50Nanoseconds.map { Double($0) / 1000 },
                responseP99Microseconds: sample.responseP99Nanoseconds.map { Double($0) / 1000 },
                responseMaxMicroseconds: sample.responseMaxNanoseconds.map { Double($0) / 1000 },
                sessionsConnected: sample.sessionsConnected
            )
            row.foreign = SummaryRow.ForeignFigures(foreign.load(from: stop &- UInt64(length * 1e9), to: stop))
            return row
        }
    }
}
