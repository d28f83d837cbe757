import Synchronization
import Workload

/// What was done to an ensemble once, and what its servers said of it. All moments are CLOCK_MONOTONIC.
public struct FaultObservation: Sendable {
    public var kind: FaultKind
    /// From 1 within the run.
    public var number: Int
    /// Just before the signal or the cut.
    public var at: UInt64
    /// The servers that it met.
    public var hit: Set<Int>
    /// Who led before.
    public var leaderBefore: Int
    /// When the repair began: from here on silences are not the fault's. With `ensembleRestarted`, when all served again.
    public var repairedAt: UInt64
    /// When each server that was hit was started, went on or was joined again.
    public var servedAgainFrom: [Int: UInt64] = [:]
    /// When everything was whole again and its watches had been counted.
    public var endedAt: UInt64 = 0
    /// The newest epoch of which a write had been answered before; 0 where answers bear none.
    public var epochBefore: UInt32 = 0
    /// Whether the servers keep journals of their phases. If not, what follows them is empty, and what they said when they
    /// were asked stands for it.
    public var hasJournals = true
    /// Who said after the fault that it leads, and when it was first heard; only without journals.
    public var leaderSeen: Int?
    public var leaderSeenAt: UInt64?
    /// Since when each server served, as far as it was asked; it was every 50 ms or so.
    public var servingSince: [Int: UInt64] = [:]
    /// All servers' changes of phase since `at`.
    public var events: [PhaseJournal.Event] = []
    public var synchronizations: [PhaseJournal.Synchronization] = []
    /// Of a cut, a connection past the proxy that stood just before the repair: something may have passed.
    public var passedBy: LinkWay?
    /// Nil where the servers have no watches.
    public var watchesPlaced: Int?
    /// Of those, the ones that told of a change afterwards.
    public var watchesKept: Int?

    public init(kind: FaultKind, number: Int, at: UInt64, hit: Set<Int>, leaderBefore: Int, repairedAt: UInt64) {
        self.kind = kind
        self.number = number
        self.at = at
        self.hit = hit
        self.leaderBefore = leaderBefore
        self.repairedAt = repairedAt
    }
}

/// The faults of one run that were seen to their end, whatever ends the run.
public final class FaultNotebook: Sendable {
    private let list = Mutex<[FaultObservation]>([])

    public init() {}

    public var observations: [FaultObservation] { list.withLock { $0 } }

    func append(_ observation: FaultObservation) { list.withLock { $0.append(observation) } }
}
