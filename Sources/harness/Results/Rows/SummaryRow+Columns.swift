extension SummaryRow: ResultRow {
    public static var file: String { "summary.csv" }
    public static var required: [String] { ["run_id", "valid", "system", "ensemble_size", "achieved_per_s"] }
    public static var identifying: [String] { ["run_id", "valid"] }

    /// In the order in which they came to be: new ones go to the end.
    public static let columns: [Column<SummaryRow>] =
        asked + achieved + proven + spent + contextColumns + logColumns + setUpColumns + leaderColumns + turnColumns
        + foreignColumns + lengthColumns

    // The first four are the columns that users were promised, in that order.

    private static let asked: [Column<SummaryRow>] = [
        RunTag.schema(),
        RunTag.runID.at(\.tag),
        Column("started_at", \.startedAt, "when the measured part began"),
        Column("workload", \.workload, "the workload file's name"),
        RunTag.repeatNumber.at(\.tag),
        RunTag.system.at(\.tag),
        Column("system_version", \.systemVersion, "what the leader said of itself"),
        Column("placement", \.placement, "`processes`, `embedded` (all servers in one process) or `external`"),
        RunTag.ensembleSize.at(\.tag),
        RunTag.fsyncStrategy.at(\.tag),
        Column("batch_policy", \.batchPolicy, "which records make a group commit; empty with servers of others"),
        Column(
            "load_mode",
            \.load.mode,
            "`closed`, `open_fixed` or `open_poisson`",
            caution: "a closed loop waits for the servers, so its latency is that of its own rate and of no other"
        ),
        Column("clients", \.load.clients, "sessions"),
        Column("outstanding", \.load.outstanding, "operations that each session keeps in flight"),
        Column("payload_bytes", \.load.payloadBytes, "data of a znode"),
        Column(
            "duration_s",
            \.durationSeconds,
            "the measured part, as it came to be; the warm-up is not in it",
            caution: "longer than `planned_duration_s` where the load went on until it had enough operations"
        ),
    ]

    private static let achieved: [Column<SummaryRow>] = [
        Column("offered_per_s", \.offeredPerSecond, "operations planned, of a closed loop those sent"),
        Column(
            "achieved_per_s",
            \.achievedPerSecond,
            "operations answered without an error",
            caution: "with `turn_ms` the load had half of the time"
        ),
        Column("errors", \.errors, "operations answered with an error, or lost with their connection"),
        Column(
            "response_mean_us",
            \.response.meanMicroseconds,
            "from the planned send to the answer, mean",
            caution: "in a closed loop the planned send is the actual one"
        ),
        Column("response_p50_us", \.response.p50Microseconds, "the same, median; HdrHistogram of three digits"),
        Column("response_p90_us", \.response.p90Microseconds, "the same, 90th percentile"),
        Column("response_p99_us", \.response.p99Microseconds, "the same, 99th percentile"),
        Column(
            "response_p999_us",
            \.response.p999Microseconds,
            "the same, 99.9th percentile",
            caution: "rests on a thousandth of `operations_completed`"
        ),
        Column("response_max_us", \.response.maxMicroseconds, "the same, maximum", caution: "one operation"),
        Column(
            "service_p50_us",
            \.service.p50Microseconds,
            "from the actual send to the answer, median",
            caution: "hides the time that an operation waited in the generator"
        ),
        Column("service_p99_us", \.service.p99Microseconds, "the same, 99th percentile"),
        Column("service_p999_us", \.service.p999Microseconds, "the same, 99.9th percentile"),
    ]

    private static let proven: [Column<SummaryRow>] = [
        Column("writes_acknowledged", \.proof.writesAcknowledged, "in the whole run, warm-up included"),
        Column(
            "acknowledged_verified",
            \.proof.acknowledgedVerified,
            "of those, found afterwards on a quorum",
            caution: "a row in which it is less than `writes_acknowledged` is no result"
        ),
        Column(
            name: "valid",
            type: .flag,
            meaning: "whether the row is a result",
            caution: "average no others",
            value: { .flag($0.isValid) },
            read: { row, text in
                guard let isValid = Bool(cell: text) else { return text.isEmpty }
                if !isValid, row.invalidReasons.isEmpty { row.invalidReasons = ["the file does not say why"] }
                return true
            }
        ),
        Column(
            name: "invalid_reason",
            type: .text,
            meaning: "why it is none, joined by `; `",
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
            "syncs of all servers' logs for each write, from their counters; of ZooKeeper `zk_cnt_fsynctime`"
        ),
        Column(
            "bytes_written_per_write",
            \.cost.bytesWrittenPerWrite,
            "`log_bytes_per_write`; where servers do not say, what the kernel counts as dirtied by them",
            caution: "the kernel counts whole pages, many times what reaches the disk: never compare the two kinds"
        ),
        Column(
            "allocations_per_write",
            \.cost.allocationsPerWrite,
            "of all servers together, from jemalloc's counters",
            caution: "empty for other systems, and in embedded ensembles"
        ),
        Column(
            "cpu_us_per_write",
            \.cost.cpuMicrosecondsPerWrite,
            "processor time of all servers together, from the kernel's clocks of their processes",
            caution: "neighbours in the same caches make it larger; the generator is not in it"
        ),
    ]

    private static let contextColumns: [Column<SummaryRow>] = [
        Column("point", \.load.point, "the load's name in the workload file"),
        Column(
            "rate_per_s",
            \.load.ratePerSecond,
            "the planned rate of an open loop",
            caution: "empty where the rate is a share of what the machine can do; `offered_per_s` has it then"
        ),
        Column("connect_to", \.load.connectTo, "which servers the sessions are on: `all`, `leader`, `followers`"),
        Column("mix", \.load.mix, "operations and their weights, `set:10 get:90`"),
        Column("keys", \.load.keys, "znodes that the load is spread over"),
        Column("warmup_s", \.load.warmUpSeconds, "load before the measured part"),
        Column("operations_completed", \.context.operationsCompleted, "in the measured part"),
        Column("writes_measured", \.context.writesMeasured, "of those, writes"),
        Column("unfinished", \.context.unfinished, "planned in the measured part and never answered"),
        Column(
            "ambiguous",
            \.proof.ambiguous,
            "writes whose connection broke before their answer: done or not, and both are right"
        ),
        Column("reordered", \.proof.reordered, "writes of one session that were found in another order than sent"),
        Column("digests_agree", \.proof.digestsAgree, "whether the servers hold the same at the same zxid"),
        Column("digest", \.proof.digest, "the servers' own digest of their state, 16 hexadecimal digits"),
        Column("digest_zxid", \.proof.digestZxid, "the zxid that it is of"),
        Column("outages", \.context.outages, "times at which no session had a connection that answered"),
        Column(
            "longest_silence_s",
            \.context.longestSilenceSeconds,
            "the longest time without an answer",
            caution: "of all sessions together; empty in turns"
        ),
        Column("leader_id", \.context.leaderID, "who led at the start"),
        Column("leader_syncs_per_s", \.cost.leaderSyncsPerSecond, "syncs of the leader's log"),
        Column(
            "leader_sync_share",
            \.cost.leaderSyncShare,
            "of the time in which the leader's log was in a sync",
            caution: "above 1 where groups overlap"
        ),
        Column("busy_cores", \.cost.busyCores, "processors that servers and generator kept busy together"),
        Column("cores", \.context.cores, "processors of the machine"),
        Column(
            "machine_limited",
            \.context.isMachineLimited,
            "more servers than cores on this machine",
            caution: "such a row measures the machine, not the system"
        ),
        Column("generator_limited", \.context.isGeneratorLimited, "the generator was near what it can do itself"),
        Column("generator_busy_share", \.context.generatorBusyShare, "of the generator's busiest loop"),
        Column(
            "generator_us_per_operation",
            \.context.generatorMicrosecondsPerOperation,
            "the generator's processor time for each operation"
        ),
        Column("limiter_hint", \.context.limiterHint, "superseded by `limiter`"),
        Column("order_index", \.context.orderIndex, "which of the folder's runs it was, from 1; sweeps are shuffled"),
        Column("seed", \.context.seed, "of the load's random choices"),
        Column("environment_digest", \.context.environmentDigest, "alike on alike machines, kernels and disks"),
        Column("commit", \.context.commit, "of zabbench's own source"),
        Column("log_bytes_per_write", \.cost.logBytesPerWrite, "what the servers' logs say they wrote, all together"),
    ]

    private static let lengthColumns: [Column<SummaryRow>] = [
        Column(
            "planned_duration_s",
            \.plannedSeconds,
            "the measured part as the workload wants it; empty where faults end a load"
        )
    ]

    private static let turnColumns: [Column<SummaryRow>] = [
        Column(
            "turn_ms",
            \.context.turnMilliseconds,
            "the load took turns of this length with another build's",
            caution: "rates are about half of what they are alone"
        )
    ]
}
