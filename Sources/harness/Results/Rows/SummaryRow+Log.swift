extension SummaryRow {
    /// How the servers' logs were written in the measured part.
    public struct LogFigures: Sendable, Equatable {
        /// Group commits under way at a time, as asked for; nil with somebody else's servers.
        public var inFlight: Int?
        /// `one` or `separate`, as asked for.
        public var directories: String?
        /// Of all servers together.
        public var syncsPerSecond: Double?
        /// Records of one of the leader's group commits.
        public var batchMean: Double?
        /// The least power of two that so many of the leader's group commits do not exceed, in records: half of them, 99 of 100,
        /// all.
        public var batchP50AtMost: Int?
        public var batchP99AtMost: Int?
        public var batchMaxAtMost: Int?
        /// Acknowledged writes a second over the leader's syncs a second times the mean batch: 1 where each acknowledged
        /// write was one record of a group commit, and each group commit one sync. Nil where nothing was synced.
        ///
        /// It is above 1 where writes are acknowledged that no sync was made for, as lossy strategies do, or that the log
        /// does not hold; below 1 where records are logged that no client waits for (sessions and their ends, failed
        /// requests' empty transactions, writes whose answers come after the end) or one group takes several syncs. Reads
        /// are in neither.
        public var identityRatio: Double?
        /// Of all servers' logs together, for each byte of data in an acknowledged write: not below the number of servers.
        public var logBytesPerPayloadByte: Double?
        public init() {}

        /// Where `identityRatio` may be: the ends of the measured part cut through batches and answers.
        public static let identityRange = 0.9...1.1
    }

    /// What the disks below the logs did in the measured part, everybody's work on them together.
    public struct DeviceFigures: Sendable, Equatable {
        public var flushesPerWrite: Double?
        public var flushesPerSecond: Double?
        public var writesPerSecond: Double?
        public var writtenBytesPerPayloadByte: Double?
        public init() {}
    }

    /// The figures beside what this machine could do at best, as `zabbench calibrate` found it.
    public struct Limits: Sendable, Equatable {
        /// Response p50 over the latency floor: one calibrated sync of a mean group and a round trip on loopback.
        public var timesFloor: Double?
        /// The smallest of the limits, in writes a second.
        public var perSecond: Double?
        /// Which it is: `sync`, `disk_bytes`, `cpu` or `loopback`.
        public var name: String?
        /// Achieved writes of `perSecond`.
        public var percent: Double?
        /// False where the row contradicts the calibration: then all of the above are nil. Nil without a calibration.
        public var isValid: Bool?
        /// What is wrong with the calibration, and what to do.
        public var note: String?
        public init() {}
    }

    /// What the simulator proved about the strategy; all nil where nobody has tried it.
    public struct Durability: Sendable, Equatable {
        public var survivesProcessCrash: Bool?
        /// On a disk that keeps what a flush has returned for.
        public var survivesPowerLoss: Bool?
        /// Acknowledged writes that the simulator saw lost.
        public var acknowledgedLost: Int?
        public init() {}

        public init(survivesProcessCrash: Bool?, survivesPowerLoss: Bool?, acknowledgedLost: Int?) {
            self.survivesProcessCrash = survivesProcessCrash
            self.survivesPowerLoss = survivesPowerLoss
            self.acknowledgedLost = acknowledgedLost
        }

        public init(_ verdict: DurabilityVerdict) {
            survivesProcessCrash = verdict.survivesProcessCrash
            survivesPowerLoss = verdict.survivesPowerLoss
            acknowledgedLost = verdict.lost
        }

        public var isKnown: Bool { survivesProcessCrash != nil || survivesPowerLoss != nil }

        /// Whether it was tried, and lost nothing.
        public var isProven: Bool { isKnown && !isLossy }

        /// Whether something acknowledged can be lost.
        public var isLossy: Bool { survivesProcessCrash == false || survivesPowerLoss == false }
    }
}
