extension SummaryRow {
    static let peerColumns: [Column<SummaryRow>] = [
        Column("leader_busy_cores", \.leader.busyCores, "processors that the leader's process kept busy"),
        Column(
            "leader_busiest_thread",
            \.leader.busiestThread,
            "the leader's thread that used most CPU time, as the kernel names it (15 characters)",
            caution: "empty for zabbench's own servers, whose threads have columns of their own"
        ),
        Column(
            "leader_busiest_thread_share",
            \.leader.busiestThreadShare,
            "CPU time of `leader_busiest_thread` divided by elapsed time"
        ),
    ]
}
