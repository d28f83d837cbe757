import CPlatform
import Client
import NIOCore
import Synchronization
import Wire

/// The crowd of a storm: sessions with watches, which lose their servers and come back at once.
///
/// The order of calls is `open`, `beginStorm` (and `cut`, if the harness is what takes the servers away), `status` until
/// all are back, `finish`, `close`.
public final class StormCrowd: Sendable {
    /// Sessions in a storm, at a moment of it.
    public struct Status: Sendable, Hashable {
        /// Whose connection broke.
        public var lost: Int
        /// Of these, who came back.
        public var back: Int
        public var expired: Int

        /// Whether nobody is on the way.
        public var isSettled: Bool { back + expired >= lost }
    }

    private static let openSeconds: Int64 = 60
    /// Until the last event has come after the last change, where servers do not answer.
    private static let settleSeconds: Int64 = 10
    private static let changed = "changed"

    public let storm: StormPlan
    private let plan: LoadPlan
    private let endpoints: [Endpoint]
    private let observers: [Endpoint]
    /// Each is its loop's alone.
    private let lanes: [NIOLoopBoundBox<StormLane>]
    private let counts = StormCounts()
    private let znodes: CrowdZnodes
    private let paths: [String]

    /// - Parameters:
    ///   - plan: the load's, with its `storm`.
    ///   - leader: the one that leads; needed if the plan connects to the leader or the followers only.
    ///   - observers: those of the servers that have no vote.
    /// - Throws: `LoadError` where the plan has no storm, or asks for a leader that nobody knows.
    public init(
        plan: LoadPlan,
        endpoints: [Endpoint],
        leader: Endpoint?,
        observers: [Endpoint] = [],
        eventLoopGroup: any EventLoopGroup
    ) throws(LoadError) {
        guard let storm = plan.storm else { throw .badPlan("the load has no storm") }
        let targets = try LoadGenerator.targets(plan, endpoints: endpoints, leader: leader, observers: observers)
        self.storm = storm
        self.plan = plan
        self.observers = observers
        self.endpoints = (leader.map { [$0] } ?? []) + endpoints.filter { $0 != leader }
        let loops = Array(eventLoopGroup.makeIterator().prefix(storm.sessions))
        let counts = counts
        lanes = loops.indices.map { place in
            let lane = StormLane(
                eventLoop: loops[place],
                plan: plan,
                storm: storm,
                indices: Swift.stride(from: place, to: storm.sessions, by: loops.count),
                stride: loops.count,
                counts: counts
            ) { index in
                let first = index % targets.count
                let choice = targets[first...] + targets[..<first]
                return choice + endpoints.filter { !choice.contains($0) }
            }
            return NIOLoopBoundBox.makeBoxSendingValue(lane, eventLoop: loops[place])
        }
        znodes = CrowdZnodes(plan, eventLoop: loops[0])
        paths = (0..<storm.znodes).map(plan.stormZnode)
    }

    /// Creates the znodes, opens the sessions, and leaves their watches.
    ///
    /// - Throws: `LoadError`; `CancellationError`.
    public func open() async throws {
        try await znodes.create([plan.stormRoot] + paths, endpoints: endpoints)
        try await withTaskCancellationHandler {
            let opened = lanes.map { lane in
                lane.eventLoop.flatSubmit { lane.value.open(timeout: .seconds(Self.openSeconds)) }
            }
            do {
                for future in opened { try await future.get() }
            } catch {
                try Task.checkCancellation()
                throw error
            }
        } onCancel: {
            for lane in lanes { lane.eventLoop.execute { lane.value.failOpening("cancelled") } }
        }
    }

    /// From now on losses and returns count.
    ///
    /// - Returns: the moment, of CLOCK_MONOTONIC.
    public func beginStorm() async -> UInt64 {
        await onEachLane { $0.beginStorm() }
        return zb_monotonic_nanoseconds()
    }

    /// Closes the connections of all sessions.
    public func cut() async { await onEachLane { $0.cut() } }

    public var status: Status {
        Status(
            lost: counts.lost.load(ordering: .relaxed),
            back: counts.back.load(ordering: .relaxed),
            expired: counts.expired.load(ordering: .relaxed)
        )
    }

    /// How long after `startedAt` the last session was back, nanoseconds; 0 where none is.
    public func lastBack(since startedAt: UInt64) async -> UInt64 {
        var report = StormReport(plan: storm)
        report.startedAt = startedAt
        return await added(to: report).backAfter.max() ?? 0
    }

    /// What all lanes have seen.
    private func added(to report: StormReport) async -> StormReport {
        var report = report
        for lane in lanes {
            let soFar = report
            let added = try? await lane.eventLoop.submit {
                var report = soFar
                lane.value.add(to: &report)
                return report
            }.get()
            report = added ?? report
        }
        return report
    }

    /// Changes every watched znode, and says what became of sessions, watches and changes.
    ///
    /// - Throws: `LoadError` if the znodes cannot be changed.
    public func finish(startedAt: UInt64) async throws -> StormReport {
        var report = StormReport(plan: storm)
        report.startedAt = startedAt
        await onEachLane { $0.beginChanges() }
        report.changes = try await znodes.change(paths, data: Self.changed, endpoints: endpoints)
        let settled = lanes.map { lane in
            lane.eventLoop.flatSubmit { lane.value.settle(timeout: .seconds(Self.settleSeconds)) }
        }
        for future in settled { try? await future.get() }
        report = await added(to: report)
        report.backAfter.sort()
        let (znodes, paths) = (znodes, paths)
        await report.verify(paths, on: endpoints, observers: observers) { server in
            try await znodes.holders(paths, data: Self.changed, at: server)
        }
        return report
    }

    /// Ends the sessions.
    ///
    /// - Parameter removesZnodes: deletes what the crowd has watched, as servers that live on need it.
    public func close(removesZnodes: Bool) async {
        let closed = lanes.map { lane in lane.eventLoop.flatSubmit { lane.value.closeAll() } }
        for future in closed { try? await future.get() }
        guard removesZnodes else { return }
        let (znodes, all, endpoints) = (znodes, paths + [plan.stormRoot], endpoints)
        // In a task of its own, so that an interrupted run does it, too.
        await Task { await znodes.remove(all, endpoints: endpoints) }.value
    }

    private func onEachLane(_ body: @escaping @Sendable (StormLane) -> Void) async {
        let done = lanes.map { lane in lane.eventLoop.submit { body(lane.value) } }
        for future in done { try? await future.get() }
    }
}

extension LoadPlan {
    /// The load of a storm's readers, who are sessions beside the crowd.
    public var ofReaders: LoadPlan {
        guard storm != nil else { return self }
        var plan = self
        plan.clients = readers
        plan.storm = nil
        plan.surviveConnectionLoss = true
        plan.keepsAnswers = true
        return plan
    }
}
