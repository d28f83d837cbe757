/// One fault and how the ensemble came back: a row of elections.csv. Times are milliseconds on one clock.
public struct ElectionRow: Sendable {
    /// What was done, to what, under which load.
    public struct Fault: Sendable, Equatable {
        /// From 1 within the run.
        public var number = 0
        /// `leader_killed`, `leader_hung`, `leader_cut`, `followers_lost`, `ensemble_restarted`.
        public var kind = ""
        public var point = ""
        public var znodes = 0
        public var dataBytes = 0
        /// Whether the servers talked through the harness's proxy.
        public var isProxied = false
        public var sessions = 0
        /// Planned operations per second.
        public var offeredPerSecond: Double?
        public init() {}
    }

    /// The servers' and the harness's account of the outage.
    public struct Phases: Sendable, Equatable {
        public var lead = 0.0
        public var detection = 0.0
        public var failedRounds = 0.0
        public var vote = 0.0
        public var synchronization = 0.0
        public var firstCommit = 0.0
        public var sum: Double { lead + detection + failedRounds + vote + synchronization + firstCommit }
        public init() {}
    }

    /// What the clients had of it.
    public struct Clients: Sendable, Equatable {
        /// The longest silence of acknowledgements over all sessions.
        public var outage: Double?
        /// Writes that the schedule planned in that silence.
        public var writesOwed: Double?
        public var writesFailedOrAmbiguous = 0
        /// Sessions that lost their connection and came back with the same session.
        public var sessionsMoved = 0
        public var sessionsExpired = 0
        public var sessionOutageP50: Double?
        public var sessionOutageMax: Double?
        public var watchesPlaced = 0
        public var watchesKept = 0
        public init() {}
    }

    /// Who led before and after, and how who was hit came back.
    public struct Reign: Sendable, Equatable {
        public var rounds = 0
        public var leaderBefore = 0
        public var leaderAfter: Int?
        public var epochBefore: UInt32 = 0
        public var epochAfter: UInt32?
        /// The new leader's last one when it was established.
        public var zxid: String?
        public var oldLeaderBack: Double?
        public var serversBack: Double?
        /// `diff`, `trunc` or `snap`.
        public var backBy: String?
        public init() {}
    }

    public var tag: RunTag
    /// When it was done.
    public var time: Timestamp
    public var fault = Fault()
    public var phases: Phases?
    public var clients = Clients()
    public var reign = Reign()
    /// Why the row is not whole; nil if it is.
    public var why: String?

    public var isComplete: Bool { why == nil }

    public init(tag: RunTag, time: Timestamp) {
        self.tag = tag
        self.time = time
    }
}

extension ElectionRow: CSVRow {
    public static let columns: [CSVColumn<ElectionRow>] =
        RunTag.columns { $0.tag } + faultColumns + phaseColumns + clientColumns + reignColumns

    private static let faultColumns: [CSVColumn<ElectionRow>] = [
        CSVColumn("time") { .text($0.time.iso8601) },
        CSVColumn("fault_number") { .integer($0.fault.number) },
        CSVColumn("fault") { .text($0.fault.kind) },
        CSVColumn("point") { .text($0.fault.point.isEmpty ? nil : $0.fault.point) },
        CSVColumn("znodes") { .integer($0.fault.znodes) },
        CSVColumn("data_bytes") { .integer($0.fault.dataBytes) },
        CSVColumn("proxied") { .flag($0.fault.isProxied) },
        CSVColumn("sessions") { .integer($0.fault.sessions) },
        CSVColumn("offered_per_s") { .number($0.fault.offeredPerSecond) },
        CSVColumn("complete") { .flag($0.isComplete) },
        CSVColumn("why") { .text($0.why) },
    ]

    private static let phaseColumns: [CSVColumn<ElectionRow>] = [
        CSVColumn("outage_ms") { .number($0.clients.outage) },
        CSVColumn("lead_ms") { .number($0.phases?.lead) },
        CSVColumn("detection_ms") { .number($0.phases?.detection) },
        CSVColumn("failed_rounds_ms") { .number($0.phases?.failedRounds) },
        CSVColumn("vote_ms") { .number($0.phases?.vote) },
        CSVColumn("synchronization_ms") { .number($0.phases?.synchronization) },
        CSVColumn("first_commit_ms") { .number($0.phases?.firstCommit) },
        CSVColumn("phases_sum_ms") { .number($0.phases?.sum) },
        CSVColumn("phases_differ_ms") { row in
            .number(row.clients.outage.flatMap { outage in row.phases.map { outage - $0.sum } })
        },
        CSVColumn("rounds") { .integer($0.reign.rounds) },
    ]

    private static let clientColumns: [CSVColumn<ElectionRow>] = [
        CSVColumn("writes_owed") { .number($0.clients.writesOwed) },
        CSVColumn("writes_failed_or_ambiguous") { .integer($0.clients.writesFailedOrAmbiguous) },
        CSVColumn("sessions_moved") { .integer($0.clients.sessionsMoved) },
        CSVColumn("sessions_expired") { .integer($0.clients.sessionsExpired) },
        CSVColumn("session_outage_p50_ms") { .number($0.clients.sessionOutageP50) },
        CSVColumn("session_outage_max_ms") { .number($0.clients.sessionOutageMax) },
        CSVColumn("watches_placed") { .integer($0.clients.watchesPlaced) },
        CSVColumn("watches_kept") { .integer($0.clients.watchesKept) },
    ]

    private static let reignColumns: [CSVColumn<ElectionRow>] = [
        CSVColumn("old_leader_back_ms") { .number($0.reign.oldLeaderBack) },
        CSVColumn("servers_back_ms") { .number($0.reign.serversBack) },
        CSVColumn("back_by") { .text($0.reign.backBy) },
        CSVColumn("leader_before") { .integer($0.reign.leaderBefore) },
        CSVColumn("leader_after") { .integer($0.reign.leaderAfter) },
        CSVColumn("epoch_before") { .integer($0.reign.epochBefore) },
        CSVColumn("epoch_after") { .integer($0.reign.epochAfter) },
        CSVColumn("zxid") { .text($0.reign.zxid) },
    ]
}
