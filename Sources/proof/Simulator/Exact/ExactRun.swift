import Host
import Log
import Replica
import Wire
import Zab

/// Why an exact run has no counts: something is wrong with the engine, or the load is none for it.
public struct ExactError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ description: String) { self.description = description }
}

/// A load point played on virtual time without any fault, by the same code as every simulation and under the same
/// checkers. One thread, constant delays, no ticks: what it counts depends on nothing but the code and the load.
public enum ExactRun {
    /// - Parameters:
    ///   - gauge: counts allocations of the calling thread, if they are wanted.
    ///   - syncsTwice: for tests: every sync of a file is made twice.
    /// - Throws: `ExactError` if a checker finds a violation, or not every operation is answered.
    public static func play(_ load: ExactLoad, gauge: (any AllocationGauge)? = nil) throws(ExactError) -> ExactCounts {
        try play(load, ExactProbe(gauge: gauge))
    }

    /// For tests: every sync of a file is made twice.
    static func playSyncingTwice(_ load: ExactLoad) throws(ExactError) -> ExactCounts {
        try play(load, ExactProbe(gauge: nil, syncsTwice: true))
    }

    private static func play(_ load: ExactLoad, _ probe: ExactProbe) throws(ExactError) -> ExactCounts {
        let world = Simulation(Setup(exact: load), probe: probe)
        world.events.causes = EventCauses()
        return try world.playExactly(load, probe)
    }
}

extension Setup {
    init(exact load: ExactLoad) {
        seed = load.seed
        scenario = Scenario(name: "exact", summary: "a load point without faults", weights: [], faultsMax: 0)
        strategy = .recycledFdatasync
        commit = .natural
        givenCommit = .natural
        voters = load.servers
        observers = 0
        clients = load.clients
        tick = ExactLoad.tick
        duration = .max
        faults = []
        initLimit = 10
        syncLimit = 5
        lastCounters = Configuration.lastCountersDefault
        snapCount = .max
        segmentSize = 1 << 20
        latency = ExactLoad.messageDelay
        jitter = 0
        syncTime = ExactLoad.syncTime...ExactLoad.syncTime
        roundTime = ExactLoad.roundTime
        operationGap = 0
        outstandingMax = load.outstanding
        windowBytes = .max
        clientWindowBytes = .max
        clockRates = Array(repeating: 1_000_000, count: load.servers)
        frameBytesMax = PeerLink.chunkMax
        snapshotLogBytes = .max
        logBytesInFlightMax = 64 << 20
        self.load = load
    }
}

extension Simulation {
    fileprivate func playExactly(_ load: ExactLoad, _ probe: ExactProbe) throws(ExactError) -> ExactCounts {
        for server in servers { start(server.index) }
        // Not everybody may have voted before somebody looks at a clock.
        for _ in 0..<10 where !servers.allSatisfy({ $0.process?.host.member.peer.phase.isServing ?? false }) {
            try settle("the election")
        }
        probe.leader = try leader()
        for client in clients { client.begin(on: target(client.index, load, leader: probe.leader)) }
        try settle("opening the sessions")
        for client in clients { client.prepare() }
        try settle("making the clients' nodes")

        let before = probe.counts(logBytes: logBytes)
        probe.begin()
        for client in clients {
            // One after the other, so that they do not all ask at the same instant.
            events.plan(
                .client(client.index, life: client.life),
                at: now + UInt64(client.index) * ExactLoad.messageDelay
            )
        }
        try settle("the load")
        judgeClients()
        if let violation { throw ExactError("\(load.name): \(violation)") }
        let counts = probe.counts(logBytes: logBytes) - before
        guard counts[.operations] == load.operations else {
            throw ExactError("\(load.name): \(counts[.operations] ?? 0) of \(load.operations) operations are answered")
        }
        return counts
    }

    /// Until nothing happens any more but that servers look at their clocks.
    private func settle(_ what: String) throws(ExactError) {
        let interval = ExactLoad.tick / 10
        // At the instant of the clocks everybody's turn comes first.
        while violation == nil, let next = events.nextTime, next % interval == 0, next > 0, playNext() {}
        let end = (now / interval + 1) * interval
        while violation == nil, let next = events.nextTime, next < end, playNext() {}
        if let violation { throw ExactError("\(setup.load?.name ?? ""): \(what): \(violation)") }
    }

    private func leader() throws(ExactError) -> Int {
        for server in servers {
            if case .leading = server.process?.host.member.peer.phase { return server.index }
        }
        throw ExactError("\(setup.load?.name ?? ""): nobody has been elected")
    }

    private func target(_ client: Int, _ load: ExactLoad, leader: Int) -> Int {
        switch load.connection {
        case .leader: return leader
        case .spread: return client % load.servers
        case .followers:
            guard load.servers > 1 else { return leader }
            let place = client % (load.servers - 1)
            return place < leader ? place : place + 1
        }
    }

    private var logBytes: Int { servers.reduce(0) { $0 + ($1.process?.log.bytesWritten ?? 0) } }
}
