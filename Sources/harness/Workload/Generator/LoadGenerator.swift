import CPlatform
import Client
import Histogram
import NIOCore
import Wire

/// Drives an ensemble with one `LoadPlan` and measures what it answers.
public enum LoadGenerator {
    /// The same on one ensemble.
    ///
    /// - Parameters: as there, with the servers as `LoadServers` has them.
    public static func run(
        plan: LoadPlan,
        endpoints: [Endpoint],
        leader: Endpoint?,
        observers: [Endpoint] = [],
        eventLoopGroup: any EventLoopGroup,
        client: LoadClient = .zookeeper,
        cleansUpOnFailure: Bool = false,
        control: LoadControl? = nil,
        turn: LoadTurn? = nil,
        extension wish: LoadExtension? = nil,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        try await run(
            plan: plan,
            on: [LoadServers(endpoints: endpoints, leader: leader, observers: observers)],
            eventLoopGroup: eventLoopGroup,
            client: client,
            cleansUpOnFailure: cleansUpOnFailure,
            control: control,
            turn: turn,
            extension: wish,
            progress: progress
        )
    }

    /// Creates the keys, connects, warms up, measures, drains.
    ///
    /// Cancelling the task ends the load early; the result then holds what there is, with `interrupted` set. The
    /// znodes stay, for the `Verifier`; `removeKeys` deletes them.
    ///
    /// - Parameters:
    ///   - shards: the servers; of several ensembles, each with its part of the keys, as many as the plan has shards.
    ///   - eventLoopGroup: whose loops the sessions are divided among; one loop is enough for two cores. It should
    ///     serve nothing else, since its threads' processor time is reported as the generator's.
    ///   - client: the protocol that the servers speak.
    ///   - cleansUpOnFailure: deletes the run's znodes before it throws, as servers that live on need it.
    ///   - control: ends the load before its time, and tells when writes are answered.
    ///   - turn: has the load take turns with another one, whose `run` must be under way, too; closed loops only.
    ///   - extension: how far the measured part goes on if too little was done; nil to end as planned. A load with a
    ///     `control`, or in turns, has an end that others have set, and keeps it.
    ///   - progress: called once a second while the load runs, and when a phase begins; not on an event loop.
    /// - Throws: `LoadError`, `LoadTurns.Alone`; `CancellationError` if cancelled before the load began.
    public static func run(
        plan: LoadPlan,
        on shards: [LoadServers],
        eventLoopGroup: any EventLoopGroup,
        client: LoadClient = .zookeeper,
        cleansUpOnFailure: Bool = false,
        control: LoadControl? = nil,
        turn: LoadTurn? = nil,
        extension wish: LoadExtension? = nil,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        try check(plan)
        try checkShards(plan, shards, client)
        let servers = shards[0]
        if plan.isOnYardstick {
            guard let leader = servers.leader else { throw LoadError.leaderUnknown }
            return try await YardstickLoad.run(plan: plan, port: leader.port, extension: wish, progress: progress)
        }
        if turn != nil, plan.mode != .closed {
            throw LoadError.badPlan("only closed loops can take turns: a planned send cannot wait for another load")
        }
        if let recipe = plan.recipe {
            guard turn == nil else { throw LoadError.badPlan("recipes take no turns with another load") }
            let load = RecipeLoad(
                recipe: recipe,
                plan: plan,
                targets: try targets(plan, servers),
                endpoints: servers.endpoints,
                observers: servers.observers,
                leader: servers.leader,
                eventLoop: eventLoopGroup.any(),
                cleansUp: cleansUpOnFailure
            )
            return try await load.run(control: control, wish: control == nil ? wish : nil, progress: progress)
        }
        let parts = try parts(of: plan, on: shards)
        let loops = Array(eventLoopGroup.makeIterator().prefix(plan.clients))
        do {
            return try await run(
                parts,
                loops: loops,
                client: client,
                control: control,
                turn: turn,
                wish: control == nil && turn == nil ? wish : nil,
                progress: progress
            )
        } catch {
            // Znodes that were there already are somebody else's.
            if case LoadError.preparation = error { throw error }
            guard cleansUpOnFailure else { throw error }
            // In a task of its own, so that a cancelled run does it too.
            await Task {
                for part in parts {
                    let endpoints = part.servers.endpoints
                    await removeKeys(
                        of: part.ledger,
                        endpoints: endpoints,
                        eventLoopGroup: eventLoopGroup,
                        client: client
                    )
                }
            }.value
            throw error
        }
    }

    private static func run(
        _ parts: [ShardPart],
        loops: [any EventLoop],
        client: LoadClient,
        control: LoadControl?,
        turn: LoadTurn?,
        wish: LoadExtension?,
        progress: @escaping @Sendable (ProgressSample) -> Void
    ) async throws -> LoadResult {
        let plan = parts[0].ledger.plan
        progress(ProgressSample(phase: .creatingKeys, fraction: 0, second: nil))
        for part in parts {
            try await client.createKeys(for: part.ledger, endpoints: part.servers.leaderFirst, eventLoop: loops[0])
        }

        progress(ProgressSample(phase: .connecting, fraction: 0, second: nil))
        let (stream, stretches) = AsyncStream.makeStream(of: LaneStretch.self)
        let lanes = makeLanes(parts, loops: loops, client: client, control: control, stretches: stretches)
        let end = wish.map { MeasuredEnd($0, tallies: lanes.map(\.tally)) }
        let samples = Task {
            await StretchMerger.merge(stream, lanes: lanes.count, plan: plan) { sample in
                end?.note(sample.second)
                progress(sample)
            }
        }
        do {
            try await connect(lanes)
            try Task.checkCancellation()
            var schedule: TurnSchedule?
            if let turn { schedule = try await turn.turns.begin(turn.side) }
            try await load(lanes, control: control, schedule: schedule, processor: turn?.processor, end: end)
        } catch {
            await close(lanes)
            stretches.finish()
            _ = await samples.value
            throw error
        }
        let interrupted = Task.isCancelled
        progress(ProgressSample(phase: .draining, fraction: 1, second: nil))
        await close(lanes)
        stretches.finish()
        var results: [LaneResult] = []
        for lane in lanes {
            if let result = try? await lane.eventLoop.submit({ lane.result() }).get() { results.append(result) }
        }
        let series = await samples.value
        var result = LoadResult(
            ledger: parts[0].ledger,
            lanes: results,
            samples: series.seconds,
            interrupted: interrupted
        )
        result.otherLedgers = parts.dropFirst().map(\.ledger)
        result.bins = series.bins
        result.isTimeUp = end?.isTimeUp ?? false
        return result
    }

    /// Deletes the run's znodes, as far as that succeeds.
    public static func removeKeys(
        of ledger: AcknowledgedWrites,
        endpoints: [Endpoint],
        eventLoopGroup: any EventLoopGroup,
        client: LoadClient = .zookeeper
    ) async {
        guard !endpoints.isEmpty else { return }
        try? await client.removeKeys(of: ledger, endpoints: endpoints, eventLoop: eventLoopGroup.any())
    }

    private static func check(_ plan: LoadPlan) throws(LoadError) {
        guard plan.clients >= 1, plan.outstanding >= 1 else {
            throw .badPlan("clients and outstanding must be at least 1")
        }
        guard plan.keys >= plan.clients, plan.keys <= Int(UInt32.max) - 1 else {
            throw .badPlan("\(plan.keys) keys cannot be divided among \(plan.clients) clients")
        }
        guard plan.payloadBytes >= Payload.headerSize, plan.payloadBytes <= 1_000_000 else {
            throw .badPlan("payload_bytes must be from \(Payload.headerSize) to 1000000")
        }
        guard plan.mix.total > 0, plan.mix.delete == 0 || plan.mix.create > 0 || plan.replay != nil else {
            throw .badPlan("the mix is empty, or deletes without creating")
        }
        try checkTransactions(plan)
        guard (1...100).contains(plan.cutsPerSecond) else { throw .badPlan("a second has 1 to 100 cuts") }
        guard plan.warmUpSeconds >= 0, plan.durationSeconds > 0, plan.drainSeconds >= 0 else {
            throw .badPlan("the load's times must be positive")
        }
        if let rate = plan.mode.ratePerSecond, !(rate > 0) { throw .badPlan("the rate must be positive") }
        if plan.profile != nil, plan.mode == .closed { throw .badPlan("a closed loop has no rate that could change") }
        if plan.replay != nil, plan.mode == .closed || plan.surviveConnectionLoss {
            throw .badPlan("a recording is played in an open loop, by sessions whose connections hold")
        }
        let isName = plan.runID.utf8.allSatisfy { byte in
            switch byte {
            case 0x30...0x39, 0x41...0x5a, 0x61...0x7a, 0x2d: true
            default: false
            }
        }
        guard isName, (1...64).contains(plan.runID.utf8.count) else {
            throw .badPlan("the run's name must be 1 to 64 letters, digits and -")
        }
    }

    private static func checkTransactions(_ plan: LoadPlan) throws(LoadError) {
        guard plan.multi >= 1 else { throw .badPlan("a write has at least 1 setData") }
        guard plan.multi > 1 else { return }
        guard plan.mix.set > 0, plan.mix.create + plan.mix.delete == 0 else {
            throw .badPlan("a transaction has setData alone")
        }
        guard plan.keys / plan.clients >= plan.multi else {
            throw .badPlan("a transaction of \(plan.multi) writes needs as many keys of each session")
        }
        guard plan.multi * (plan.payloadBytes + LoadPlan.transactionPartBytes) <= LoadPlan.requestBytesMax else {
            throw .badPlan("a transaction of \(plan.multi) writes of \(plan.payloadBytes) B is too long for a request")
        }
    }

    private static func checkShards(
        _ plan: LoadPlan,
        _ shards: [LoadServers],
        _ client: LoadClient
    ) throws(LoadError) {
        guard plan.shards == shards.count, (1...256).contains(plan.shards) else {
            throw .badPlan("a plan for \(plan.shards) shards was given the servers of \(shards.count)")
        }
        guard plan.shards > 1 else { return }
        if let objection = plan.objectionOfShards { throw .badPlan("not on shards: \(objection)") }
        if case .etcd = client { throw .badPlan("not on shards: etcd") }
    }

    private static func parts(of plan: LoadPlan, on shards: [LoadServers]) throws(LoadError) -> [ShardPart] {
        let deal = KeyDeal(keys: plan.keys, shards: plan.shards)
        var parts: [ShardPart] = []
        for (shard, servers) in shards.enumerated() {
            let ledger = AcknowledgedWrites(plan: plan, deal: deal, shard: shard)
            parts.append(ShardPart(servers: servers, targets: try targets(plan, servers), ledger: ledger))
        }
        return parts
    }

    private static func targets(_ plan: LoadPlan, _ servers: LoadServers) throws(LoadError) -> [Endpoint] {
        try targets(plan, endpoints: servers.endpoints, leader: servers.leader, observers: servers.observers)
    }

    static func targets(
        _ plan: LoadPlan,
        endpoints: [Endpoint],
        leader: Endpoint?,
        observers: [Endpoint]
    ) throws(LoadError) -> [Endpoint] {
        guard !endpoints.isEmpty else { throw .badPlan("no server is named") }
        switch plan.connectTo {
        case .spread: return endpoints
        case .leader:
            guard let leader else { throw .leaderUnknown }
            return [leader]
        case .followers:
            guard let leader else { throw .leaderUnknown }
            let followers = endpoints.filter { $0 != leader && !observers.contains($0) }
            return followers.isEmpty ? [leader] : followers
        case .observers:
            guard !observers.isEmpty else { throw .badPlan("none of the servers is known to be an observer") }
            return observers
        }
    }

    private static func makeLanes(
        _ parts: [ShardPart],
        loops: [any EventLoop],
        client: LoadClient,
        control: LoadControl?,
        stretches: AsyncStream<LaneStretch>.Continuation
    ) -> [LoadLane] {
        let plan = parts[0].ledger.plan
        return loops.indices.map { place in
            let indices = stride(from: place, to: plan.clients, by: loops.count)
            let lane = LoadLane(
                eventLoop: loops[place],
                plan: plan,
                sessions: Array(indices).count,
                control: control,
                stretches: stretches
            )
            lane.laneStride = loops.count
            lane.trace(lanes: loops.count, servers: parts[0].servers.endpoints)
            lane.sessions = indices.map { index in client.session(index, lane: lane, parts: parts) }
            return lane
        }
    }

    private static func connect(_ lanes: [LoadLane]) async throws {
        try await withTaskCancellationHandler {
            let connected = lanes.map { lane in
                lane.eventLoop.flatSubmit { lane.connectAll(timeout: .seconds(20)) }
            }
            do {
                for future in connected { try await future.get() }
            } catch {
                // A lane that was told to wait no more says what it waited for; that is not why this ends.
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            for lane in lanes { lane.eventLoop.execute { lane.failReady() } }
        }
    }

    private static func load(
        _ lanes: [LoadLane],
        control: LoadControl?,
        schedule: TurnSchedule?,
        processor: (@Sendable () -> UInt64?)?,
        end: MeasuredEnd?
    ) async throws {
        // A little ahead, so that all lanes begin at the same time.
        let start = schedule.map { $0.start - $0.rest } ?? zb_monotonic_nanoseconds() + 20_000_000
        let interruptAll: @Sendable () -> Void = {
            for lane in lanes { lane.eventLoop.execute { lane.interrupt() } }
        }
        try await withTaskCancellationHandler {
            let over = lanes.map { lane in
                lane.eventLoop.flatSubmit { lane.begin(at: start, schedule: schedule, processor: processor, end: end) }
            }
            for future in over { future.whenFailure { _ in interruptAll() } }
            if Task.isCancelled { interruptAll() }
            control?.attach(
                measuringFrom: start + UInt64(lanes[0].plan.warmUpSeconds * 1e9),
                isCaughtUp: { time in
                    for lane in lanes {
                        // A loop that is gone has nothing under way.
                        let isCaughtUp = try? await lane.eventLoop.submit { lane.isCaughtUp(with: time) }.get()
                        if isCaughtUp == false { return false }
                    }
                    return true
                },
                interruptAll
            )
            var failure: (any Error)?
            for future in over {
                do { try await future.get() } catch { failure = failure ?? error }
            }
            if let failure { throw failure }
        } onCancel: {
            interruptAll()
        }
    }

    private static func close(_ lanes: [LoadLane]) async {
        let closed = lanes.map { lane in lane.eventLoop.flatSubmit { lane.closeAll() } }
        for future in closed { try? await future.get() }
    }
}
