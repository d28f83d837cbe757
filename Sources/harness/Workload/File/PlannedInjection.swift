/// What a run makes slower than it is, on purpose: a harness that is to name the bottleneck must name this one.
public struct PlannedInjection: Sendable, Hashable {
    /// Added to every sync of every server's log, asleep.
    public var syncMicroseconds: Int
    /// Processor time that a leading server's loop burns in each round that closes a batch.
    public var leaderLoopMicroseconds: Int
    /// Processor time that every server's loop burns for each transaction that it logs.
    public var writeNanoseconds: Int
    /// Added in both directions between `linkServer` and all others; the links are proxied then.
    public var linkMicroseconds: Int
    /// From 1; of no meaning while `linkMicroseconds` is 0.
    public var linkServer: Int
    /// The leader's process stands still (SIGSTOP) for so long, so many seconds after the measured part has begun.
    public var stallAtSeconds = 0.0
    public var stallForSeconds = 0.0

    public init(
        syncMicroseconds: Int = 0,
        leaderLoopMicroseconds: Int = 0,
        writeNanoseconds: Int = 0,
        linkMicroseconds: Int = 0,
        linkServer: Int = 1
    ) {
        self.syncMicroseconds = syncMicroseconds
        self.leaderLoopMicroseconds = leaderLoopMicroseconds
        self.writeNanoseconds = writeNanoseconds
        self.linkMicroseconds = linkMicroseconds
        self.linkServer = linkServer
    }

    /// Whether the leader is to stand still for a while.
    public var isStall: Bool { stallForSeconds > 0 }

    /// Without what can be done to any process.
    var inServers: PlannedInjection {
        var own = self
        (own.stallAtSeconds, own.stallForSeconds) = (0, 0)
        return own
    }

    /// What a row says of it, `sync 2000us, link of server 2 5000us`; empty if nothing is injected.
    public var words: String {
        var parts: [String] = []
        if syncMicroseconds > 0 { parts.append("sync \(syncMicroseconds)us") }
        if leaderLoopMicroseconds > 0 { parts.append("leader loop \(leaderLoopMicroseconds)us") }
        if writeNanoseconds > 0 { parts.append("each write \(writeNanoseconds)ns") }
        if linkMicroseconds > 0 { parts.append("link of server \(linkServer) \(linkMicroseconds)us") }
        if isStall { parts.append("leader stalled \(stallForSeconds)s at \(stallAtSeconds)s") }
        return parts.joined(separator: ", ")
    }
}

extension PlannedEnsemble {
    /// The links with what is injected into them: what the proxy is to do.
    public var linksAsInjected: PlannedLinks {
        var all = links
        guard injection.linkMicroseconds > 0 else { return all }
        let slow = injection.linkServer
        for other in 1...max(size, 1) where other != slow {
            all[from: slow, to: other].delayMicroseconds += injection.linkMicroseconds
            all[from: other, to: slow].delayMicroseconds += injection.linkMicroseconds
        }
        return all
    }

    /// What a row says of the links: empty if the servers talk directly. What is injected is not in it.
    public var linksInWords: String {
        links.isProxied || injection.linkMicroseconds == 0 ? links.words : PlannedLinks(isProxied: true).words
    }
}
