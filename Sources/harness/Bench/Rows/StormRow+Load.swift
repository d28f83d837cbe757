import Histogram
import Results
import Workload

extension StormRow {
    /// - Parameters:
    ///   - result: of the readers, whose measured part is the storm.
    ///   - boundMilliseconds: until the last of such a crowd is back at the null target; nil where nobody tried.
    init(_ report: StormReport, readers result: LoadResult, run: PlannedRun, tag: RunTag, boundMilliseconds: Double?) {
        self.init()
        self.tag = tag
        point = run.loadName
        fault = report.plan.fault.rawValue
        (sessions, watches) = (report.plan.sessions, report.plan.watches)
        (lost, back, expired) = (report.lost, report.backAfter.count, report.expired)
        firstMilliseconds = Self.milliseconds(report.backAfter, 0)
        medianMilliseconds = Self.milliseconds(report.backAfter, 0.5)
        p99Milliseconds = Self.milliseconds(report.backAfter, 0.99)
        lastMilliseconds = Self.milliseconds(report.backAfter, 1)
        self.boundMilliseconds = boundMilliseconds
        (watchesDue, watchesFired) = (report.watchesDue, report.watchesFired)
        readers = result.plan.clients
        // The first second of several has the connections' first use in it.
        let calm = result.samples.filter(\.isWarmUp)
        let counted = calm.count > 1 ? Array(calm.dropFirst()) : calm
        let seconds = counted.reduce(0) { $0 + $1.lengthSeconds }
        if seconds > 0 { readsPerSecondBefore = Double(counted.reduce(0) { $0 + $1.completed }) / seconds }
        guard result.measuredSeconds > 0 else { return }
        readsPerSecond = result.achievedPerSecond
        longestSilenceMilliseconds = result.longestSilenceSeconds * 1000
        guard result.response.totalCount > 0 else { return }
        readP99Milliseconds = Double(result.response.valueAtPercentile(99)) / 1e6
    }

    /// The time by which a share of the sessions was back.
    ///
    /// - Parameter after: nanoseconds, in order.
    static func milliseconds(_ after: [UInt64], _ share: Double) -> Double? {
        guard !after.isEmpty else { return nil }
        let place = Int((share * Double(after.count)).rounded(.up)) - 1
        return Double(after[min(max(place, 0), after.count - 1)]) / 1e6
    }
}

extension SummaryRow {
    /// What a whole recipe took.
    mutating func noteRecipe(_ result: LoadResult) {
        guard let outcome = result.recipe, result.completed > 0 else { return }
        let recipes = Double(result.completed)
        recipe.readsPerRecipe = Double(outcome.reads) / recipes
        recipe.writesPerRecipe = Double(outcome.writes) / recipes
        recipe.refusalsPerRecipe = Double(outcome.refusals) / recipes
    }
}
