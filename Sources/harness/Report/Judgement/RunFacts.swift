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
    init(_ group: HTMLReport.Group, runs table: CSVTable, servers: CSVTable, stages: CSVTable) {
        system = group.system
        size = Int(group.size)
        load = group.load + (group.log.isEmpty ? "" : ", " + group.log)
        runs = group.rows.count
        let valid = group.valid(table)
        validRuns = valid.count
        for row in group.rows where table.text(row, "valid") != "true" {
            let reason = table.text(row, "invalid_reason")
            if !invalidReasons.contains(reason) { invalidReasons.append(reason) }
        }
        // What was no result says at least what it ran into.
        let rows = valid.isEmpty ? group.rows : valid
        func median(_ column: String) -> Double? { Distribution(rows.compactMap { table.number($0, column) })?.median }
        achievedPerSecond = median("achieved_per_s")
        p50Microseconds = median("response_p50_us")
        p99Microseconds = median("response_p99_us")
        isMachineLimited = rows.contains { table.text($0, "machine_limited") == "true" }
        limits.generatorBusyShare = median("generator_busy_share")
        limits.isGeneratorLimited = rows.contains { table.text($0, "generator_limited") == "true" }
        limits.busyCores = median("busy_cores")
        limits.cores = median("cores").map { Int($0) } ?? 0
        limits.syncShare = median("leader_sync_share")
        limits.loopUtilization = median("leader_loop_utilization")
        limits.logUtilization = median("leader_log_utilization")
        limits.loopWaitShare = median("leader_loop_wait_share")
        limits.isOpenLoop = rows.first.map { !table.text($0, "rate_per_s").isEmpty } ?? false
        limits.window = Int((median("clients") ?? 0) * (median("outstanding") ?? 0))
        takeLimiter(rows, table)

        let ids = Set(rows.map { table.text($0, "run_id") })
        takeStages(stages, ids)
        takeServers(servers, ids)
    }

    private mutating func takeLoops(_ servers: CSVTable, _ ids: Set<String>) {
        // Who follows in one run may lead in the next.
        var loops: [String: (occupied: Double, elapsed: Double)] = [:]
        for row in servers.rows where ids.contains(servers.text(row, "run_id")) {
            guard servers.text(row, "state") == "follower", let length = servers.number(row, "length_s"),
                let run = servers.number(row, "cpu_loop_us"), let wait = servers.number(row, "loop_wait_us"),
                (servers.number(row, "elapsed_s") ?? 0) > 0
            else { continue }
            let key = servers.text(row, "run_id") + " " + servers.text(row, "server_id")
            loops[key, default: (0, 0)].occupied += (run + wait) / 1e6
            loops[key, default: (0, 0)].elapsed += length
        }
        followerLoopOccupancy = loops.values.filter { $0.elapsed > 0 }.map { $0.occupied / $0.elapsed }.max()
    }

    /// The limiter of most of the runs, with the sentence of the first of them.
    private mutating func takeLimiter(_ rows: [[String]], _ table: CSVTable) {
        var counts: [(limiter: Limiter, evidence: String, count: Int)] = []
        for row in rows {
            guard let limiter = Limiter(rawValue: table.text(row, "limiter")) else { continue }
            if let place = counts.firstIndex(where: { $0.limiter == limiter }) {
                counts[place].count += 1
            } else {
                counts.append((limiter, table.text(row, "limiter_evidence"), 1))
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

    private mutating func takeStages(_ stages: CSVTable, _ ids: Set<String>) {
        let rows = stages.rows.filter { ids.contains(stages.text($0, "run_id")) }
        func values(_ column: String, _ isWanted: ([String]) -> Bool) -> [String: Double] {
            var found: [String: [Double]] = [:]
            for row in rows where isWanted(row) {
                guard let value = stages.number(row, column) else { continue }
                found[stages.text(row, "stage"), default: []].append(value)
            }
            return found.compactMapValues { Distribution($0)?.median }
        }
        func isLedger(_ row: [String]) -> Bool {
            stages.text(row, "kind") == "ledger" && stages.text(row, "quantile") == "p50"
                && stages.text(row, "server_id").isEmpty
        }
        shares = values("share", isLedger)
        microseconds = values("mean_us", isLedger)
        restShare =
            values("share") { stages.text($0, "kind") == "rest" && stages.text($0, "quantile") == "p50" }["rest"]
        let peers = rows.filter { stages.text($0, "kind") == "follower" }
        for id in Set(peers.compactMap { stages.number($0, "server_id").map { Int($0) } }).sorted() {
            func isOwn(_ row: [String]) -> Bool {
                stages.text(row, "kind") == "follower" && stages.text(row, "server_id") == "\(id)"
            }
            let times = values("mean_us", isOwn)
            followers.append(
                Follower(
                    serverID: id,
                    linkOut: times["link_out"],
                    sync: times["follower_sync"],
                    linkBack: times["link_back"],
                    ackBeforeCommit: values("share", isOwn)["ack_before_commit"]
                )
            )
        }
    }

    private mutating func takeServers(_ servers: CSVTable, _ ids: Set<String>) {
        takeLoops(servers, ids)
        var busy: [Int: (seconds: Double, elapsed: Double)] = [:]
        for row in servers.rows where ids.contains(servers.text(row, "run_id")) {
            guard let id = servers.number(row, "server_id"), let length = servers.number(row, "length_s"),
                let user = servers.number(row, "cpu_user_us"), let system = servers.number(row, "cpu_system_us"),
                (servers.number(row, "elapsed_s") ?? 0) > 0
            else { continue }
            busy[Int(id), default: (0, 0)].seconds += (user + system) / 1e6
            busy[Int(id), default: (0, 0)].elapsed += length
        }
        busyCoresByServer = busy.keys.sorted().compactMap { id in
            guard let sums = busy[id], sums.elapsed > 0 else { return nil }
            return (id, sums.seconds / sums.elapsed)
        }
    }
}
