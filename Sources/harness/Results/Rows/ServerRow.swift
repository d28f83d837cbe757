/// What one server did in about a second: a row of servers.csv. What is not known of a system is missing, never zero.
public struct ServerRow: ResultRow {
    public var tag: RunTag
    public var time: Timestamp
    /// Since the start of the load, warm-up included; negative before it.
    public var elapsedSeconds: Double
    public var lengthSeconds: Double
    public var serverID: Int
    /// `leader`, `follower`, `observer`, `looking`, `standalone`.
    public var state: String?
    public var pid: Int32?
    /// Added in this stretch.
    public var counters: [ServerCounter: UInt64]
    /// At its end.
    public var gauges: [ServerGauge: UInt64]
    public var lastZxid: String?
    /// Means of this stretch, from the traces of batches: from the log's queue to its thread, and the write and sync.
    public var logQueueMicroseconds: Double?
    public var syncMicroseconds: Double?
    /// From 1; nil where one ensemble has all keys.
    public var shard: Int?

    public init(
        tag: RunTag,
        time: Timestamp,
        elapsedSeconds: Double,
        lengthSeconds: Double,
        serverID: Int,
        state: String?,
        pid: Int32?,
        counters: [ServerCounter: UInt64],
        gauges: [ServerGauge: UInt64],
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

    /// A row that says nothing yet, for readers.
    public init() {
        self.init(
            tag: RunTag(),
            time: Timestamp(unixNanoseconds: 0),
            elapsedSeconds: 0,
            lengthSeconds: 0,
            serverID: 0,
            state: nil,
            pid: nil,
            counters: [:],
            gauges: [:],
            lastZxid: nil
        )
    }

    private func ratio(_ counter: ServerCounter, to other: ServerCounter) -> Double? {
        guard let count = counters[counter], let total = counters[other], total > 0 else { return nil }
        return Double(count) / Double(total)
    }

    private var loopUtilization: Double? {
        guard lengthSeconds > 0 else { return nil }
        return counters[.cpuLoop].map { Double($0) / 1e6 / lengthSeconds }
    }
}

extension ServerRow {
    public static var file: String { "servers.csv" }

    /// In the order in which they came to be: new ones go to the end.
    public static let columns: [Column<ServerRow>] =
        RunTag.columns.map { $0.at(\.tag) } + [
            Column("time", \.time, "end of the interval"),
            Column(
                "elapsed_s",
                \.elapsedSeconds,
                "time from the start of the load to the end of the interval; negative before the load"
            ),
            Column(
                "length_s",
                \.lengthSeconds,
                "length of the interval",
                caution: "about a second; shorter where a phase begins"
            ),
            Column("server_id", \.serverID, "id of the server in zoo.cfg").within(CellRange.counts),
            Column(
                "state",
                \.state,
                "state at the end of the interval: `leader`, `follower`, `observer`, `looking` or `standalone`"
            ),
            Column("pid", \.pid, "id of the server's process; empty if it runs elsewhere"),
        ]
        + counters(.cpuUser, .cpuSystem, .syncs, .syncTime, .logBytesWritten, .storageBytesWritten, .logBatches)
        + counters(.recordsLogged, .proposals, .commits, .bytesIn, .bytesOut, .messagesIn, .messagesOut, .allocations)
        + gauges(.residentBytes, .threads, .outstandingRequests, .queueLogBytes, .znodes, .snapshots)
        + [Column("last_zxid", \.lastZxid, "last applied zxid, in the system's own notation")]
        + counters(.groupCommits, .cpuLoop, .cpuLog, .cpuSnapshot, .cpuOther, .loopWait)
        + [Column("loop_utilization", of: \.loopUtilization, "`cpu_loop_us` divided by the length of the interval")]
        + [ServerCounter.bytesIn, .bytesOut, .messagesIn, .messagesOut, .allocations].map { counter in
            Column(
                counter.rawValue + "_per_write",
                of: { $0.ratio(counter, to: .commits) },
                "`\(counter.rawValue)` per write that the server committed in the interval"
            )
        }
        + gauges(.queueLogRecords, .queueLinkRecords, .queuePendingBytes)
        + [
            Column(
                "residence_log_queue_us",
                \.logQueueMicroseconds,
                "mean time of a batch between the event loop and the log thread",
                caution: "only in traced runs"
            ),
            Column(
                "residence_sync_us",
                \.syncMicroseconds,
                "mean time to write and sync a batch",
                caution: "only in traced runs"
            ),
            Column(
                "batch_records_mean",
                of: { $0.ratio(.recordsLogged, to: .groupCommits) },
                "mean number of records in a group commit"
            ),
        ]
        + counters(.cpu)
        + [
            Column(
                "shard",
                \.shard,
                "shard that the server belongs to, from 1; empty unless the run has several",
                caution: "server ids then go from shard to shard, and by host within one; zoo.cfg has others"
            ).within(CellRange.counts)
        ]

    private static func counters(_ counters: ServerCounter...) -> [Column<ServerRow>] {
        counters.map { counter in
            Column(
                name: counter.rawValue,
                type: .integer,
                meaning: counter.meaning,
                caution: counter.caution,
                value: { .integer($0.counters[counter]) },
                read: { row, text in
                    guard !text.isEmpty else { return true }
                    row.counters[counter] = UInt64(text)
                    return row.counters[counter] != nil
                }
            )
        }
    }

    private static func gauges(_ gauges: ServerGauge...) -> [Column<ServerRow>] {
        gauges.map { gauge in
            Column(
                name: gauge.rawValue,
                type: .integer,
                meaning: gauge.meaning,
                caution: nil,
                value: { .integer($0.gauges[gauge]) },
                read: { row, text in
                    guard !text.isEmpty else { return true }
                    row.gauges[gauge] = UInt64(text)
                    return row.gauges[gauge] != nil
                }
            )
        }
    }
}
