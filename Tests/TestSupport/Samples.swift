import Results

/// Rows of runs that are like each other but for what a test says.
public enum Samples {
    public static func tag(_ repeatNumber: Int, size: Int = 3) -> RunTag {
        RunTag(
            runID: "20261121T012405Z-quick-\(repeatNumber)",
            repeatNumber: repeatNumber,
            system: "zabbench",
            ensembleSize: size,
            fsyncStrategy: "fdatasync_recycled"
        )
    }

    public static func row(repeatNumber: Int, size: Int = 3, achieved: Double, p99: Double = 900) -> SummaryRow {
        var row = SummaryRow(
            tag: tag(repeatNumber, size: size),
            startedAt: Timestamp(unixNanoseconds: 1_795_224_245_250_000_000),
            workload: "quick",
            placement: "processes"
        )
        row.load.mode = "closed"
        row.load.clients = 16
        row.load.outstanding = 64
        row.load.payloadBytes = 128
        row.offeredPerSecond = achieved
        row.achievedPerSecond = achieved
        row.response.p50Microseconds = 500
        row.response.p90Microseconds = 700
        row.response.p99Microseconds = p99
        row.response.p999Microseconds = p99 * 2
        row.response.maxMicroseconds = p99 * 10
        row.service.p50Microseconds = 450
        row.service.p99Microseconds = p99
        row.proof.writesAcknowledged = 1000
        row.proof.acknowledgedVerified = 1000
        return row
    }
}
