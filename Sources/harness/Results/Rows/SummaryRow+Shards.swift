extension SummaryRow {
    static let shardColumns: [Column<SummaryRow>] = [
        Column(
            "shards",
            \.shards,
            "number of ensembles of `ensemble_size` servers, on the same hosts, that the keys are dealt to by hash; empty for "
                + "servers that the run did not start",
            caution:
                "figures are those of all shards together; of their leaders, shares and rates are the busiest one's, and what a "
                + "write costs is the sum; promises of order hold within a shard"
        ).within(CellRange.counts)
    ]
}
