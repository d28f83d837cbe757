/// One second of one run as the clients saw it: a row of timeseries.csv.
public struct SecondRow: CSVRow {
    public var tag: RunTag
    /// The second's end.
    public var time: Timestamp
    /// The second's end since the start of the load, warm-up included.
    public var elapsedSeconds: Double
    public var lengthSeconds: Double
    /// `warmup` or `measured`.
    public var phase: String
    public var offeredPerSecond: Double
    public var achievedPerSecond: Double
    public var errors: Int
    public var responseP50Microseconds: Double?
    public var responseP99Microseconds: Double?
    public var responseMaxMicroseconds: Double?
    public var sessionsConnected: Int

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        lengthSeconds: Double,
        phase: String,
        offeredPerSecond: Double,
        achievedPerSecond: Double,
        errors: Int,
        responseP50Microseconds: Double?,
        responseP99Microseconds: Double?,
        responseMaxMicroseconds: Double?,
        sessionsConnected: Int
    ) {
        self.tag = tag
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.lengthSeconds = lengthSeconds
        self.phase = phase
        self.offeredPerSecond = offeredPerSecond
        self.achievedPerSecond = achievedPerSecond
        self.errors = errors
        self.responseP50Microseconds = responseP50Microseconds
        self.responseP99Microseconds = responseP99Microseconds
        self.responseMaxMicroseconds = responseMaxMicroseconds
        self.sessionsConnected = sessionsConnected
    }

    public static let columns: [CSVColumn<SecondRow>] =
        RunTag.columns { $0.tag } + [
            CSVColumn("time") { .text($0.time.iso8601) },
            CSVColumn("elapsed_s") { .number($0.elapsedSeconds) },
            CSVColumn("length_s") { .number($0.lengthSeconds) },
            CSVColumn("phase") { .text($0.phase) },
            CSVColumn("offered_per_s") { .number($0.offeredPerSecond) },
            CSVColumn("achieved_per_s") { .number($0.achievedPerSecond) },
            CSVColumn("errors") { .integer($0.errors) },
            CSVColumn("response_p50_us") { .number($0.responseP50Microseconds) },
            CSVColumn("response_p99_us") { .number($0.responseP99Microseconds) },
            CSVColumn("response_max_us") { .number($0.responseMaxMicroseconds) },
            CSVColumn("sessions_connected") { .integer($0.sessionsConnected) },
        ]
}

/// One second of one server: a row of servers.csv. Counters are what was added in the stretch of `lengthSeconds`;
/// what is not known of a system is missing.
public struct ServerRow: CSVRow {
    public var tag: RunTag
    public var time: Timestamp
    /// Since the start of the load, warm-up included; negative before it.
    public var elapsedSeconds: Double
    public var lengthSeconds: Double
    public var serverID: Int
    /// `leader`, `follower`, `observer`, `looking`, `standalone`.
    public var state: String?
    public var pid: Int32?
    /// Added in this stretch, by the names of `counterNames` and `laterCounterNames`.
    public var counters: [String: UInt64]
    /// At its end, by the names of `gaugeNames`.
    public var gauges: [String: UInt64]
    public var lastZxid: String?
    /// Means of this stretch, from the traces of batches: from the log's queue to its thread, and the write and sync.
    public var logQueueMicroseconds: Double?
    public var syncMicroseconds: Double?

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        lengthSeconds: Double,
        serverID: Int,
        state: String?,
        pid: Int32?,
        counters: [String: UInt64],
        gauges: [String: UInt64],
        lastZxid: String?
    ) {
        self.tag = tag
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.lengthSeconds = lengthSeconds
        self.serverID = serverID
        self.state = state
        self.pid = pid
        self.counters = counters
        self.gauges = gauges
        self.lastZxid = lastZxid
    }

    /// Columns of counters, in the file's order.
    public static let counterNames = [
        "cpu_user_us", "cpu_system_us", "syncs", "sync_time_us", "log_bytes_written", "storage_bytes_written",
        "log_batches", "records_logged", "proposals", "commits", "bytes_in", "bytes_out", "messages_in", "messages_out",
        "allocations",
    ]
    /// Columns of counters that came later, at the file's end.
    public static let laterCounterNames = ["group_commits"]
    /// Processor time by thread, and the time for which the loop's thread was ready and had no processor; later still.
    public static let threadCounterNames = [
        "cpu_loop_us", "cpu_log_us", "cpu_snapshot_us", "cpu_other_us", "loop_wait_us",
    ]
    /// Processor time of the whole process by its own clock, which is finer than user and system time; later still.
    public static let exactCounterNames = ["cpu_us"]
    /// Columns that are a counter's growth for each write that the server committed in the stretch.
    private static let perWriteNames = ["bytes_in", "bytes_out", "messages_in", "messages_out", "allocations"]
    /// Depths of queues at the stretch's end; later columns.
    public static let queueNames = ["queue_log_records", "queue_link_records", "queue_pending_bytes"]

    private func ratio(_ counter: String, to other: String) -> Double? {
        guard let count = counters[counter], let total = counters[other], total > 0 else { return nil }
        return Double(count) / Double(total)
    }

    private var loopUtilization: Double? {
        guard lengthSeconds > 0 else { return nil }
        return counters["cpu_loop_us"].map { Double($0) / 1e6 / lengthSeconds }
    }
    /// Columns of gauges, in the file's order.
    public static let gaugeNames = [
        "rss_bytes", "threads", "outstanding_requests", "queue_log_bytes", "znodes", "snapshots",
    ]

    public static let columns: [CSVColumn<ServerRow>] =
        RunTag.columns { $0.tag } + [
            CSVColumn("time") { .text($0.time.iso8601) },
            CSVColumn("elapsed_s") { .number($0.elapsedSeconds) },
            CSVColumn("length_s") { .number($0.lengthSeconds) },
            CSVColumn("server_id") { .integer($0.serverID) },
            CSVColumn("state") { .text($0.state) },
            CSVColumn("pid") { .integer($0.pid) },
        ]
        + counterNames.map { name in CSVColumn(name) { .integer($0.counters[name]) } }
        + gaugeNames.map { name in CSVColumn(name) { .integer($0.gauges[name]) } }
        + [CSVColumn("last_zxid") { .text($0.lastZxid) }]
        + laterCounterNames.map { name in CSVColumn(name) { .integer($0.counters[name]) } }
        + threadCounterNames.map { name in CSVColumn(name) { .integer($0.counters[name]) } }
        + [CSVColumn("loop_utilization") { .number($0.loopUtilization) }]
        + perWriteNames.map { name in CSVColumn(name + "_per_write") { .number($0.ratio(name, to: "commits")) } }
        + queueNames.map { name in CSVColumn(name) { .integer($0.gauges[name]) } }
        + [
            CSVColumn("residence_log_queue_us") { .number($0.logQueueMicroseconds) },
            CSVColumn("residence_sync_us") { .number($0.syncMicroseconds) },
            CSVColumn("batch_records_mean") { .number($0.ratio("records_logged", to: "group_commits")) },
        ]
        + exactCounterNames.map { name in CSVColumn(name) { .integer($0.counters[name]) } }
}

/// Something that happened at a moment: a row of events.csv.
public struct EventRow: CSVRow {
    public var tag: RunTag
    public var time: Timestamp
    /// Since the run began (its first server was asked to start).
    public var elapsedSeconds: Double
    public var event: String
    public var serverID: Int?
    public var detail: String?

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        event: String,
        serverID: Int? = nil,
        detail: String? = nil
    ) {
        self.tag = tag
        self.time = time
        self.elapsedSeconds = elapsedSeconds
        self.event = event
        self.serverID = serverID
        self.detail = detail
    }

    public static let columns: [CSVColumn<EventRow>] =
        RunTag.columns { $0.tag } + [
            CSVColumn("time") { .text($0.time.iso8601) },
            CSVColumn("elapsed_s") { .number($0.elapsedSeconds) },
            CSVColumn("event") { .text($0.event) },
            CSVColumn("server_id") { .integer($0.serverID) },
            CSVColumn("detail") { .text($0.detail) },
        ]
}
