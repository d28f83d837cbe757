/// Reads and writes apart, transactions, observers.
extension SummaryRow {
    public struct KindFigures: Sendable, Equatable {
        /// Where the mix has reads and writes; else they are those of all operations.
        public var readsPerSecond: Double?
        public var readResponse = LatencyFigures()
        public var writeResponse = LatencyFigures()
        /// Each setData of a transaction counts.
        public var znodeWritesPerSecond: Double?
        /// Of all servers, by operations of whatever kind.
        public var cpuMicrosecondsPerOperation: Double?
        public init() {}
    }

    static let kindColumns: [Column<SummaryRow>] = [
        Column(
            "multi",
            \.load.multi,
            "setData in each write; above 1 they are one transaction, which counts as one operation and one write",
            caution: "costs per write are those of a transaction; only `writes_acknowledged` counts each of its znodes"
        ).within(CellRange.counts),
        Column(
            "reads",
            \.load.reads,
            "`local` or `linearizable` (behind a sync, or etcd's own, and held to every acknowledged write); empty if nothing is read"
        ),
        Column(
            "observers",
            \.observers,
            "number of servers without a vote, beyond `ensemble_size`; empty for servers that the run did not start"
        ).within(CellRange.counts),
        Column(
            "reads_per_s",
            \.kinds.readsPerSecond,
            "reads answered without an error; empty if the load has only one kind of operation"
        ),
        Column(
            "read_response_p50_us",
            \.kinds.readResponse.p50Microseconds,
            "response time of reads, median; empty if the load has only one kind of operation"
        ),
        Column(
            "read_response_p99_us",
            \.kinds.readResponse.p99Microseconds,
            "same, 99th percentile",
            caution: "based on a hundredth of the reads, not of all operations"
        ),
        Column(
            "write_response_p50_us",
            \.kinds.writeResponse.p50Microseconds,
            "response time of writes, median; empty if the load has only one kind of operation"
        ),
        Column(
            "write_response_p99_us",
            \.kinds.writeResponse.p99Microseconds,
            "same, 99th percentile",
            caution: "based on a hundredth of `writes_measured`, which in a mix with few writes is little"
        ),
        Column(
            "znode_writes_per_s",
            \.kinds.znodeWritesPerSecond,
            "znodes written by acknowledged writes; `multi` for each of them"
        ),
        Column(
            "cpu_us_per_operation",
            \.kinds.cpuMicrosecondsPerOperation,
            "CPU time of all servers together per operation, reads included",
            caution: "does not include the generator; empty in turns"
        ),
    ]
}
