extension ElectionRow: ResultRow {
    public static var file: String { "elections.csv" }

    public static let columns: [Column<ElectionRow>] =
        RunTag.columns.map { $0.at(\.tag) } + faultColumns + phaseColumns + clientColumns + reignColumns
        + momentColumns

    private static let faultColumns: [Column<ElectionRow>] = [
        Column("time", \.time, "when the fault was made"),
        Column("fault_number", \.fault.number, "from 1 within the run"),
        Column(
            "fault",
            \.fault.kind,
            "`leader_killed`, `leader_hung`, `leader_cut`, `followers_lost`, `ensemble_restarted`"
        ),
        Column("point", \.fault.point, "the load's name in the workload file"),
        Column("znodes", \.fault.znodes, "that were there before"),
        Column("data_bytes", \.fault.dataBytes, "of each of those"),
        Column(
            "proxied",
            \.fault.isProxied,
            "whether the servers talked through the harness's proxy",
            caution: "which costs them time: compare with rows of the same kind only"
        ),
        Column("sessions", \.fault.sessions, "of the load"),
        Column("offered_per_s", \.fault.offeredPerSecond, "operations planned"),
        Column(
            name: "complete",
            type: .flag,
            meaning: "whether the row is whole",
            caution: "medians of phases are over complete rows",
            value: { .flag($0.isComplete) },
            read: { row, text in
                guard let isComplete = Bool(cell: text) else { return text.isEmpty }
                if !isComplete, row.why == nil { row.why = "the file does not say why" }
                return true
            }
        ),
        Column(
            name: "why",
            type: .text,
            meaning: "why it is not",
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
            "the longest silence of acknowledged writes over all sessions, from the fault to a write of the new epoch"
        ),
        phase("lead_ms", \.lead, "from the last acknowledgement to the fault"),
        phase("detection_ms", \.detection, "from the fault until the first follower left its leader"),
        phase("failed_rounds_ms", \.failedRounds, "elections and reigns that committed nothing"),
        phase("vote_ms", \.vote, "from there until the new leader was chosen"),
        phase("synchronization_ms", \.synchronization, "until a quorum had acknowledged NEWLEADER"),
        phase(
            "first_commit_ms",
            \.firstCommit,
            "until the first acknowledged write",
            caution: "with a hung leader part of it is the clients' own timeout"
        ),
        Column("phases_sum_ms", of: { $0.phases?.sum }, "all phases together"),
        Column(
            "phases_differ_ms",
            of: { row in row.clients.outage.flatMap { outage in row.phases.map { outage - $0.sum } } },
            "the outage less that sum: the two are measured independently of each other"
        ),
        Column("rounds", \.reign.rounds, "rounds of election"),
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
            meaning: meaning,
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
        Column("writes_owed", \.clients.writesOwed, "writes that the schedule planned in the outage"),
        Column(
            "writes_failed_or_ambiguous",
            \.clients.writesFailedOrAmbiguous,
            "writes answered with an error, or whose connection broke before the answer"
        ),
        Column(
            "sessions_moved",
            \.clients.sessionsMoved,
            "that lost their connection and came back with the same session"
        ),
        Column("sessions_expired", \.clients.sessionsExpired, "that did not"),
        Column("session_outage_p50_ms", \.clients.sessionOutageP50, "the outage of a single session, median"),
        Column("session_outage_max_ms", \.clients.sessionOutageMax, "the same, maximum"),
        Column("watches_placed", \.clients.watchesPlaced, "before the fault"),
        Column("watches_kept", \.clients.watchesKept, "of those, that fired after it"),
    ]

    private static let reignColumns: [Column<ElectionRow>] = [
        Column("old_leader_back_ms", \.reign.oldLeaderBack, "from the fault until the old leader served again"),
        Column("servers_back_ms", \.reign.serversBack, "until all servers did"),
        Column("back_by", \.reign.backBy, "how it was synchronized: `diff`, `trunc` or `snap`"),
        Column("leader_before", \.reign.leaderBefore, "a server's id"),
        Column("leader_after", \.reign.leaderAfter, "a server's id"),
        Column("epoch_before", \.reign.epochBefore, "of the leader before"),
        Column("epoch_after", \.reign.epochAfter, "of the leader after"),
        Column("zxid", \.reign.zxid, "the new leader's last one when it was established"),
    ]

    /// Where the fault is on the clock of timeseries.csv and faults-timeseries.csv.
    private static let momentColumns: [Column<ElectionRow>] = [
        Column("elapsed_s", \.fault.elapsedSeconds, "when the fault was made, since the start of the load"),
        Column(
            "outage_begin_ms",
            \.clients.outageBegin,
            "from the fault until the outage began: until the last acknowledgement before it",
            caution: "negative where that came before the fault"
        ),
        Column("outage_end_ms", \.clients.outageEnd, "from the fault until the first acknowledgement after the outage"),
        Column(
            "repair_ms",
            \.reign.repairBegun,
            "from the fault until its repair began: servers started again, links joined again"
        ),
    ]
}
