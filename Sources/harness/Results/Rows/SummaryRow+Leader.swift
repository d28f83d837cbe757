extension SummaryRow {
    /// What the leader spent in the measured part, and what the run was limited by.
    public struct LeaderFigures: Sendable, Equatable {
        /// Sent to clients and followers, for each acknowledged write.
        public var bytesOutPerWrite: Double?
        /// All that it sent in a second, answers to reads included; in no file.
        public var bytesOutPerSecond: Double?
        /// Processor time by elapsed time, of the thread of its event loop and of those of its log.
        public var loopUtilization: Double?
        public var logUtilization: Double?
        /// The share of the time in which the loop's thread was ready and had no processor.
        public var loopWaitShare: Double?
        public var loopMicrosecondsPerWrite: Double?
        public var logMicrosecondsPerWrite: Double?
        /// Processors that the leader's process kept busy.
        public var busyCores: Double?
        /// Of servers that are not ours, the leader's thread that had a processor for longest, and its share of the time.
        public var busiestThread: String?
        public var busiestThreadShare: Double?
        /// As `Limiter` says it.
        public var limiter: String?
        public var limiterEvidence: String?
        public init() {}
    }
}
