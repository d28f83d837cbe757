extension SummaryRow: ResultRow {
    public static var file: String { "summary.csv" }
    public static var required: [String] { ["run_id", "valid", "system", "ensemble_size", "achieved_per_s"] }
    public static var identifying: [String] { ["run_id", "valid"] }

    /// In the order in which they came to be: new ones go to the end.
    public static let columns: [Column<SummaryRow>] =
        asked + achieved + proven + spent + contextColumns + logColumns + setUpColumns + leaderColumns + turnColumns
        + foreignColumns + lengthColumns + rateColumns + comparisonColumns + kindColumns + peerColumns
        + precisionColumns + crowdColumns + floorColumns + shardColumns

    // The first four are the columns that users were promised, in that order.

    private static let asked: [Column<SummaryRow>] = [
        RunTag.schema(),
        RunTag.runID.at(\.tag),
        Column("started_at", \.startedAt, "start of the measured part"),
        Column("workload", \.workload, "name of the workload file"),
        RunTag.repeatNumber.at(\.tag),
        RunTag.system.at(\.tag),
        Column("system_version", \.systemVersion, "version that the leader reported"),
        Column("placement", \.placement, "`processes`, `embedded` (all servers in one process) or `external`"),
        RunTag.ensembleSize.at(\.tag),
        RunTag.fsyncStrategy.at(\.tag),
        Column(
            "batch_policy",
            \.batchPolicy,
            "how records are grouped into commits; empty for servers that the run did not start"
        ),
        Column(
            "load_mode",
            \.load.mode,
            "`closed`, `open_fixed`, `open_poisson`, `open_recorded` or `storm`",
            caution: "a closed loop waits for the servers: its latency applies to the rate it reached and to no other"
        ),
        Column("clients", \.load.clients, "number of client sessions").within(CellRange.counts),
        Column("outstanding", \.load.outstanding, "operations that each session keeps in flight").within(
            CellRange.counts
        ),
        Column("payload_bytes", \.load.payloadBytes, "size of a znode's data"),
        Column(
            "duration_s",
            \.durationSeconds,
            "actual length of the measured part, without the warm-up",
            caution: "longer than `planned_duration_s` if the load had to continue until it had enough operations"
        ),
    ]

    private static let achieved: [Column<SummaryRow>] = [
        Column("offered_per_s", \.offeredPerSecond, "operations planned; in a closed loop, operations sent"),
        Column(
            "achieved_per_s",
            \.achievedPerSecond,
            "operations answered without an error",
            caution: "with `turn_ms` set, the load ran for only half of the time"
        ),
        Column("errors", \.errors, "operations answered with an error or lost with their connection"),
        Column(
            "response_mean_us",
            \.response.meanMicroseconds,
            "mean time from the planned send to the reply",
            caution: "in a closed loop the planned send time is the actual one"
        ),
        Column(
            "response_p50_us",
            \.response.p50Microseconds,
            "same, median; HdrHistogram with three significant digits"
        ),
        Column("response_p90_us", \.response.p90Microseconds, "same, 90th percentile"),
        Column("response_p99_us", \.response.p99Microseconds, "same, 99th percentile"),
        Column(
            "response_p999_us",
            \.response.p999Microseconds,
            "same, 99.9th percentile",
            caution: "based on a thousandth of `operations_completed`"
        ),
        Column("response_max_us", \.response.maxMicroseconds, "same, maximum", caution: "a single operation"),
        Column(
            "service_p50_us",
            \.service.p50Microseconds,
            "median time from the actual send to the reply",
            caution: "hides the time that an operation spent waiting in the generator"
        ),
        Column("service_p99_us", \.service.p99Microseconds, "same, 99th percentile"),
        Column("service_p999_us", \.service.p999Microseconds, "same, 99.9th percentile"),
    ]

    private static let proven: [Column<SummaryRow>] = [
        Column(
            "writes_acknowledged",
            \.proof.writesAcknowledged,
            "writes acknowledged in the whole run, warm-up included"
        ),
        Column(
            "acknowledged_verified",
            \.proof.acknowledgedVerified,
            "acknowledged writes that were found on a quorum after the run",
            caution: "if it is less than `writes_acknowledged`, the row is not a result"
        ),
        Column(
            name: "valid",
            type: .flag,
            meaning: "whether the row is a result",
            caution: "leave invalid rows out of averages",
            value: { .flag($0.isValid) },
            read: { row, text in
                guard let isValid = Bool(cell: text) else { return text.isEmpty }
                if !isValid, row.invalidReasons.isEmpty { row.invalidReasons = ["the file gives no reason"] }
                return true
            }
        ),
        Column(
            name: "invalid_reason",
            type: .text,
            meaning: "why the row is invalid; several reasons are joined by `; `",
            caution: nil,
            value: { $0.isValid ? .missing : .text($0.invalidReasons.joined(separator: "; ")) },
            read: { row, text in
                if !text.isEmpty { row.invalidReasons = text.split(separator: "; ").map(String.init) }
                return true
            }
        ),
    ]

    private static let spent: [Column<SummaryRow>] = [
        Column(
            "syncs_per_write",
            \.cost.syncsPerWrite,
            "syncs of all servers' logs per write, from the servers' counters (ZooKeeper: `zk_cnt_fsynctime`)"
        ),
        Column(
            "bytes_written_per_write",
            \.cost.bytesWrittenPerWrite,
            "`log_bytes_per_write`; for servers without that counter, the bytes that the kernel counts as dirtied by them",
            caution: "the kernel counts whole pages, many times what reaches the disk: never compare the two kinds"
        ),
        Column(
            "allocations_per_write",
            \.cost.allocationsPerWrite,
            "allocations of all servers together, from jemalloc's counters",
            caution: "empty for other systems, in embedded ensembles, and with reads in the mix"
        ),
        Column(
            "cpu_us_per_write",
            \.cost.cpuMicrosecondsPerWrite,
            "CPU time of all servers together, from the kernel's clocks of their processes",
            caution:
                "neighbours that share the caches increase it; does not include the generator; empty with reads in the mix, "
                + "except in turns, where it includes theirs (see `cpu_us_per_operation`)"
        ),
    ]

    private static let contextColumns: [Column<SummaryRow>] = [
        Column("point", \.load.point, "name of the load in the workload file"),
        Column(
            "rate_per_s",
            \.load.ratePerSecond,
            "planned rate of an open loop",
            caution:
                "the mean if it changes (`rate_profile`); empty if it was set as a share of the capacity; see `offered_per_s`"
        ),
        Column(
            "connect_to",
            \.load.connectTo,
            "servers that the sessions connect to: `spread` (all), `leader`, `followers` or `observers`"
        ),
        Column("mix", \.load.mix, "operations and their weights, such as `set:10 get:90`"),
        Column("keys", \.load.keys, "number of znodes that the load is spread over"),
        Column("warmup_s", \.load.warmUpSeconds, "length of the load before the measured part"),
        Column("operations_completed", \.context.operationsCompleted, "operations completed in the measured part"),
        Column("writes_measured", \.context.writesMeasured, "writes among `operations_completed`"),
        Column("unfinished", \.context.unfinished, "operations planned in the measured part but never answered"),
        Column(
            "ambiguous",
            \.proof.ambiguous,
            "writes whose connection broke before the reply: they may or may not have been applied, and either is correct"
        ),
        Column("reordered", \.proof.reordered, "writes of a session that were found in a different order than sent"),
        Column("digests_agree", \.proof.digestsAgree, "whether all servers have the same state at the same zxid"),
        Column("digest", \.proof.digest, "the servers' own digest of their state, 16 hexadecimal digits"),
        Column("digest_zxid", \.proof.digestZxid, "zxid at which `digest` was taken"),
        Column("outages", \.context.outages, "number of times that no session had a responding connection"),
        Column(
            "longest_silence_s",
            \.context.longestSilenceSeconds,
            "longest time without a reply",
            caution: "over all sessions together; empty if the load ran in turns"
        ),
        Column(
            "leader_id",
            \.context.leaderID,
            "id of the leader at the start; empty with several `shards`, whose leaders are in servers.csv"
        ).within(CellRange.counts),
        Column("leader_syncs_per_s", \.cost.leaderSyncsPerSecond, "syncs of the leader's log"),
        Column(
            "leader_sync_share",
            \.cost.leaderSyncShare,
            "share of the time that the leader's log was syncing",
            caution: "above 1 if group commits overlap"
        ),
        Column("busy_cores", \.cost.busyCores, "processors kept busy by the servers and the generator together"),
        Column("cores", \.context.cores, "number of processors of the machine"),
        Column(
            "machine_limited",
            \.context.isMachineLimited,
            "whether this machine ran more servers than it has cores",
            caution: "such a row measures the machine, not the system"
        ),
        Column("generator_limited", \.context.isGeneratorLimited, "whether the generator was close to its own limit"),
        Column(
            "generator_busy_share",
            \.context.generatorBusyShare,
            "busy share of the generator's busiest event loop"
        ),
        Column(
            "generator_us_per_operation",
            \.context.generatorMicrosecondsPerOperation,
            "CPU time of the generator per operation"
        ),
        Column("limiter_hint", \.context.limiterHint, "superseded by `limiter`"),
        Column(
            "order_index",
            \.context.orderIndex,
            "position of the run in the folder's order of execution, from 1; sweeps are shuffled"
        ),
        Column("seed", \.context.seed, "seed of the load's random choices"),
        Column(
            "environment_digest",
            \.context.environmentDigest,
            "equal for runs on the same kind of machine, kernel and disk"
        ),
        Column("commit", \.context.commit, "commit of zabbench's own source"),
        Column(
            "log_bytes_per_write",
            \.cost.logBytesPerWrite,
            "bytes written to the logs of all servers together, from the servers' counters"
        ),
    ]

    private static let lengthColumns: [Column<SummaryRow>] = [
        Column(
            "planned_duration_s",
            \.plannedSeconds,
            "planned length of the measured part; empty if faults or a storm end the load"
        )
    ]

    private static let comparisonColumns: [Column<SummaryRow>] = [
        Column(
            "unequal_durability",
            \.context.isDurabilityUnequal,
            "whether the folder's systems differ in whether they sync what they acknowledge (`--allow-unequal-durability`)",
            caution: "do not compare such a row with rows of another system"
        )
    ]

    private static let turnColumns: [Column<SummaryRow>] = [
        Column(
            "turn_ms",
            \.context.turnMilliseconds,
            "length of the turns in which the load alternated with another build's",
            caution: "rates are about half of those of a load that runs alone"
        )
    ]
}
