/// Columns about the log, the set-up and the leader.
extension SummaryRow {
    static let logColumns: [Column<SummaryRow>] =
        groupColumns + deviceColumns + [
            Column(
                "x_floor",
                \.limits.timesFloor,
                "response p50 divided by the latency floor: one calibrated sync of a mean group plus a round trip on loopback",
                caution: "only as good as the calibration; below 1 the calibration is invalid"
            ),
            Column(
                "limit_per_s",
                \.limits.perSecond,
                "writes per second that the calibrated disk, loopback and cores allow"
            ),
            Column(
                "percent_of_limit",
                \.limits.percent,
                "writes per second as a percentage of `limit_per_s`",
                caution: "the limit applies to this run's batches and costs; larger batches raise it"
            ),
            Column(
                "limit_name",
                \.limits.name,
                "resource that sets the limit: `sync`, `disk_bytes`, `cpu` or `loopback`"
            ),
            Column(
                "survives_process_crash",
                \.durability.survivesProcessCrash,
                "whether nothing was lost in simulation with this strategy when all processes were killed",
                caution: "empty if not simulated"
            ),
            Column(
                "survives_power_loss",
                \.durability.survivesPowerLoss,
                "same, when all machines lost power",
                caution: "assumes a disk that keeps what it has flushed; empty if not simulated"
            ),
            Column(
                "acknowledged_lost_in_simulation",
                \.durability.acknowledgedLost,
                "acknowledged writes that were lost in these simulations",
                caution: "counted over the simulator's runs, not in this one"
            ),
        ]

    private static let groupColumns: [Column<SummaryRow>] = [
        Column("in_flight", \.log.inFlight, "group commits that one log may have in progress at a time"),
        Column("log_directories", \.log.directories, "`one` (shared with the snapshots) or `separate`"),
        Column("syncs_per_s", \.log.syncsPerSecond, "syncs of all servers together"),
        Column("batch_mean", \.log.batchMean, "mean number of records in a group commit of the leader"),
        Column(
            "batch_p50_le",
            \.log.batchP50AtMost,
            "half of the leader's group commits have at most this many records; a power of two"
        ),
        Column("batch_p99_le", \.log.batchP99AtMost, "99 of 100 have at most this many records; a power of two"),
        Column("batch_max_le", \.log.batchMaxAtMost, "all have at most this many records; a power of two"),
        Column(
            "identity_ratio",
            \.log.identityRatio,
            "writes per second divided by the product of the leader's syncs per second and its mean batch; 1 if each write was "
                + "one record of one synced group",
            caution:
                "above 1, writes were acknowledged without a sync of the leader; below 1, records were logged that no client "
                + "waits for, or groups took several syncs"
        ),
        Column(
            "log_bytes_per_payload_byte",
            \.log.logBytesPerPayloadByte,
            "bytes written by all logs per byte of data; at least the number of servers"
        ),
    ]

    private static let deviceColumns: [Column<SummaryRow>] = [
        Column(
            "device_flushes_per_write",
            \.device.flushesPerWrite,
            "flushes of the disks that hold the logs",
            caution: "counts the whole device, whoever caused them"
        ),
        Column(
            "device_flushes_per_s",
            \.device.flushesPerSecond,
            "same, per second",
            caution: "counts the whole device"
        ),
        Column(
            "device_writes_per_s",
            \.device.writesPerSecond,
            "writes to those disks",
            caution: "counts the whole device"
        ),
        Column(
            "device_written_bytes_per_payload_byte",
            \.device.writtenBytesPerPayloadByte,
            "bytes written to those disks per byte of data",
            caution: "counts the whole device"
        ),
    ]

    static let setUpColumns: [Column<SummaryRow>] = [
        Column("injected", \.injected, "what was slowed down on purpose; empty if nothing was"),
        Column("links", \.links, "what the harness's proxy did between the servers; empty for direct links"),
        Column(
            "generator_bound_per_s",
            \.generatorBoundPerSecond,
            "operations per second of this load against a target that replies at once",
            caution: "empty if not measured"
        ),
    ]

    static let leaderColumns: [Column<SummaryRow>] = [
        Column(
            "leader_bytes_out_per_write",
            \.leader.bytesOutPerWrite,
            "bytes that the leader sent to clients and followers"
        ),
        Column(
            "leader_loop_utilization",
            \.leader.loopUtilization,
            "CPU time of the leader's event loop thread divided by elapsed time"
        ),
        Column("leader_log_utilization", \.leader.logUtilization, "same, of the leader's log threads"),
        Column(
            "leader_loop_wait_share",
            \.leader.loopWaitShare,
            "share of the time that the leader's event loop thread was ready to run but had no processor"
        ),
        Column(
            "leader_loop_us_per_write",
            \.leader.loopMicrosecondsPerWrite,
            "CPU time of the leader's event loop thread"
        ),
        Column("leader_log_us_per_write", \.leader.logMicrosecondsPerWrite, "CPU time of the leader's log threads"),
        Column("limiter", \.leader.limiter, "what limited the run"),
        Column("limiter_evidence", \.leader.limiterEvidence, "the figures behind `limiter`"),
        Column(
            "traced",
            \.context.isTraced,
            "whether the servers traced each batch",
            caution: "tracing costs a little"
        ),
    ]
}
