import Histogram

/// What one run measured. Latencies are nanoseconds with three significant digits; warm-up is in none of the figures
/// unless it says so.
public struct LoadResult: Sendable {
    public var plan: LoadPlan
    /// Wall clock at the start of the measured part, nanoseconds since 1970.
    public var startedAtUnixNanoseconds: Int64
    /// Monotonic clock (CLOCK_MONOTONIC) at the start of the measured part, for joining with events of the servers.
    public var startedAtMonotonicNanoseconds: UInt64
    /// The length of the measured part; shorter than planned if the run was interrupted, longer if it went on until
    /// enough had been done (`LoadExtension`).
    public var measuredSeconds: Double
    public var interrupted: Bool
    /// The longest time that was allowed ended it, before it had what it was to go on for (`LoadExtension`).
    public var isTimeUp = false

    /// Operations whose planned time lay in the measured part.
    public var planned: Int
    /// Operations answered without an error in the measured part.
    public var completed: Int
    /// Writes among them; a transaction counts as one.
    public var writesCompleted: Int
    /// Operations planned in the measured part that had no answer when the drain ended. Their time up to then is in
    /// the response histogram, so that a stall at the end is not forgotten.
    public var unfinished: Int
    /// Failed operations of the measured part, by code.
    public var errors: [ErrorCount]
    /// Planned operations per second; in a closed loop, those sent.
    public var offeredPerSecond: Double
    public var achievedPerSecond: Double

    /// From the planned send to the answer.
    public var response: Histogram<UInt64>
    /// The same of reads and of writes alone; nil where the mix has one kind only.
    public var readResponse: Histogram<UInt64>?
    public var writeResponse: Histogram<UInt64>?
    /// From the actual send to the answer.
    public var service: Histogram<UInt64>
    /// One per second of warm-up and measured part.
    public var samples: [SecondSample]
    /// The same in shorter stretches, where the plan wants more than one cut a second; else empty.
    public var bins: [SecondSample] = []

    /// Connection losses that the run survived.
    public var outages: [Outage]
    /// The longest time in the measured part in which no session got any answer.
    public var longestSilenceSeconds: Double

    /// When answers to writes arrived, warm-up included.
    public var writeMoments = WriteMoments()
    /// When writes were answered with an error, CLOCK_MONOTONIC, in order.
    public var refusedWrites: [UInt64] = []
    /// The turns of the measured part; none where the load had all the time, or the servers' clocks cannot be read.
    public var turns: [TurnCost] = []
    /// CLOCK_MONOTONIC at the start of the load, warm-up included.
    public var loadStartedAtMonotonicNanoseconds: UInt64 = 0

    /// Processor time of the generator's loops in the measured part.
    public var generatorCPUSeconds: Double
    /// The share of the measured part in which the generator's busiest loop ran: near 1 means that the generator was
    /// the limit.
    public var generatorBusyShare: Double

    /// Some of the measured part's writes, evenly chosen, where the plan wants traces.
    public var tracedWrites: [TracedWrite] = []

    /// The measured part's operations one by one, where the plan wants them.
    public var answers = AnswerLog()

    /// What whole recipes have done, and what was proven of them; nil where the operations are single ones.
    public var recipe: RecipeOutcome?

    /// All that was written and answered, warm-up included: what the `Verifier` holds the servers to.
    public var ledger: AcknowledgedWrites
    /// Those of the other shards, in their order; empty where one ensemble has all keys.
    public var otherLedgers: [AcknowledgedWrites] = []
    /// The same of a yardstick, which has no znodes; nil for other systems.
    public var yardstick: YardstickWrites?

    /// One for each shard.
    public var ledgers: [AcknowledgedWrites] { [ledger] + otherLedgers }
    /// Operations that change nothing, answered without an error in the measured part.
    public var readsCompleted: Int { completed - writesCompleted }
    public var errorsTotal: Int { errors.reduce(0) { $0 + $1.count } }
    /// Processor time of the generator per completed operation, in microseconds.
    public var generatorMicrosecondsPerOperation: Double {
        completed == 0 ? 0 : generatorCPUSeconds * 1e6 / Double(completed)
    }
}

/// How often an error was answered.
public struct ErrorCount: Sendable, Hashable {
    /// ZooKeeper's code; -4 for operations whose connection broke.
    public var code: Int32
    public var name: String
    public var count: Int

    public init(code: Int32, name: String, count: Int) {
        self.code = code
        self.name = name
        self.count = count
    }
}

/// One second of the run, for timeseries.csv, or a tenth of one, for faults-timeseries.csv.
public struct SecondSample: Sendable, Hashable {
    /// The second's end since the start of the load (warm-up included).
    public var elapsedSeconds: Double
    /// The second's length; the last one may be shorter.
    public var lengthSeconds: Double
    public var isWarmUp: Bool
    /// Operations planned (closed loop: sent) in this second.
    public var offered: Int
    /// Operations answered without an error in this second.
    public var completed: Int
    public var errors: Int
    /// Response times of the operations answered in this second; nil if there was none.
    public var responseP50Nanoseconds: UInt64?
    public var responseP99Nanoseconds: UInt64?
    public var responseMaxNanoseconds: UInt64?
    /// Sessions that were connected at the end of the second.
    public var sessionsConnected: Int
}

/// What a run reports while it goes on.
public struct ProgressSample: Sendable, Hashable {
    public enum Phase: String, Sendable, Hashable {
        case connecting, creatingKeys, warmUp, measuring
        /// The measured part as it was planned is over, and goes on until enough has been done.
        case extending
        case draining
    }
    public var phase: Phase
    /// From 0 to 1 over warm-up and measured part as planned.
    public var fraction: Double
    /// The second that just ended; nil before the load begins.
    public var second: SecondSample?
    /// The warm-up or the measured part ended with that second.
    public var isBorder = false
    /// Operations answered without an error in the measured part so far.
    public var completed = 0
}

/// One loss of a connection, as its session saw it. Times are of CLOCK_MONOTONIC.
public struct Outage: Sendable, Hashable {
    public var session: Int
    public var endpointBefore: String
    public var endpointAfter: String
    /// When the connection was found to be gone.
    public var lostAtNanoseconds: UInt64
    /// The last answer to an operation before; 0 if there was none.
    public var lastAnswerNanoseconds: UInt64
    /// The first answer to an operation after; 0 if the run ended before.
    public var firstAnswerNanoseconds: UInt64
    /// Whether the session itself lived on; false if it had expired and a new one was opened.
    public var sameSession: Bool
    /// Operations without an answer at the loss, which may or may not have been carried out.
    public var ambiguous: Int
}
