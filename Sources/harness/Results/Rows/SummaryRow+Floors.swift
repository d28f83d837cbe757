/// A run beside two floors that are the same for every system: the disk's, and that of the least durable broadcast.
extension SummaryRow {
    public struct Floors: Sendable, Equatable {
        /// Response p50 by the disk's floor.
        public var timesDisk: Double?
        /// Response p50 and p99 by the yardstick's, of the same load on as many servers.
        public var timesYardstickP50: Double?
        public var timesYardstickP99: Double?
        /// Operations a second by the yardstick's, of a closed loop.
        public var ofYardstick: Double?
        public init() {}
    }

    static let floorColumns: [Column<SummaryRow>] = [
        Column(
            "x_disk_floor",
            \.floors.timesDisk,
            "response p50 divided by the disk's floor, the same for every system: one calibrated sync of 4 KiB by the fastest "
                + "durable strategy, plus a round trip on loopback",
            caution: "only as good as the calibration; empty without one, and for loads with reads"
        ),
        Column(
            "x_yardstick_p50",
            \.floors.timesYardstickP50,
            "response p50 divided by the median of the yardstick's: the same load on as many servers in the same folder",
            caution: "empty without such rows, and where rates are shares of each system's own capacity"
        ),
        Column("x_yardstick_p99", \.floors.timesYardstickP99, "same, of the response p99"),
        Column(
            "of_yardstick",
            \.floors.ofYardstick,
            "`achieved_per_s` as a multiple of the median of the yardstick's",
            caution:
                "of closed loops alone; a yardstick has no sessions, reads, elections or recovery, so 1 is out of reach"
        ),
    ]
}
