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
    var achievedPerSecond: Double?
    var p50Microseconds: Double?
    var p99Microseconds: Double?
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
    /// What the ledger leaves of the measured p50, a share of it.
    var restShare: Double?
    var followers: [Follower] = []
    /// The means of servers.csv over the load, by server: processors kept busy.
    var busyCoresByServer: [(serverID: Int, cores: Double)] = []
    /// The share of the time in which the busiest follower's loop was on a processor or ready for one.
    var followerLoopOccupancy: Double?

    /// The share of several stages together; nil where nothing was traced.
    func share(_ stages: String...) -> Double? {
        shares.isEmpty ? nil : stages.reduce(0) { $0 + shares[$1, default: 0] }
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
        achievedPerSecond = median(\.achievedPerSecond)
        p50Microseconds = median(\.response.p50Microseconds)
        p99Microseconds = median(\.response.p99Microseconds)
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
        limits.isOpenLoop = point.key.ratePerSecond != nil
        limits.window = point.key.clients * point.key.outstanding
        takeLimiter(rows)

        let ids = Set(rows.map(\.tag.runID))
        takeStages(results.stages.filter { ids.contains($0.tag.runID) })
        // What a server did before the load is no part of what the load needed.
        takeServers(results.servers.filter { ids.contains($0.tag.runID) && $0.elapsedSeconds > 0 })
    }

    /// The limiter of most of the runs, with the sentence of the first of them.
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
        if let most {
            (limiter, limiterEvidence) = (most.limiter, most.evidence)
        } else if let found = Limiter.find(limits) {
            (limiter, limiterEvidence) = found
        }
    }

    private mutating func takeStages(_ rows: [StageRow]) {
        func medians(_ rows: [StageRow], _ figure: (StageRow) -> Double?) -> [String: Double] {
            Dictionary(grouping: rows, by: \.stage).compactMapValues { Distribution($0.compactMap(figure))?.median }
        }
        let ledger = rows.filter { $0.kind == .ledger && $0.quantile == "p50" && $0.serverID == nil }
        shares = medians(ledger, \.share)
        microseconds = medians(ledger, \.meanMicroseconds)
        restShare = medians(rows.filter { $0.kind == .rest && $0.quantile == "p50" }, \.share)["rest"]
        let peers = Dictionary(grouping: rows.filter { $0.kind == .follower && $0.serverID != nil }) {
            $0.serverID ?? 0
        }
        followers = peers.sorted { $0.key < $1.key }.map { id, rows in
            let times = medians(rows, \.meanMicroseconds)
            return Follower(
                serverID: id,
                linkOut: times["link_out"],
                sync: times["follower_sync"],
                linkBack: times["link_back"],
                ackBeforeCommit: medians(rows, \.share)["ack_before_commit"]
            )
        }
    }

    private mutating func takeServers(_ rows: [ServerRow]) {
        takeLoops(rows)
        var busy: [Int: (seconds: Double, elapsed: Double)] = [:]
        for row in rows {
            guard let user = row.counters[.cpuUser], let system = row.counters[.cpuSystem] else { continue }
            busy[row.serverID, default: (0, 0)].seconds += Double(user + system) / 1e6
            busy[row.serverID, default: (0, 0)].elapsed += row.lengthSeconds
        }
        busyCoresByServer = busy.keys.sorted().compactMap { id in
            guard let sums = busy[id], sums.elapsed > 0 else { return nil }
            return (id, sums.seconds / sums.elapsed)
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
            loops[place, default: (0, 0)].occupied += Double(run + wait) / 1e6
            loops[place, default: (0, 0)].elapsed += row.lengthSeconds
        }
        followerLoopOccupancy = loops.values.filter { $0.elapsed > 0 }.map { $0.occupied / $0.elapsed }.max()
    }
}
