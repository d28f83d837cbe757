import Glibc
import Log
import Synchronization

/// Some groups, one after the other, in one log or in several at once.
struct SyncSlice {
    let bytes: Int
    /// Groups a log at most.
    let count: Int
    let nanoseconds: UInt64
    let stop: StopFlag

    /// Who is first done ends it for all, so that each sync has had the same company.
    private final class Course: Sendable {
        private let waiting: Atomic<Int>
        private let isOver = Atomic<Bool>(false)

        init(_ count: Int) { waiting = Atomic(count) }

        /// Begins when all are there. Nothing is measured yet, so yielding does no harm.
        func begin() {
            waiting.subtract(1, ordering: .acquiringAndReleasing)
            while waiting.load(ordering: .acquiring) > 0 { sched_yield() }
        }

        func end() { isOver.store(true, ordering: .relaxed) }
        var hasEnded: Bool { isOver.load(ordering: .relaxed) }
    }

    private struct LogFigures {
        var durations: [UInt64]
        var perSecond: Double
    }

    /// - Throws: `LogError` of the first log that failed.
    func run(_ logs: [MeasuredLog]) throws(LogError) -> RoundFigures {
        let course = Course(logs.count)
        let results = Mutex<[Result<LogFigures, LogError>]>([])
        let body = { @Sendable (log: MeasuredLog) in
            let result: Result<LogFigures, LogError>
            do throws(LogError) {
                result = .success(try run(log, course))
            } catch {
                course.end()
                result = .failure(error)
            }
            results.withLock { $0.append(result) }
        }
        let threads = logs.dropFirst().map { log in PosixThread(name: "zab-calibrate") { body(log) } }
        body(logs[0])
        for thread in threads { thread.join() }

        var durations: [UInt64] = []
        var perSecond = 0.0
        for result in results.withLock({ $0 }) {
            let figures = try result.get()
            durations += figures.durations
            perSecond += figures.perSecond
        }
        return RoundFigures(perSecond: perSecond, durations: durations)
    }

    private func run(_ log: MeasuredLog, _ course: Course) throws(LogError) -> LogFigures {
        log.prepare(count, of: bytes)
        defer { log.forgetUnwritten() }
        var durations: [UInt64] = []
        durations.reserveCapacity(count)
        course.begin()
        let start = Stopwatch.now
        var before = start
        // One at least, however slow the disk.
        repeat {
            try log.commit(durations.count)
            let now = Stopwatch.now
            durations.append(now - before)
            before = now
        } while durations.count < count && before - start < nanoseconds && !course.hasEnded && !stop.isSet
        course.end()
        return LogFigures(durations: durations, perSecond: Double(durations.count) / Stopwatch.seconds(before - start))
    }
}
