import Client

/// The servers of one ensemble, as a load must know them. A load on several shards has one of these for each.
public struct LoadServers: Sendable {
    /// All servers' client ports.
    public var endpoints: [Endpoint]
    /// The one that leads, needed if the load connects to the leader or the followers only.
    public var leader: Endpoint?
    /// Those of `endpoints` that have no vote.
    public var observers: [Endpoint]

    public init(endpoints: [Endpoint], leader: Endpoint? = nil, observers: [Endpoint] = []) {
        self.endpoints = endpoints
        self.leader = leader
        self.observers = observers
    }

    var leaderFirst: [Endpoint] { (leader.map { [$0] } ?? []) + endpoints.filter { $0 != leader } }
}

/// A load's part on one shard: its ledger, and where its sessions may connect.
struct ShardPart {
    let servers: LoadServers
    let targets: [Endpoint]
    let ledger: AcknowledgedWrites

    /// Where a session connects, the first choice first.
    func choice(_ session: Int) -> [Endpoint] {
        let first = session % targets.count
        var choice = [targets[first]]
        if ledger.plan.surviveConnectionLoss {
            choice += targets[(first + 1)...] + targets[..<first]
            choice += servers.endpoints.filter { !choice.contains($0) }
        }
        return choice
    }
}

extension LoadPlan {
    /// What of it cannot be dealt to shards; nil where nothing is. Each key and each session's order are one shard's.
    var objectionOfShards: String? {
        let alone = [
            (multi > 1, "multi: a transaction would have keys of several"),
            (mix.create + mix.delete > 0, "create and delete in the mix: only keys are dealt"),
            (replay != nil, "a recording: it is of one ensemble"),
            (recipe != nil, "a recipe: it has znodes of its own"),
            (storm != nil, "a storm: its sessions have one server each"),
            (traceEvery > 0, "trace: it follows one leader"),
            (surviveConnectionLoss, "connections that are survived"), (isOnYardstick, "a yardstick"),
        ]
        return alone.first(where: \.0)?.1
    }
}
