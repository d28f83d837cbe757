/// Columns about the log, the set-up and the leader.
extension SummaryRow {
    static let logColumns: [Column<SummaryRow>] =
        groupColumns + deviceColumns + [
            Column(
                "x_floor",
                \.limits.timesFloor,
                "response p50 over the calibrated sync of a mean group and a round trip on loopback",
                caution: "only as good as the calibration; below 1 the calibration is not valid"
            ),
            Column(
                "limit_per_s",
                \.limits.perSecond,
                "writes a second that the calibrated disk, loopback and cores allow"
            ),
            Column(
                "percent_of_limit",
                \.limits.percent,
                "writes a second of that limit",
                caution: "the limit holds for this run's batches and costs; larger batches raise it"
            ),
            Column("limit_name", \.limits.name, "which limit it is: `sync`, `disk_bytes`, `cpu`, `loopback`"),
            Column(
                "survives_process_crash",
                \.durability.survivesProcessCrash,
                "whether the simulator lost nothing with this strategy when all processes were killed",
                caution: "empty where nobody tried"
            ),
            Column(
                "survives_power_loss",
                \.durability.survivesPowerLoss,
                "the same when the power of all machines was cut",
                caution: "on a disk that keeps its word after a flush; empty where nobody tried"
            ),
            Column(
                "acknowledged_lost_in_simulation",
                \.durability.acknowledgedLost,
                "acknowledged writes that were lost there",
                caution: "a count of the simulator's runs, not of this one"
            ),
        ]

    private static let groupColumns: [Column<SummaryRow>] = [
        Column("in_flight", \.log.inFlight, "group commits of one log that may be under way at a time"),
        Column("log_directories", \.log.directories, "`one` (with the snapshots) or `separate`"),
        Column("syncs_per_s", \.log.syncsPerSecond, "of all servers together"),
        Column("batch_mean", \.log.batchMean, "records of one of the leader's group commits"),
        Column("batch_p50_le", \.log.batchP50AtMost, "half of its groups have at most so many records; a power of two"),
        Column("batch_p99_le", \.log.batchP99AtMost, "99 of 100 have"),
        Column("batch_max_le", \.log.batchMaxAtMost, "all have"),
        Column(
            "identity_ratio",
            \.log.identityRatio,
            "writes a second over the leader's syncs a second times the mean batch; 1 where each write was one record of one "
                + "synced group",
            caution:
                "above 1 writes were acknowledged without a sync of the leader; below 1 records were logged that no client "
                + "waits for, or groups took several syncs"
        ),
        Column(
            "log_bytes_per_payload_byte",
            \.log.logBytesPerPayloadByte,
            "what all logs wrote for each byte of data; at least the number of servers"
        ),
    ]

    private static let deviceColumns: [Column<SummaryRow>] = [
        Column(
            "device_flushes_per_write",
            \.device.flushesPerWrite,
            "flushes of the disks below the logs",
            caution: "the whole device, whoever asked"
        ),
        Column("device_flushes_per_s", \.device.flushesPerSecond, "the same by time", caution: "the whole device"),
        Column("device_writes_per_s", \.device.writesPerSecond, "writes of those disks", caution: "the whole device"),
        Column(
            "device_written_bytes_per_payload_byte",
            \.device.writtenBytesPerPayloadByte,
            "bytes that reached those disks for each byte of data",
            caution: "the whole device"
        ),
    ]

    static let setUpColumns: [Column<SummaryRow>] = [
        Column("injected", \.injected, "what was made slower on purpose; empty for nothing"),
        Column("links", \.links, "what the harness's proxy did between the servers; empty where they talked directly"),
        Column(
            "generator_bound_per_s",
            \.generatorBoundPerSecond,
            "operations a second of this load against a target that answers at once",
            caution: "empty where nobody tried"
        ),
    ]

    static let leaderColumns: [Column<SummaryRow>] = [
        Column("leader_bytes_out_per_write", \.leader.bytesOutPerWrite, "sent to clients and followers"),
        Column(
            "leader_loop_utilization",
            \.leader.loopUtilization,
            "processor time of its loop's thread by elapsed time"
        ),
        Column("leader_log_utilization", \.leader.logUtilization, "the same of its log's threads"),
        Column(
            "leader_loop_wait_share",
            \.leader.loopWaitShare,
            "of the time in which its loop's thread was ready and had no processor"
        ),
        Column("leader_loop_us_per_write", \.leader.loopMicrosecondsPerWrite, "processor time of its loop"),
        Column("leader_log_us_per_write", \.leader.logMicrosecondsPerWrite, "processor time of its log's threads"),
        Column("limiter", \.leader.limiter, "what the run was limited by"),
        Column("limiter_evidence", \.leader.limiterEvidence, "the figures that say so"),
        Column("traced", \.context.isTraced, "whether servers told of each batch", caution: "that costs a little"),
    ]
}
