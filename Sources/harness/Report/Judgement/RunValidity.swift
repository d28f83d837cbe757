import Results

/// Whether a run may stand as a result, and why not.
public enum RunValidity {
    /// Below this a run says more about its start than about the servers.
    public static let shortestSeconds = 1.0
    /// The part of a planned second that timers and the last answers may take off the measured one.
    public static let shortestToleranceSeconds = 0.05
    /// Fewer operations leave p99.9 resting on no operation at all.
    public static let fewestOperations = 1000
    /// The same for a load that had its time and was to say no more than it does: p99.9 is left out of its row then.
    public static let fewestOperationsInTime = 100
    /// What a storm's readers need: it is over when it is over, and a p99 of fewer rests on none of them.
    public static let fewestReads = 100
    /// Failed operations that a run may have, of a thousand.
    public static let errorsPerThousand = 1
    /// The share of the planned rate that an open loop has to achieve; below it the queue grows without end and the
    /// response time measures the run's length.
    public static let achievedShare = 0.95
    /// The busy share of the generator's busiest loop from which on the generator may be what was measured.
    public static let generatorBusyShare = 0.95
    /// The share of what the generator can do with servers that answer at once from which on a row says as much about it.
    public static let generatorBoundShare = 0.8
    /// The share of planned operations that may be without an answer at the end.
    public static let unfinishedShare = 0.01

    /// What is looked at.
    public struct Facts: Sendable {
        public var interrupted = false
        public var measuredSeconds = 0.0
        public var operationsPlanned = 0
        public var operationsCompleted = 0
        public var operationsUnfinished = 0
        public var errors = 0
        public var isOpenLoop = false
        public var offeredPerSecond = 0.0
        public var achievedPerSecond = 0.0
        public var generatorBusyShare = 0.0
        /// Why the load ended as planned with however little; nil where it goes on until it has enough, or for so long
        /// that it was given up.
        public var fixedLength: FixedLength?
        /// The load went on for the longest time that its user has allowed for it.
        public var isTimeUp = false
        /// Why the planned stall was not what was planned; nil where it was, or none was planned.
        public var failingStall: String?
        public init() {}
    }

    /// What sets a load's end, so that it cannot go on.
    public enum FixedLength: Sendable, Equatable {
        /// The load took turns with another build's.
        case turns
        /// It ended with the last fault.
        case faults
        /// It ended with its recording.
        case recording
        /// It ended when the last session of a storm's crowd was back.
        case storm
    }

    /// What was proven about the acknowledged writes afterwards.
    public enum Proof: Sendable, Equatable {
        case proven
        /// Nobody was asked to look, since the run was interrupted; that is reason enough.
        case notAttempted
        /// Nobody could look: the servers were gone, or too few of them answered.
        case unverified(String)
        /// An acknowledged write is missing, out of order, or the servers differ. The row is no result.
        case violated(String)
    }

    /// How the reason of a row begins in which an acknowledged write is missing or out of order, or the servers differ.
    public static let violation = "acknowledged writes violated"
    private static let overload = "overloaded"
    private static let unanswered = "unanswered"
    private static let generator = "generator-limited"

    /// Whether a run is invalid for one reason alone: more was asked of the servers than they can do, so that requests
    /// were left over. Everything else about it is as it should be.
    public static func isOverload(_ reasons: [String]) -> Bool {
        reasons.contains { $0.hasPrefix(overload) }
            && reasons.allSatisfy { $0.hasPrefix(overload) || $0.hasPrefix(unanswered) }
    }

    /// The same, or more than the generator can do: what a curve's points beyond its knee are there to find.
    static func isBeyond(_ reasons: [String]) -> Bool {
        !reasons.isEmpty
            && reasons.allSatisfy { reason in
                [overload, unanswered, generator].contains { reason.hasPrefix($0) }
            }
    }

    private static func fewest(_ facts: Facts) -> Int {
        if facts.fixedLength == .storm { return fewestReads }
        return facts.isTimeUp ? fewestOperationsInTime : fewestOperations
    }

    private static func tooFew(_ facts: Facts) -> String {
        let seconds = CSVValue.number((facts.measuredSeconds * 10).rounded() / 10).plain
        let advice =
            switch facts.fixedLength {
            // Nothing about the load was too short.
            case _ where facts.interrupted: ""
            case .turns: "; in turns a load keeps its length: make duration_s longer, or give it more clients"
            case .storm: "; it ends when the last session is back: let the readers have a higher rate_per_s"
            case .faults: "; it ends with the last fault: make pause_s longer, or give it more clients"
            case .recording: "; it ends with its recording: play a longer one, or let warmup_s be shorter"
            case nil where facts.isTimeUp: "; let longest_s be longer, or give it more clients"
            case nil: "; give it more clients or outstanding operations, or make duration_s longer"
            }
        return "too few operations: \(facts.operationsCompleted) in \(seconds) s, at least \(fewest(facts)) needed"
            + advice
    }

    /// Every reason, in words; empty for a valid run.
    public static func reasons(_ facts: Facts, proof: Proof) -> [String] {
        var reasons: [String] = []
        switch proof {
        case .proven: break
        // Ctrl-C after the last answer: the load is whole, and nothing is proven of it.
        case .notAttempted: if !facts.interrupted { reasons.append("interrupted before it was verified") }
        case .unverified(let why): reasons.append("not verified: \(why)")
        case .violated(let why): reasons.append("\(violation): \(why)")
        }
        if facts.interrupted { reasons.append("interrupted") }
        // Without it the row says nothing of what a stall does. An interrupted load has its reason.
        if let stall = facts.failingStall, !facts.interrupted { reasons.append("planned stall: \(stall)") }
        if facts.fixedLength != .storm, facts.measuredSeconds < shortestSeconds - shortestToleranceSeconds {
            let seconds = CSVValue.number(facts.measuredSeconds).plain
            reasons.append("too short: \(seconds) s measured, at least 1 s needed")
        }
        if facts.operationsCompleted < fewest(facts) {
            reasons.append(tooFew(facts))
        }
        if facts.errors * 1000 > facts.operationsCompleted * errorsPerThousand {
            reasons.append("errors: \(facts.errors) for \(facts.operationsCompleted) completed operations")
        }
        if Double(facts.operationsUnfinished) > Double(facts.operationsPlanned) * unfinishedShare {
            reasons.append("\(unanswered): \(facts.operationsUnfinished) of \(facts.operationsPlanned) operations")
        }
        if facts.isOpenLoop, facts.achievedPerSecond < facts.offeredPerSecond * achievedShare {
            let offered = ConsoleTable.grouped(facts.offeredPerSecond)
            let achieved = ConsoleTable.grouped(facts.achievedPerSecond)
            reasons.append("\(overload): \(achieved)/s of \(offered)/s achieved")
        }
        // Of a load that was interrupted at its begin the share is one of milliseconds.
        let hasShare = !facts.interrupted || facts.measuredSeconds >= shortestSeconds
        if hasShare, facts.generatorBusyShare >= generatorBusyShare {
            let percent = Int((facts.generatorBusyShare * 100).rounded())
            reasons.append("\(generator): its loop was busy \(percent) % of the time")
        }
        return reasons
    }
}
