import Host
import Log
import Replica
import Wire
import Zab

/// Why a load could not be played to its end: something is wrong with the engine, or the load is none for it.
public struct LoadRunError: Error, Hashable, Sendable, CustomStringConvertible {
    public let description: String
}

/// A given load played on virtual time without any fault, by the same code as every simulation and under the same
/// checkers. One thread, constant delays, no ticks: what it costs depends on nothing but the code and the load.
public enum LoadRun {
    /// One way, between any two hosts.
    public static let messageDelay: Nanoseconds = 100_000
    public static let syncTime: Nanoseconds = 1_000_000
    /// What a server's loop takes in together. Short: whatever arrives at one instant.
    static let roundTime: Nanoseconds = 1_000
    /// Servers look at their clocks every tenth of it. Nothing of a run lasts that long, so that no ping is counted.
    static let tick: Nanoseconds = 600_000_000_000

    /// - Parameter gauge: counts what the servers' own code costs the calling thread, if that is wanted.
    /// - Throws: `LoadRunError` if a checker finds a violation, or not every operation is answered.
    public static func play(
        _ load: ScriptedLoad,
        gauge: (any CostGauge)? = nil
    ) throws(LoadRunError) -> LoadTally {
        try play(load, LoadProbe(gauge: gauge))
    }

    /// For tests: every sync of a file is made twice.
    static func playSyncingTwice(_ load: ScriptedLoad) throws(LoadRunError) -> LoadTally {
        try play(load, LoadProbe(gauge: nil, syncsTwice: true))
    }

    private static func play(_ load: ScriptedLoad, _ probe: LoadProbe) throws(LoadRunError) -> LoadTally {
        let world = Simulation(Setup(playing: load), probe: probe)
        world.events.causes = EventCauses()
        return try world.play(load, probe)
    }
}

extension Setup {
    fileprivate init(playing load: ScriptedLoad) {
        seed = load.seed
        scenario = Scenario(name: "load", summary: "a given load without faults", weights: [], faultsMax: 0)
        strategy = .recycledFdatasync
        commit = .natural
        givenCommit = .natural
        voters = load.servers
        (hierarchy, firstID, idStep) = ([], 1, 1)
        observers = 0
        clients = load.clients
        tick = LoadRun.tick
        duration = .max
        faults = []
        initLimit = 10
        syncLimit = 5
        lastCounters = Configuration.lastCountersDefault
        snapCount = .max
        segmentSize = 1 << 20
        latency = LoadRun.messageDelay
        jitter = 0
        syncTime = LoadRun.syncTime...LoadRun.syncTime
        roundTime = LoadRun.roundTime
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
    fileprivate func play(_ load: ScriptedLoad, _ probe: LoadProbe) throws(LoadRunError) -> LoadTally {
        for server in servers { start(server.index) }
        // Not everybody may have voted before somebody looks at a clock.
        for _ in 0..<10 where !servers.allSatisfy({ $0.process?.host.member.peer.phase.isServing ?? false }) {
            try settle("the election", of: load)
        }
        probe.leader = try leader(of: load)
        for client in clients { client.begin(on: target(client.index, load, leader: probe.leader)) }
        try settle("opening the sessions", of: load)
        for client in clients { client.prepare() }
        try settle("making the clients' nodes", of: load)

        probe.begin(logBytes: logBytes)
        for client in clients {
            // One after the other, so that they do not all ask at the same instant.
            events.plan(
                .client(client.index, life: client.life),
                at: now + UInt64(client.index) * LoadRun.messageDelay
            )
        }
        try settle("the load", of: load)
        judgeClients()
        if let violation { throw LoadRunError(description: "\(load.name): \(violation)") }
        let tally = probe.end(logBytes: logBytes)
        guard tally.operations == load.operations else {
            throw LoadRunError(
                description: "\(load.name): \(tally.operations) of \(load.operations) operations are answered"
            )
        }
        return tally
    }

    /// Until nothing happens any more but that servers look at their clocks.
    private func settle(_ what: String, of load: ScriptedLoad) throws(LoadRunError) {
        let interval = LoadRun.tick / 10
        // At the instant of the clocks everybody's turn comes first.
        while violation == nil, let next = events.nextTime, next % interval == 0, next > 0, playNext() {}
        let end = (now / interval + 1) * interval
        while violation == nil, let next = events.nextTime, next < end, playNext() {}
        if let violation { throw LoadRunError(description: "\(load.name): \(what): \(violation)") }
    }

    private func leader(of load: ScriptedLoad) throws(LoadRunError) -> Int {
        for server in servers {
            if case .leading = server.process?.host.member.peer.phase { return server.index }
        }
        throw LoadRunError(description: "\(load.name): nobody has been elected")
    }

    private func target(_ client: Int, _ load: ScriptedLoad, leader: Int) -> Int {
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
