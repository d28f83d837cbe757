import Measure

/// What a run was limited by, in words: what was used up, or the waiting itself where nothing was.
public enum Limiter: String, Sendable, CaseIterable {
    case generator = "generator"
    /// Programs that are neither servers nor generator, or other machines of the same hypervisor.
    case others = "other processes"
    case loopThread = "leader CPU (loop thread)"
    case logThread = "leader CPU (log thread)"
    /// Of servers that are not ours.
    case leaderThread = "leader CPU (busiest thread)"
    case wholeMachine = "whole machine"
    case diskSync = "disk sync"
    case egress = "leader egress"
    /// A closed loop whose operations in flight all wait, while nothing is used up.
    case latency = "latency"
    /// An open loop that was kept up with.
    case offeredRate = "offered rate"

    /// What a thread or a disk must be busy for to count as used up: the rest goes to changing over.
    public static let threadShare = 0.85
    public static let syncShare = 0.8
    /// Of the machine's processors, of the generator's loop, of the time in which the loop was not idle.
    public static let nearlyAll = 0.9
    public static let egressShare = 0.8
    /// From here on, of the time and of the time that the leader's loop has work, waiting for a processor is what counts:
    /// several servers take turns on few cores, and each of a write's steps waits for its turn.
    public static let starvedShare = 0.25
    public static let starvedPart = 1.0 / 3

    /// How well the medians over several runs are known; empty for the figures of one.
    struct Errors: Sendable {
        var generatorBusyShare: FigureError?
        var busyCores: FigureError?
        var syncShare: FigureError?
        var loopUtilization: FigureError?
        var logUtilization: FigureError?
        var loopWaitShare: FigureError?
        var leaderThread: FigureError?
    }

    /// What is known of a run's measured part; nil is not known.
    public struct Facts: Sendable {
        /// Of the generator's busiest loop.
        public var generatorBusyShare: Double?
        /// Near what the generator can do with servers that answer at once, or busy all the time.
        public var isGeneratorLimited = false
        /// Processors that servers and generator kept busy, and how many there are.
        public var busyCores: Double?
        public var cores = 0
        /// What others had of the processors.
        public var foreign: ForeignLoad?
        /// The share of the time in which the leader's log was in a sync.
        public var syncShare: Double?
        /// Time on a processor by elapsed time, of the leader's threads.
        public var loopUtilization: Double?
        public var logUtilization: Double?
        /// The share of the time in which the leader's loop was ready and had no processor.
        public var loopWaitShare: Double?
        /// Of servers that are not ours, the leader's busiest thread, and its share of the time on a processor.
        public var leaderThread: (name: String, share: Double)?
        /// What the leader sent, to clients and followers, and what the wire takes.
        public var egressBytesPerSecond: Double?
        public var wireBytesPerSecond: Double?
        public var isOpenLoop = false
        /// Operations that a closed loop keeps in flight.
        public var window = 0
        public var achievedPerSecond = 0.0
        /// The stage of the ledger that half of the writes spend most of their time in, and its share.
        public var largestStage: (name: String, share: Double)?
        var errors = Errors()
        public init() {}
    }

    /// The limit and the sentence that shows it; nil where too little is known to say.
    ///
    /// The rules in their order; the first that holds counts. Whoever is upstream comes first: a generator that is busy
    /// tried nothing else, and a loop without a processor makes every sync look long.
    public static func find(_ facts: Facts) -> (limiter: Limiter, evidence: String)? {
        for rule in [generator, others, loop, log, thread, machine, sync, egress, starvation, waiting] {
            if let found = rule(facts) { return found }
        }
        return nil
    }

    private typealias Finding = (limiter: Limiter, evidence: String)

    private static func generator(_ facts: Facts) -> Finding? {
        guard facts.isGeneratorLimited || (facts.generatorBusyShare ?? 0) >= nearlyAll else { return nil }
        guard let share = facts.generatorBusyShare, share >= nearlyAll else {
            return (.generator, "the load generator was near what it does with a target that answers at once")
        }
        return (
            .generator,
            "the load generator's busiest loop ran \(percent(share, facts.errors.generatorBusyShare)) of the time"
        )
    }

    /// Others took enough to be marked for, and it shows: no processor is left, or the leader's loop waits for one.
    /// Before the leader's threads and the machine, since more of either would help the others as well; but a thread
    /// that has its processor nearly all of the time is not kept from it.
    private static func others(_ facts: Facts) -> Finding? {
        guard let foreign = facts.foreign, foreign.isAboveBound, facts.cores > 0,
            (facts.loopUtilization ?? 0) < threadShare, (facts.logUtilization ?? 0) < threadShare,
            (facts.leaderThread?.share ?? 0) < threadShare
        else { return nil }
        let all = Double(facts.cores)
        let taken = foreign.taken * all
        let wait = facts.loopWaitShare ?? 0
        guard (facts.busyCores ?? 0) + taken >= nearlyAll * all || wait >= starvedShare else { return nil }
        let steal = (foreign.steal ?? 0) * all
        var parts = ["others kept \(ConsoleTable.threeDigits(taken)) of \(facts.cores) cores busy"]
        if steal > taken / 2 {
            parts[0] =
                "the hypervisor gave \(ConsoleTable.threeDigits(steal)) of \(facts.cores) cores to other machines"
        }
        if let busy = facts.busyCores {
            parts.append("servers and generator \(cores(busy, facts))")
        }
        if wait >= starvedShare {
            parts.append(
                "the leader's loop thread was ready and had no processor \(percent(wait, facts.errors.loopWaitShare)) of the time"
            )
        }
        return (.others, parts.joined(separator: ", "))
    }

    private static func loop(_ facts: Facts) -> Finding? {
        guard let run = facts.loopUtilization else { return nil }
        let wait = facts.loopWaitShare ?? 0
        if run >= threadShare {
            return (
                .loopThread,
                "the leader's loop thread was on a processor \(percent(run, facts.errors.loopUtilization)) of the time"
            )
        }
        // Never idle, and seldom kept from its processor.
        guard run + wait >= nearlyAll, run >= 2 * wait else { return nil }
        return (
            .loopThread,
            "the leader's loop thread was never idle: \(percent(run, facts.errors.loopUtilization)) of the time on a processor, \(percent(wait, facts.errors.loopWaitShare)) ready "
                + "and without one"
        )
    }

    private static func log(_ facts: Facts) -> Finding? {
        guard let run = facts.logUtilization, run >= threadShare else { return nil }
        return (
            .logThread,
            "the leader's log thread was on a processor \(percent(run, facts.errors.logUtilization)) of the time"
        )
    }

    /// What one thread does no second one can do.
    private static func thread(_ facts: Facts) -> Finding? {
        guard let busiest = facts.leaderThread, busiest.share >= threadShare else { return nil }
        return (
            .leaderThread,
            "the leader's thread \(busiest.name) was on a processor "
                + "\(percent(busiest.share, facts.errors.leaderThread)) of the time"
        )
    }

    private static func machine(_ facts: Facts) -> Finding? {
        if let busy = facts.busyCores, facts.cores > 0, busy >= nearlyAll * Double(facts.cores) {
            return (
                .wholeMachine,
                "servers and generator kept \(cores(busy, facts)) of \(facts.cores) cores busy"
            )
        }
        guard let run = facts.loopUtilization, let wait = facts.loopWaitShare, run + wait >= nearlyAll else {
            return nil
        }
        // Not by the servers and the generator, so by somebody else, unless that is known to be not so.
        let others =
            facts.foreign != nil
            ? nil
            : facts.busyCores.map {
                ", while servers and generator kept \(cores($0, facts)) of \(facts.cores) cores busy: other programs "
                    + "ran beside them"
            }
        return (
            .wholeMachine,
            "the leader's loop thread was ready and had no processor \(percent(wait, facts.errors.loopWaitShare)) of the time\(others ?? "")"
        )
    }

    private static func sync(_ facts: Facts) -> Finding? {
        guard let share = facts.syncShare, share >= syncShare else { return nil }
        return (.diskSync, "the leader's log was in a sync \(percent(share, facts.errors.syncShare)) of the time")
    }

    private static func egress(_ facts: Facts) -> Finding? {
        guard let sent = facts.egressBytesPerSecond, let wire = facts.wireBytesPerSecond, wire > 0,
            sent >= egressShare * wire
        else { return nil }
        return (.egress, "the leader sent \(megabytes(sent)) of the \(megabytes(wire)) that the wire takes")
    }

    /// Nothing is used up on average, and yet threads that are ready wait for a core.
    private static func starvation(_ facts: Facts) -> Finding? {
        guard let run = facts.loopUtilization, let wait = facts.loopWaitShare, wait >= starvedShare,
            wait >= starvedPart * (run + wait)
        else { return nil }
        let busy = facts.busyCores.map {
            "; servers and generator kept \(cores($0, facts)) of \(facts.cores) cores busy"
        }
        return (
            .wholeMachine,
            "the leader's loop thread was ready and had no processor \(percent(wait, facts.errors.loopWaitShare)) of the time, and had one "
                + "\(percent(run, facts.errors.loopUtilization)) of it\(busy ?? "")"
        )
    }

    private static func waiting(_ facts: Facts) -> Finding? {
        // Without these two a limit may be there and not be seen.
        guard facts.busyCores != nil || facts.loopUtilization != nil, facts.syncShare != nil else { return nil }
        let idle = unused(facts)
        if facts.isOpenLoop {
            return (.offeredRate, "the offered rate was kept up with, and nothing is used up: \(idle)")
        }
        let stage =
            facts.largestStage.map { "; half of the writes wait longest in \($0.name) (\(percent($0.share)))" } ?? ""
        return (
            .latency,
            "\(facts.window) operations in flight wait for their answers, and nothing is used up: \(idle)\(stage)"
        )
    }

    /// What there was left.
    static func unused(_ facts: Facts) -> String {
        var parts: [String] = []
        if let busy = facts.busyCores { parts.append("\(cores(busy, facts)) of \(facts.cores) cores busy") }
        if let run = facts.loopUtilization {
            parts.append("the leader's loop \(percent(run, facts.errors.loopUtilization))")
        }
        if let busiest = facts.leaderThread {
            parts.append(
                "the leader's busiest thread (\(busiest.name)) \(percent(busiest.share, facts.errors.leaderThread))"
            )
        }
        if let share = facts.syncShare { parts.append("its syncs \(percent(share, facts.errors.syncShare))") }
        return parts.joined(separator: ", ")
    }

    static func percent(_ share: Double) -> String { ConsoleTable.threeDigits(share * 100) + " %" }

    static func percent(_ share: Double, _ error: FigureError?) -> String { error?.percent(share) ?? percent(share) }

    private static func cores(_ busy: Double, _ facts: Facts) -> String {
        facts.errors.busyCores?.absolute(busy) ?? ConsoleTable.threeDigits(busy)
    }

    private static func megabytes(_ bytes: Double) -> String { ConsoleTable.threeDigits(bytes / 1e6) + " MB/s" }
}
