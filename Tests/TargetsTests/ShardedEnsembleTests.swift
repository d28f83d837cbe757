import Client
import Glibc
import Synchronization
import Testing

@testable import Targets
@testable import Workload

/// Several ensembles as one: whose servers have which ids, where leaders sit, and who is asked.
@Suite(.timeLimit(.minutes(1))) struct ShardedEnsembleTests {
    /// Three voters each in memory, whose first leader a test says; a leader that is asked to go is followed by the greatest
    /// id that is left.
    final class Shard: Ensemble {
        struct State {
            var isStarted = false
            var leader: Int
            var down: Set<Int> = []
            var asked: [String] = []
        }

        let observers: Int
        let ports: Int
        /// Whoever is asked to go leads again.
        let isStubborn: Bool
        let failure: TargetError?
        let state: Mutex<State>

        init(leader: Int, observers: Int = 0, ports: Int, isStubborn: Bool = false, failure: TargetError? = nil) {
            self.observers = observers
            self.ports = ports
            self.isStubborn = isStubborn
            self.failure = failure
            state = Mutex(State(leader: leader))
        }

        var asked: [String] { state.withLock { $0.asked } }
        var isStarted: Bool { state.withLock { $0.isStarted } }
        var servers: [EnsembleServer] {
            (1...(3 + observers)).map {
                EnsembleServer(id: $0, endpoint: Endpoint(host: "127.0.0.1", port: ports + $0), isVoter: $0 <= 3)
            }
        }
        let isShared = false

        func start() throws {
            if let failure { throw failure }
            state.withLock { $0.isStarted = true }
        }
        func stop() { state.withLock { $0.isStarted = false } }
        func kill(_ id: Int, signal: Int32) {
            state.withLock { state in
                state.asked.append("\(signal == SIGTERM ? "go" : "die") \(id)")
                state.down.insert(id)
                if state.leader == id, !isStubborn {
                    state.leader = (1...3).filter { !state.down.contains($0) }.max() ?? 0
                }
            }
        }
        func restart(_ id: Int) {
            state.withLock { state in
                state.asked.append("come \(id)")
                state.down.remove(id)
            }
        }
        func report(of server: EnsembleServer) -> MonitorReport? {
            state.withLock { state in
                guard !state.down.contains(server.id) else { return nil }
                let role = state.leader == server.id ? "leader" : server.isVoter ? "follower" : "observer"
                return MonitorReport(parsing: "zk_server_state\t\(role)\n")
            }
        }
        func pid(of id: Int) -> Int32? { Int32(ports + id) }
        func exit(of id: Int) -> String? { nil }
        func lastLogLines(of id: Int, count: Int) -> [String] { ["of \(ports + id)"] }
        func waitForExit(of id: Int, seconds: Double) -> Bool { true }
    }

    private static func ensemble(_ shards: [Shard], observers: Int = 0) -> ShardedEnsemble {
        ShardedEnsemble(shards: shards.count, voters: 3, observers: observers) { shard, _ in shards[shard] }
    }

    private static func leaders(_ ensemble: ShardedEnsemble) async -> [Int] {
        await ensemble.reports().filter { $0.report?.isLeading == true }.map(\.server.id)
    }

    // MARK: Seats

    @Test func idsTurnFromShardToShard() {
        func seats(_ shard: Int) -> [Int] {
            let seats = ShardSeats(voters: 3, observers: 2, shard: shard)
            return (1...5).map(seats.seat)
        }
        #expect(seats(0) == [0, 1, 2, 3, 4] && seats(1) == [2, 0, 1, 3, 4] && seats(2) == [1, 2, 0, 3, 4])
        #expect(seats(3) == seats(0))
        // The greatest id of the voters sits elsewhere in each shard.
        #expect((0..<4).map { ShardSeats(voters: 3, observers: 0, shard: $0).seat(of: 3) } == [2, 1, 0, 2])
        #expect(
            (0..<9).map { ShardSeats(voters: 1, observers: 0, shard: $0).seat(of: 1) } == Array(repeating: 0, count: 9)
        )
    }

    /// Seats of one number have their logs on one disk, whatever the ids there are.
    @Test func whatLiesAtTheSeatsIsDealtByThem() {
        let seats = ShardSeats(voters: 3, observers: 1, shard: 1)
        #expect(seats.dealt(["a", "b"]) == ["a", "a", "b", "b"] && seats.dealt([String]()).isEmpty)
        #expect(ShardSeats(voters: 3, observers: 0, shard: 0).dealt(["a", "b", "c"]) == ["a", "b", "c"])
    }

    // MARK: Leaders

    @Test func leadersAreSpreadAndServersKnowTheirShard() async throws {
        // The second shard's first leader is not the one that is to be; the third's needs two elections.
        let shards = [Shard(leader: 3, ports: 0), Shard(leader: 2, ports: 10), Shard(leader: 1, ports: 20)]
        let ensemble = Self.ensemble(shards)
        try await ensemble.start()
        #expect(shards.map(\.asked) == [[], ["go 2", "come 2"], ["go 1", "come 1"]])
        #expect(ensemble.servers.map(\.id) == Array(1...9))
        #expect(ensemble.servers.map(\.shard) == [1, 1, 1, 2, 2, 2, 3, 3, 3])
        #expect(ensemble.servers.map(\.endpoint.port) == [1, 2, 3, 12, 13, 11, 23, 21, 22])
        // Seats 3, 2 and 1.
        #expect(await Self.leaders(ensemble) == [3, 5, 7])
        #expect(ensemble.shardsByServer[5] == 2 && ensemble.shards.count == 3)
        await ensemble.stop()
        #expect(shards.allSatisfy { !$0.isStarted })
    }

    @Test func aLeaderThatDoesNotGoIsAFailureThatIsNamed() async throws {
        let shards = [Shard(leader: 3, ports: 0), Shard(leader: 1, ports: 10, isStubborn: true)]
        let ensemble = Self.ensemble(shards)
        let error = await #expect(throws: TargetError.self) { try await ensemble.start() }
        #expect(error?.message.hasPrefix("shard 2: after 5 elections server 3 still does not lead") == true)
        #expect(shards.allSatisfy { !$0.isStarted })
    }

    @Test func aShardThatDoesNotStartStopsTheOthers() async throws {
        let failure = TargetError("server 1 exited", evidence: ["why"], fault: .neverServed)
        let shards = [Shard(leader: 3, ports: 0), Shard(leader: 3, ports: 10, failure: failure)]
        let ensemble = Self.ensemble(shards)
        let error = await #expect(throws: TargetError.self) { try await ensemble.start() }
        #expect(error?.message == "shard 2: server 1 exited" && error?.evidence == ["why"])
        #expect(error?.fault == .neverServed && !shards[0].isStarted)
    }

    // MARK: One server

    @Test func aServerIsAskedByItsCommonID() async throws {
        let shards = [Shard(leader: 3, observers: 1, ports: 0), Shard(leader: 3, observers: 1, ports: 10)]
        let ensemble = Self.ensemble(shards, observers: 1)
        try await ensemble.start()
        // Seats of the second shard: server 2, server 3, server 1, the observer.
        #expect((1...8).map { ensemble.pid(of: $0) } == [1, 2, 3, 4, 12, 13, 11, 14])
        #expect(ensemble.lastLogLines(of: 7, count: 1) == ["of 11"] && ensemble.pid(of: 9) == nil)
        #expect(ensemble.observers.map(\.port) == [4, 14])
        try await ensemble.kill(7, signal: SIGKILL)
        try await ensemble.restart(7)
        #expect(shards[1].asked == ["die 1", "come 1"])
        await #expect(throws: TargetError.self) { try await ensemble.kill(9, signal: SIGKILL) }
    }

    @Test func oneEnsembleIsItsOnlyShard() {
        let shard = Shard(leader: 3, ports: 0)
        #expect(shard.shards.count == 1 && shard.shards[0] === shard && shard.shardsByServer.isEmpty)
    }
}
