import Report
import Targets
import Workload

/// What the load generator can do at best with a load: its operations a second against a target that answers at once.
struct GeneratorBounds: Sendable {
    /// What of a load decides how much work an operation is for the generator.
    struct Shape: Sendable, Hashable {
        var clients: Int
        var outstanding: Int
        var payloadBytes: Int
        var keys: Int
        var mix: OperationMix
        var multi: Int
        var reads: ReadConsistency
        var shards: Int

        init(_ plan: LoadPlan) {
            clients = plan.clients
            outstanding = plan.outstanding
            payloadBytes = plan.payloadBytes
            keys = plan.keys
            mix = plan.mix
            multi = plan.multi
            reads = plan.reads
            shards = plan.shards
        }
    }

    /// The share of the bound from which on a row says as much about the generator as about the servers.
    static let limitedShare = RunValidity.generatorBoundShare
    /// One load's run against the null target.
    static let warmUpSeconds = 0.3
    static let measuredSeconds = 1.2

    /// Whether a system's loads have one: those that go out in ZooKeeper's protocol, as the null target speaks it.
    ///
    /// - Parameter survey: of servers that run already, whose system no workload says; nil where they are started.
    static func isOf(_ system: PlannedSystem, _ survey: ExternalSurvey?) -> Bool {
        survey?.isEtcd != true && system.speaksZooKeeper
    }

    private var perSecond: [Shape: Double] = [:]

    private var storms: [StormPlan: Double] = [:]

    /// A storm's readers are too few to be limited; its sessions have a bound of their own.
    subscript(plan: LoadPlan) -> Double? { plan.storm == nil ? perSecond[Shape(plan)] : nil }
    /// Milliseconds until the last session of a storm is back.
    subscript(storm plan: LoadPlan) -> Double? { plan.storm.flatMap { storms[Self.shape($0)] } }

    mutating func note(milliseconds: Double, for storm: StormPlan) { storms[Self.shape(storm)] = milliseconds }

    /// Whatever takes the servers away, at the null target connections are cut.
    private static func shape(_ storm: StormPlan) -> StormPlan {
        StormPlan(fault: .connectionsCut, sessions: storm.sessions, watches: storm.watches)
    }

    mutating func note(_ bound: Double, for plan: LoadPlan) { perSecond[Shape(plan)] = bound }

    /// The closed load of the same shape, an open one's too: as much as the generator can do.
    static func plan(like plan: LoadPlan, runID: String) -> LoadPlan {
        var closed = plan
        closed.mode = .closed
        closed.profile = nil
        closed.stopReplaying()
        closed.connectTo = .spread
        closed.warmUpSeconds = warmUpSeconds
        closed.durationSeconds = measuredSeconds
        closed.surviveConnectionLoss = false
        closed.runID = runID
        closed.isOnYardstick = false
        return closed
    }
}
