/// What the simulator's disk model says of one sync strategy, with one way to make groups: a count, not a claim.
public struct DurabilityVerdict: Codable, Hashable, Sendable {
    /// One kind of loss: all processes killed with the page cache kept, or all machines without power.
    public struct Trial: Codable, Hashable, Sendable {
        public var runs: Int
        /// How often a server's process was killed or its machine lost power, in all runs.
        public var crashes: Int
        public var acknowledged: Int
        /// Acknowledged writes that were not in the history on which the ensemble agreed in the end.
        public var lost: Int
        public var mostLostInOneRun: Int
        /// Runs in which a write was lost, or a server's data were of no use any more, or nothing came back.
        public var failedRuns: Int
        /// Of these, the runs that never came back, so that nothing could be counted.
        public var runsWithoutEnd: Int
        /// The lowest seed that failed, and the command that plays it again.
        public var exampleSeed: UInt64?
        public var exampleCommand: String?
        /// What happened there, in one line.
        public var exampleText: String?

        public init(
            runs: Int,
            crashes: Int,
            acknowledged: Int,
            lost: Int,
            mostLostInOneRun: Int,
            failedRuns: Int,
            runsWithoutEnd: Int,
            exampleSeed: UInt64? = nil,
            exampleCommand: String? = nil,
            exampleText: String? = nil
        ) {
            self.runs = runs
            self.crashes = crashes
            self.acknowledged = acknowledged
            self.lost = lost
            self.mostLostInOneRun = mostLostInOneRun
            self.failedRuns = failedRuns
            self.runsWithoutEnd = runsWithoutEnd
            self.exampleSeed = exampleSeed
            self.exampleCommand = exampleCommand
            self.exampleText = exampleText
        }

        /// False as well if nothing was put to the proof.
        public var survives: Bool { failedRuns == 0 && acknowledged > 0 && crashes > 0 }
    }

    /// The strategy's label, as in zoo.cfg and `summary.csv`.
    public var strategy: String
    /// The batch policy's label, as there.
    public var batching: String
    /// Group commits under way at a time.
    public var inFlight: Int
    /// Each played in both trials.
    public var firstSeed: UInt64
    public var lastSeed: UInt64
    public var processCrash: Trial
    public var powerLoss: Trial

    public init(
        strategy: String,
        batching: String,
        inFlight: Int,
        firstSeed: UInt64,
        lastSeed: UInt64,
        processCrash: Trial,
        powerLoss: Trial
    ) {
        self.strategy = strategy
        self.batching = batching
        self.inFlight = inFlight
        self.firstSeed = firstSeed
        self.lastSeed = lastSeed
        self.processCrash = processCrash
        self.powerLoss = powerLoss
    }

    public var survivesProcessCrash: Bool { processCrash.survives }
    public var survivesPowerLoss: Bool { powerLoss.survives }
    public var losesNothing: Bool { survivesProcessCrash && survivesPowerLoss }
    public var acknowledged: Int { processCrash.acknowledged + powerLoss.acknowledged }
    public var lost: Int { processCrash.lost + powerLoss.lost }
    /// Of the trial that a strategy should rather have survived first.
    public var exampleCommand: String? { processCrash.exampleCommand ?? powerLoss.exampleCommand }
}
