import CPlatform
import Glibc
import Workload

/// Several ensembles of one kind over the same hosts, as one to be loaded: all their servers have ids of one row, and each
/// says of which shard it is.
///
/// Leaders are spread: in each shard the voter with the greatest id is to lead, and where that server sits `ShardSeats` says.
public final class ShardedEnsemble: Ensemble {
    public let shards: [any Ensemble]
    private let seats: [ShardSeats]
    /// How long a shard may take to serve again after its leader was asked to go.
    private let startSeconds: Double
    private let voters: Int

    /// How often a leader is asked to go before somebody else leads.
    private static let attemptsMax = 5

    /// - Parameters:
    ///   - voters: of each shard.
    ///   - observers: of each shard, with the ids after the voters'.
    ///   - make: one shard, with what its servers have of the things at the seats, by id; nothing is started.
    public init(
        shards: Int,
        voters: Int,
        observers: Int = 0,
        logFolders: [String] = [],
        startSeconds: Double = 30,
        make: (_ shard: Int, _ logFolders: [String]) throws -> any Ensemble
    ) rethrows {
        seats = (0..<shards).map { ShardSeats(voters: voters, observers: observers, shard: $0) }
        self.shards = try seats.map { try make($0.shard, $0.dealt(logFolders)) }
        self.startSeconds = startSeconds
        self.voters = voters
    }

    public var isShared: Bool { shards[0].isShared }
    public var traits: ServerTraits { shards[0].traits }

    public var servers: [EnsembleServer] {
        zip(shards, seats).flatMap { shard, seats in
            shard.servers.map { server in
                var common = server
                common.id = seats.commonID(of: server.id)
                common.shard = seats.shard + 1
                return common
            }.sorted { $0.id < $1.id }
        }
    }

    /// One shard after the other: starting all at once, as on as many machines, would be a race for this one's cores.
    public func start() async throws {
        do {
            for place in shards.indices {
                do {
                    try await shards[place].start()
                    try await seatLeader(of: shards[place])
                } catch let error as TargetError {
                    let message = "shard \(place + 1): \(error.message)"
                    throw TargetError(message, evidence: error.evidence, fault: error.fault)
                }
            }
        } catch {
            await stop()
            throw error
        }
    }

    /// Has the voter with the greatest id lead. It does where it was up when the first quorum met, which nobody can know: a
    /// leader that is another one is asked to go, and the others elect by their ids, since nothing was written yet.
    private func seatLeader(of shard: any Ensemble) async throws {
        guard shards.count > 1, voters > 1 else { return }
        for _ in 0..<Self.attemptsMax {
            guard let leader = await shard.leader() else {
                throw TargetError("none of its servers leads, so nobody knows where its leader is", fault: .neverServed)
            }
            guard leader.id != voters else { return }
            try await shard.kill(leader.id, signal: SIGTERM)
            guard await shard.waitForExit(of: leader.id, seconds: startSeconds) else {
                throw TargetError("server \(leader.id) leads and does not stop", fault: .neverServed)
            }
            try await shard.restart(leader.id)
            try await shard.waitUntilServing(seconds: startSeconds)
        }
        throw TargetError(
            "after \(Self.attemptsMax) elections server \(voters) still does not lead, so leaders are not spread; try again, or "
                + "let ensemble.shards be 1",
            fault: .neverServed
        )
    }

    public func stop() async {
        await withTaskGroup(of: Void.self) { group in
            for shard in shards { group.addTask { await shard.stop() } }
        }
    }

    // MARK: One server

    private struct Seated {
        var shard: any Ensemble
        /// As its own ensemble has it.
        var server: EnsembleServer
    }

    private func seated(_ id: Int) -> Seated? {
        for (shard, seats) in zip(shards, seats) {
            if let server = shard.servers.first(where: { seats.commonID(of: $0.id) == id }) {
                return Seated(shard: shard, server: server)
            }
        }
        return nil
    }

    private func known(_ id: Int) throws(TargetError) -> Seated {
        guard let found = seated(id) else { throw TargetError("server \(id) was never started") }
        return found
    }

    public func kill(_ id: Int, signal: Int32) async throws {
        let found = try known(id)
        try await found.shard.kill(found.server.id, signal: signal)
    }

    public func restart(_ id: Int) async throws {
        let found = try known(id)
        try await found.shard.restart(found.server.id)
    }

    public func pid(of id: Int) -> Int32? { seated(id).flatMap { $0.shard.pid(of: $0.server.id) } }
    public func exit(of id: Int) -> String? { seated(id).flatMap { $0.shard.exit(of: $0.server.id) } }

    public func lastLogLines(of id: Int, count: Int) -> [String] {
        seated(id).map { $0.shard.lastLogLines(of: $0.server.id, count: count) } ?? []
    }

    public func waitForExit(of id: Int, seconds: Double) async -> Bool {
        guard let found = seated(id) else { return true }
        return await found.shard.waitForExit(of: found.server.id, seconds: seconds)
    }

    public func report(of server: EnsembleServer) async -> MonitorReport? {
        guard let found = seated(server.id) else { return nil }
        return await found.shard.report(of: found.server)
    }

    public func fullReport(of server: EnsembleServer) async -> MonitorReport? {
        guard let found = seated(server.id) else { return nil }
        return await found.shard.fullReport(of: found.server)
    }
}
