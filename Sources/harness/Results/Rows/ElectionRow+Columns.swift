extension ElectionRow: ResultRow {
    public static var file: String { "elections.csv" }

    public static let columns: [Column<ElectionRow>] =
        RunTag.columns.map { $0.at(\.tag) } + faultColumns + phaseColumns + clientColumns + reignColumns
        + momentColumns

    private static let faultColumns: [Column<ElectionRow>] = [
        Column("time", \.time, "when the fault was injected"),
        Column("fault_number", \.fault.number, "number of the fault in the run, from 1"),
        Column(
            "fault",
            \.fault.kind,
            "`leader_killed`, `leader_hung`, `leader_cut`, `followers_lost` or `ensemble_restarted`"
        ),
        Column("point", \.fault.point, "name of the load in the workload file"),
        Column("znodes", \.fault.znodes, "number of znodes before the fault"),
        Column("data_bytes", \.fault.dataBytes, "size of each of these znodes' data"),
        Column(
            "proxied",
            \.fault.isProxied,
            "whether the servers were connected through the harness's proxy",
            caution: "the proxy costs time: compare only with rows of the same kind"
        ),
        Column("sessions", \.fault.sessions, "number of sessions of the load"),
        Column("offered_per_s", \.fault.offeredPerSecond, "operations planned"),
        Column(
            name: "complete",
            type: .flag,
            meaning: "whether the row is complete and consistent; if not, `why` has the reason",
            caution: "medians of phases cover complete rows only",
            value: { .flag($0.isComplete) },
            read: { row, text in
                guard let isComplete = Bool(cell: text) else { return text.isEmpty }
                if !isComplete, row.why == nil { row.why = "the file gives no reason" }
                return true
            }
        ),
        Column(
            name: "why",
            type: .text,
            meaning: "reason if the row is not complete",
            caution: nil,
            value: { .text($0.why) },
            read: { row, text in
                if !text.isEmpty { row.why = text }
                return true
            }
        ),
    ]

    private static let phaseColumns: [Column<ElectionRow>] = [
        Column(
            "outage_ms",
            \.clients.outage,
            "longest time without an acknowledged write over all sessions together, from the fault to a write of the new epoch"
        ),
        phase("lead_ms", \.lead, "from the last acknowledged write to the fault"),
        phase("detection_ms", \.detection, "from the fault until the first follower left its leader"),
        phase("failed_rounds_ms", \.failedRounds, "elections and epochs that committed nothing"),
        phase("vote_ms", \.vote, "from the end of the failed rounds until the new leader was elected"),
        phase("synchronization_ms", \.synchronization, "from the election until a quorum had acknowledged NEWLEADER"),
        phase(
            "first_commit_ms",
            \.firstCommit,
            "from then until the first acknowledged write",
            caution: "with a hung leader, part of it is the clients' own timeout"
        ),
        Column("phases_sum_ms", of: { $0.phases?.sum }, "sum of all phases"),
        Column(
            "phases_differ_ms",
            of: { row in row.clients.outage.flatMap { outage in row.phases.map { outage - $0.sum } } },
            "`outage_ms` minus `phases_sum_ms`; the two are measured independently of each other"
        ),
        Column("rounds", \.reign.rounds, "number of election rounds; empty for servers without a phase journal"),
    ]

    /// The phases are known all together, or none is.
    private static func phase(
        _ name: String,
        _ path: any WritableKeyPath<Phases, Double> & Sendable,
        _ meaning: String,
        caution: String? = nil
    ) -> Column<ElectionRow> {
        Column(
            name: name,
            type: .number,
            meaning: meaning + "; empty for servers without a phase journal",
            caution: caution,
            value: { .number($0.phases?[keyPath: path]) },
            read: { row, text in
                guard !text.isEmpty else { return true }
                guard let value = Double(cell: text) else { return false }
                row.phases = row.phases ?? Phases()
                row.phases?[keyPath: path] = value
                return true
            }
        )
    }

    private static let clientColumns: [Column<ElectionRow>] = [
        Column("writes_owed", \.clients.writesOwed, "writes that the schedule planned during the outage"),
        Column(
            "writes_failed_or_ambiguous",
            \.clients.writesFailedOrAmbiguous,
            "writes answered with an error or whose connection broke before the reply"
        ),
        Column(
            "sessions_moved",
            \.clients.sessionsMoved,
            "sessions that lost their connection and were resumed"
        ),
        Column(
            "sessions_expired",
            \.clients.sessionsExpired,
            "sessions that lost their connection and were replaced by new ones"
        ),
        Column("session_outage_p50_ms", \.clients.sessionOutageP50, "median outage of a single session"),
        Column("session_outage_max_ms", \.clients.sessionOutageMax, "same, maximum"),
        Column(
            "watches_placed",
            \.clients.watchesPlaced,
            "watches set before the fault; empty for servers without watches"
        ),
        Column("watches_kept", \.clients.watchesKept, "watches set before the fault that fired after it"),
    ]

    private static let reignColumns: [Column<ElectionRow>] = [
        Column(
            "old_leader_back_ms",
            \.reign.oldLeaderBack,
            "from the old leader's repair until it served again",
            caution: "without a phase journal to the next 50 ms: the servers are asked that often"
        ),
        Column("servers_back_ms", \.reign.serversBack, "same, for the slowest of the servers that were hit"),
        Column("back_by", \.reign.backBy, "how the old leader was synchronized: `diff`, `trunc` or `snap`"),
        Column("leader_before", \.reign.leaderBefore, "id of the leader before the fault"),
        Column("leader_after", \.reign.leaderAfter, "id of the leader after the fault"),
        Column("epoch_before", \.reign.epochBefore, "epoch of the leader before the fault"),
        Column("epoch_after", \.reign.epochAfter, "epoch of the leader after the fault"),
        Column(
            "zxid",
            \.reign.zxid,
            "last zxid of the new leader when it was established; empty for servers without a phase journal"
        ),
    ]

    /// Where the fault is on the clock of timeseries.csv and faults-timeseries.csv.
    private static let momentColumns: [Column<ElectionRow>] = [
        Column("elapsed_s", \.fault.elapsedSeconds, "time from the start of the load to the fault"),
        Column(
            "outage_begin_ms",
            \.clients.outageBegin,
            "from the fault to the start of the outage, which is the last acknowledgement before it",
            caution: "negative if that came before the fault"
        ),
        Column("outage_end_ms", \.clients.outageEnd, "from the fault to the first acknowledgement after the outage"),
        Column(
            "repair_ms",
            \.reign.repairBegun,
            "from the fault until its repair began: servers restarted or resumed, links restored"
        ),
        Column("observers", \.fault.observers, "number of servers without a vote, beyond `ensemble_size`")
            .within(CellRange.counts),
    ]
}
