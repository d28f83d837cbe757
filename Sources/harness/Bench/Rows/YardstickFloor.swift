import Measure
import Report
import Results
import Statistics
import Targets
import Workload

/// What the yardstick's rows of a folder are to the others: medians over the valid repeats of one load on as many servers.
struct YardstickFloor {
    private let achieved: Double
    private let p50: Double?
    private let p99: Double?

    /// Nil without a valid row.
    private init?(_ rows: [SummaryRow]) {
        let valid = rows.filter(\.isValid)
        guard let achieved = Distribution(valid.map(\.achievedPerSecond))?.median else { return nil }
        self.achieved = achieved
        p50 = Distribution(valid.compactMap(\.response.p50Microseconds))?.median
        p99 = Distribution(valid.compactMap(\.response.p99Microseconds))?.median
    }

    /// The rows with their ratios to the yardstick; nil where the folder has no row of one.
    static func noted(_ rows: [SummaryRow]) -> [SummaryRow]? {
        let own = rows.filter { $0.tag.system == YardstickLaunch.system }
        guard !own.isEmpty else { return nil }
        let floors = Dictionary(grouping: own, by: Self.key).compactMapValues(YardstickFloor.init)
        return rows.map { row in
            // What is no result, or syncs less, is no multiple of a floor.
            guard row.isValid, !row.context.isDurabilityUnequal else { return row }
            // Half of one system's capacity is not the load that half of another's is.
            guard row.capacityPerSecond == nil, let floor = floors[key(row)] else { return row }
            var row = row
            func times(_ value: Double?, _ floor: Double?) -> Double? {
                guard let value, let floor, floor > 0 else { return nil }
                return value / floor
            }
            row.floors.timesYardstickP50 = times(row.response.p50Microseconds, floor.p50)
            row.floors.timesYardstickP99 = times(row.response.p99Microseconds, floor.p99)
            if row.load.mode == "closed" { row.floors.ofYardstick = times(row.achievedPerSecond, floor.achieved) }
            return row
        }
    }

    /// What must be alike: all that was asked for, except of whom, and how its log is written. Where it lies is the same
    /// question of all.
    private static func key(_ row: SummaryRow) -> LoadKey {
        var key = LoadKey(row)
        (key.system, key.fsyncStrategy, key.batchPolicy, key.inFlight) = ("", "", "", nil)
        return key
    }
}

extension SummaryRow {
    /// Beside what the slowest of the disks needs for one write, by whichever durable strategy is fastest there.
    ///
    /// - Parameter calibrations: of each disk with logs; empty where one is missing, and then nothing is known.
    mutating func noteDiskFloor(_ calibrations: [Calibration], result: LoadResult) {
        // A recipe is several operations, reads among them.
        let isWrites = result.plan.mix.get == 0 && result.plan.mix.exists == 0 && result.recipe == nil
        guard isWrites, !calibrations.isEmpty, let p50 = response.p50Microseconds else { return }
        let bytes = Calibration.sizes[0]
        let floors = calibrations.map { calibration in
            calibration.fastestDurable(bytes: bytes)
                .flatMap { calibration.floorMicroseconds(strategy: $0.strategy, bytes: bytes) }
        }
        guard let slowest = floors.compactMap({ $0 }).max(), !floors.contains(nil), slowest > 0 else { return }
        self.floors.timesDisk = p50 / slowest
    }
}
