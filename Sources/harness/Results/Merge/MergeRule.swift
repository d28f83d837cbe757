/// What becomes of a column of summary.csv where rows of several generators are merged into one.
///
/// Nothing is ever averaged: a mean of percentiles is no percentile, and a mean over generators is nobody's figure.
public enum MergeRule: Sendable, Equatable {
    /// Equal in all parts, or empty.
    case same
    /// Added; empty where one part does not know it.
    case sum
    /// The largest of the parts; empty where one does not know it.
    case largest
    /// True where one part says so.
    case any
    /// False where one part says so; empty where one does not know it.
    case all
    /// From the parts' histograms, added bucket by bucket.
    case histogram
    /// A total by operations: the parts' totals added, by all their operations.
    case perOperation
    /// From when the parts began and ended.
    case window
    /// The merged row's own.
    case own
    /// Follows from other columns of the merged row.
    case derived
    /// Of the part that others disturbed most.
    case mostDisturbed
    /// Cannot be merged truthfully.
    case empty

    /// The rule of every column of summary.csv: `MergeRuleTests` knows if one is missing.
    public static let ofColumn: [String: MergeRule] = {
        var rules: [String: MergeRule] = [:]
        for (rule, names) in columns { for name in names { rules[name] = rule } }
        return rules
    }()

    static let columns: [(rule: MergeRule, names: [String])] = [
        (
            .same,
            [
                "workload", "repeat", "system", "system_version", "placement", "ensemble_size", "fsync_strategy",
                "batch_policy", "load_mode", "outstanding", "payload_bytes", "point", "connect_to", "mix", "warmup_s",
                "digest", "digest_zxid", "leader_id", "cores", "seed", "environment_digest", "commit", "in_flight",
                "log_directories", "injected", "links", "shards", "rate_profile", "of_capacity", "slo_response_p50_ms",
                "slo_response_p99_ms", "slo_response_p999_ms", "planned_duration_s", "multi", "reads", "observers",
                "recipe", "storm", "storm_watches", "turn_ms", "survives_process_crash", "survives_power_loss",
                "acknowledged_lost_in_simulation",
            ]
        ),
        (
            .sum,
            [
                "clients", "keys", "rate_per_s", "offered_per_s", "achieved_per_s", "errors", "writes_acknowledged",
                "acknowledged_verified", "operations_completed", "writes_measured", "unfinished", "ambiguous",
                "reordered",
                "reads_per_s", "znode_writes_per_s", "storm_readers",
                // What the generators can do together: each was tried with its own target.
                "generator_bound_per_s",
            ]
        ),
        // The maximum is one operation of one part, which knows it to the nanosecond.
        (.largest, ["response_max_us", "generator_busy_share"]),
        (.any, ["machine_limited", "generator_limited", "traced", "unequal_durability", "ended_by_time"]),
        (.all, ["digests_agree"]),
        (
            .histogram,
            [
                "response_mean_us", "response_p50_us", "response_p90_us", "response_p99_us", "response_p999_us",
                "service_p50_us", "service_p99_us", "service_p999_us", "read_response_p50_us", "read_response_p99_us",
                "write_response_p50_us", "write_response_p99_us",
            ]
        ),
        (
            .perOperation,
            ["generator_us_per_operation", "reads_per_recipe", "writes_per_recipe", "refusals_per_recipe"]
        ),
        (.window, ["started_at", "duration_s"]),
        (
            .own,
            ["schema_version", "run_id", "valid", "invalid_reason", "order_index", "limiter", "limiter_evidence"]
        ),
        (.derived, ["slo_held", "foreign_limited"]),
        (.mostDisturbed, ["foreign_cpu_share", "steal_share"]),
        (.empty, costs + unknowable),
    ]

    /// Every part divided what the same servers did for all generators by its own writes alone, and over its own window.
    private static let costs = [
        "syncs_per_write", "bytes_written_per_write", "allocations_per_write", "cpu_us_per_write",
        "log_bytes_per_write",
        "cpu_us_per_operation", "leader_syncs_per_s", "leader_sync_share", "busy_cores", "syncs_per_s", "batch_mean",
        "batch_p50_le", "batch_p99_le", "batch_max_le", "identity_ratio", "log_bytes_per_payload_byte",
        "device_flushes_per_write", "device_flushes_per_s", "device_writes_per_s",
        "device_written_bytes_per_payload_byte", "leader_bytes_out_per_write", "leader_loop_utilization",
        "leader_log_utilization", "leader_loop_wait_share", "leader_loop_us_per_write", "leader_log_us_per_write",
        "leader_busy_cores", "leader_busiest_thread", "leader_busiest_thread_share", "limiter_hint",
    ]

    /// What would need every operation's moment (silences, outages, the p99 of each second), or belongs to one machine's
    /// calibration and its own rows of a yardstick.
    private static let unknowable = [
        "outages", "longest_silence_s", "response_p99_precision", "capacity_per_s", "x_floor", "limit_per_s",
        "percent_of_limit", "limit_name", "calibration_valid", "calibration_note", "x_disk_floor", "x_yardstick_p50",
        "x_yardstick_p99", "of_yardstick",
    ]
}
