import Measure
import Results
import Statistics

/// What a results folder's files say of all repeats of one load on one ensemble: medians over the valid runs.
struct RunFacts: Sendable {
    /// The way over one follower, microseconds.
    struct Follower: Sendable {
        var serverID: Int
        var linkOut: Double?
        var sync: Double?
        var linkBack: Double?
        /// The share of batches whose acknowledgement by it came no later than the commit.
        var ackBeforeCommit: Double?
        /// How well these are known over the runs; the link's is that of both ways together.
        var linkError: FigureError?
        var syncError: FigureError?
        var ackError: FigureError?

        var link: Double? { linkOut.flatMap { out in linkBack.map { out + $0 } } }
        /// Whether the quorum needs it more often than not.
        var isAwaited: Bool? { ackBeforeCommit.map { $0 >= 0.5 } }
    }

    var system = ""
    var size = 0
    /// The load, and what tells its log from others.
    var load = ""
    var runs = 0
    var validRuns = 0
    var invalidReasons: [String] = []
    /// Over the valid runs, or over all where none is valid.
    var point = LoadPointSummary(key: LoadKey(SummaryRow()), rows: [])
    /// What the rows say; of folders without that, what their figures give.
    var limiter: Limiter?
    var limiterEvidence: String?
    var isMachineLimited = false
    /// Runs in which others had more of the processors than the bound.
    var disturbedRuns = 0
    var limits = Limiter.Facts()
    /// The ledger at p50: share by stage; empty where nothing was traced.
    var shares: [String: Double] = [:]
    var microseconds: [String: Double] = [:]
    /// The shares of each run, for what several stages have together.
    var sharesByRun: [[String: Double]] = []
    var microsecondErrors: [String: FigureError] = [:]
    /// What the ledger leaves of the measured p50, a share of it.
    var restShare: Double?
    var restError: FigureError?
    var followers: [Follower] = []
    /// The means of servers.csv over the load, by server: processors kept busy.
    var busyCoresByServer: [(serverID: Int, cores: Double, error: FigureError?)] = []
    /// The share of the time in which the busiest follower's loop was on a processor or ready for one.
    var followerLoopOccupancy: Double?
    /// Of servers that are not ours, the leader's own averages by stage, microseconds; empty where it says nothing.
    var ownStages: [String: Double] = [:]
    /// Requests that the leader had taken and not answered, at most; nil where nobody asked it.
    var outstandingAtLeader: Double?
    /// Whether the servers are ours, which tell more than others do.
    var isOurs: Bool { system == "zabbench" }

    /// The share of several stages together; nil where nothing was traced.
    func share(_ stages: String...) -> Double? {
        share(stages)
    }

    func share(_ stages: [String]) -> Double? {
        shares.isEmpty ? nil : stages.reduce(0) { $0 + shares[$1, default: 0] }
    }

    /// The same in words, with its error.
    func shareInWords(_ stages: [String]) -> String {
        guard let share = share(stages) else { return "-" }
        let sums = sharesByRun.map { run in stages.reduce(0) { $0 + run[$1, default: 0] } }
        return FigureError(share, Distribution(sums)?.interval.map { ($0.low, $0.high) }).percent(share)
    }
}

extension RunFacts {
    /// - Parameters:
    ///   - point: the runs of one load.
    ///   - results: of the folder that they are of.
    init(_ point: LoadPointSummary, log: String, results: StoredResults) {
        system = point.key.system
        size = point.key.ensembleSize
        load = point.loadName + (log.isEmpty ? "" : ", " + log)
        runs = point.rows.count
        validRuns = point.valid.count
        for row in point.rows where !row.isValid {
            let reason = row.invalidReasons.joined(separator: "; ")
            if !invalidReasons.contains(reason) { invalidReasons.append(reason) }
        }
        // What was no result says at least what it ran into.
        let rows = point.valid.isEmpty ? point.rows : point.valid
        func median(_ figure: (SummaryRow) -> Double?) -> Double? { Distribution(rows.compactMap(figure))?.median }
        func error(_ figure: (SummaryRow) -> Double?) -> FigureError? { Distribution(rows.compactMap(figure))?.error }
        self.point = LoadPointSummary(
            key: point.key,
            rows: rows.map { row in
                var shown = row
                shown.invalidReasons = []
                return shown
            }
        )
        limits.errors = Limiter.Errors(
            generatorBusyShare: error(\.context.generatorBusyShare),
            busyCores: error(\.cost.busyCores),
            syncShare: error(\.cost.leaderSyncShare),
            loopUtilization: error(\.leader.loopUtilization),
            logUtilization: error(\.leader.logUtilization),
            loopWaitShare: error(\.leader.loopWaitShare),
            leaderThread: error(\.leader.busiestThreadShare)
        )
        isMachineLimited = rows.contains(where: \.context.isMachineLimited)
        limits.generatorBusyShare = median(\.context.generatorBusyShare)
        limits.isGeneratorLimited = rows.contains(where: \.context.isGeneratorLimited)
        limits.busyCores = median(\.cost.busyCores)
        limits.cores = rows.first?.context.cores ?? 0
        limits.foreign = median(\.foreign.share).map { ForeignLoad(share: $0, steal: median(\.foreign.steal)) }
        disturbedRuns = rows.count { $0.foreign.isMarked == true }
        limits.syncShare = median(\.cost.leaderSyncShare)
        limits.loopUtilization = median(\.leader.loopUtilization)
        limits.logUtilization = median(\.leader.logUtilization)
        limits.loopWaitShare = median(\.leader.loopWaitShare)
        takeThread(rows)
        limits.isOpenLoop = point.key.ratePerSecond != nil || point.key.isOfCurve
        limits.window = point.key.clients * point.key.outstanding
        takeLimiter(rows)

        let ids = Set(rows.map(\.tag.runID))
        let stages = results.stages.filter { ids.contains($0.tag.runID) }
        takeStages(stages)
        takeOwnStages(stages, leaders: Dictionary(rows.map { ($0.tag.runID, $0.context.leaderID) }) { one, _ in one })
        // What a server did before the load is no part of what the load needed.
        takeServers(results.servers.filter { ids.contains($0.tag.runID) && $0.elapsedSeconds > 0 })
    }

    /// The limiter of most of the runs, with the sentence of all, or of the first of them.
    private mutating func takeLimiter(_ rows: [SummaryRow]) {
        var counts: [(limiter: Limiter, evidence: String, count: Int)] = []
        for row in rows {
            guard let limiter = row.limiter else { continue }
            if let place = counts.firstIndex(where: { $0.limiter == limiter }) {
                counts[place].count += 1
            } else {
                counts.append((limiter, row.leader.limiterEvidence ?? "", 1))
            }
        }
        var most: (limiter: Limiter, evidence: String, count: Int)?
        for entry in counts where entry.count > (most?.count ?? 0) { most = entry }
        // By the medians, whose errors are known, where they say the same.
        let found = Limiter.find(limits)
        if let most, found?.limiter != most.limiter || rows.count == 1 {
            limiter = most.limiter
            limiterEvidence =
                most.evidence
                + (rows.count == 1 ? "" : " (one of \(most.count) of \(Count(rows.count, "run")) with that limiter)")
        } else if let found {
            (limiter, limiterEvidence) = found
        }
    }

    private mutating func takeStages(_ rows: [StageRow]) {
        func known(_ rows: [StageRow], _ figure: (StageRow) -> Double?) -> [String: Distribution] {
            Dictionary(grouping: rows, by: \.stage).compactMapValues { Distribution($0.compactMap(figure)) }
        }
        let ledger = rows.filter { $0.kind == .ledger && $0.quantile == "p50" && $0.serverID == nil }
        shares = known(ledger, \.share).mapValues(\.median)
        let times = known(ledger, \.meanMicroseconds)
        microseconds = times.mapValues(\.median)
        microsecondErrors = times.mapValues(\.error)
        sharesByRun = Dictionary(grouping: ledger, by: \.tag.runID).values.map { run in
            Dictionary(run.compactMap { row in row.share.map { (row.stage, $0) } }, uniquingKeysWith: +)
        }
        let rest = known(rows.filter { $0.kind == .rest && $0.quantile == "p50" }, \.share)["rest"]
        (restShare, restError) = (rest?.median, rest?.error)
        let peers = Dictionary(grouping: rows.filter { $0.kind == .follower && $0.serverID != nil }) {
            $0.serverID ?? 0
        }
        followers = peers.sorted { $0.key < $1.key }.map { id, rows in
            let times = known(rows, \.meanMicroseconds)
            let ack = known(rows, \.share)["ack_before_commit"]
            var follower = Follower(
                serverID: id,
                linkOut: times["link_out"]?.median,
                sync: times["follower_sync"]?.median,
                linkBack: times["link_back"]?.median,
                ackBeforeCommit: ack?.median,
                syncError: times["follower_sync"]?.error,
                ackError: ack?.error
            )
            let ways = Dictionary(
                grouping: rows.filter { ["link_out", "link_back"].contains($0.stage) },
                by: \.tag.runID
            )
            .values.map { $0.compactMap(\.meanMicroseconds).reduce(0, +) }
            follower.linkError = follower.link.flatMap { link in
                Distribution(Array(ways)).map { FigureError(link, $0.interval.map { ($0.low, $0.high) }) }
            }
            return follower
        }
    }

    private mutating func takeServers(_ rows: [ServerRow]) {
        takeLoops(rows)
        let leading = rows.filter { $0.state == "leader" || $0.state == "standalone" }
        var most: [String: Double] = [:]
        for row in leading {
            guard let waiting = row.gauges[.outstandingRequests] else { continue }
            most[row.tag.runID] = max(most[row.tag.runID] ?? 0, Double(waiting))
        }
        outstandingAtLeader = Distribution(Array(most.values))?.median
        var busy: [Int: [String: (seconds: Double, elapsed: Double)]] = [:]
        for row in rows {
            guard let user = row.counters[.cpuUser], let system = row.counters[.cpuSystem] else { continue }
            let run = row.tag.runID
            busy[row.serverID, default: [:]][run, default: (0, 0)].seconds += (Double(user) + Double(system)) / 1e6
            busy[row.serverID, default: [:]][run, default: (0, 0)].elapsed += row.lengthSeconds
        }
        busyCoresByServer = busy.keys.sorted().compactMap { id in
            let runs = busy[id, default: [:]].values
            let sums = runs.reduce((seconds: 0.0, elapsed: 0.0)) { ($0.seconds + $1.seconds, $0.elapsed + $1.elapsed) }
            guard sums.elapsed > 0 else { return nil }
            let mean = sums.seconds / sums.elapsed
            let known = Distribution(runs.filter { $0.elapsed > 0 }.map { $0.seconds / $0.elapsed })
            return (id, mean, known.map { FigureError(mean, $0.interval.map { ($0.low, $0.high) }) })
        }
    }

    private mutating func takeLoops(_ rows: [ServerRow]) {
        /// Who follows in one run may lead in the next.
        struct Place: Hashable {
            var run: String
            var server: Int
        }
        var loops: [Place: (occupied: Double, elapsed: Double)] = [:]
        for row in rows where row.state == "follower" {
            guard let run = row.counters[.cpuLoop], let wait = row.counters[.loopWait] else { continue }
            let place = Place(run: row.tag.runID, server: row.serverID)
            loops[place, default: (0, 0)].occupied += (Double(run) + Double(wait)) / 1e6
            loops[place, default: (0, 0)].elapsed += row.lengthSeconds
        }
        followerLoopOccupancy = loops.values.filter { $0.elapsed > 0 }.map { $0.occupied / $0.elapsed }.max()
    }
}
