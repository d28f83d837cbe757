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
        /// Since the start of the load, warm-up included; nil in rows of versions that did not write it.
        public var elapsedSeconds: Double?
        /// Servers without a vote; nil in rows of versions without them.
        public var observers: Int?
        public init() {}
    }

    /// The servers' and the harness's account of the outage; only of servers that keep a journal of their phases.
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
        /// From the fault until it began, which was before if this is negative, and until it was over.
        public var outageBegin: Double?
        public var outageEnd: Double?
        /// Writes that the schedule planned in that silence.
        public var writesOwed: Double?
        public var writesFailedOrAmbiguous = 0
        /// Sessions that lost their connection and came back with the same session.
        public var sessionsMoved = 0
        public var sessionsExpired = 0
        public var sessionOutageP50: Double?
        public var sessionOutageMax: Double?
        /// Nil where the servers have no watches.
        public var watchesPlaced: Int?
        public var watchesKept: Int?
        public init() {}
    }

    /// Who led before and after, and how who was hit came back.
    public struct Reign: Sendable, Equatable {
        /// Nil where the servers keep no journal.
        public var rounds: Int?
        public var leaderBefore = 0
        public var leaderAfter: Int?
        public var epochBefore: UInt32?
        public var epochAfter: UInt32?
        /// The new leader's last one when it was established.
        public var zxid: String?
        public var oldLeaderBack: Double?
        public var serversBack: Double?
        /// `diff`, `trunc` or `snap`.
        public var backBy: String?
        /// From the fault until its repair began.
        public var repairBegun: Double?
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

    /// A row that says nothing yet, for readers.
    public init() { self.init(tag: RunTag(), time: Timestamp(unixNanoseconds: 0)) }

    public init(tag: RunTag, time: Timestamp) {
        self.tag = tag
        self.time = time
    }
}
