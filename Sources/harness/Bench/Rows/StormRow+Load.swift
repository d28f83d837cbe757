import Histogram
import Results
import Workload

extension StormRow {
    /// - Parameters:
    ///   - result: of the readers, whose measured part begins with the storm.
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
        // The load goes on until the servers are whole again, and these end with the last return.
        guard let last = report.backAfter.last,
            let storm = result.answers.figures(from: report.startedAt, to: report.startedAt + last)
        else { return }
        readsPerSecond = storm.perSecond
        longestSilenceMilliseconds = Double(storm.longestSilence) / 1e6
        readP99Milliseconds = storm.p99.map { Double($0) / 1e6 }
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
