import Client
import NIOCore
import NIOPosix
import Synchronization
import Testing
import Wire

@testable import Workload

/// Recipes and storms before invented answers: their server takes connections and says nothing.
@Suite(.timeLimit(.minutes(1))) struct CrowdAnswersTests {
    private let loop = MultiThreadedEventLoopGroup.singleton.any()

    /// A server that takes connections and says nothing.
    private static func silence(_ loop: any EventLoop) async throws -> (channel: any Channel, endpoint: Endpoint) {
        let channel = try await ServerBootstrap(group: loop).bind(host: "127.0.0.1", port: 0).get()
        return (channel, Endpoint(host: "127.0.0.1", port: channel.localAddress?.port ?? 0))
    }

    // MARK: Recipes

    /// A recipe whose load has begun.
    private final class Stage {
        let loop: any EventLoop
        let plan: LoadPlan
        /// The loop's alone.
        let cast: NIOLoopBoundBox<RecipeCast>
        let over: EventLoopFuture<Void>
        private let server: any Channel

        init(_ recipe: Recipe, loop: any EventLoop) async throws {
            var plan = LoadPlan(clients: 1, keys: 1, warmUpSeconds: 0, durationSeconds: 60, drainSeconds: 0)
            plan.recipe = recipe
            let (server, endpoint) = try await CrowdAnswersTests.silence(loop)
            self.server = server
            (self.loop, self.plan) = (loop, plan)
            let cast = Self.cast(recipe, plan, loop, endpoint)
            self.cast = cast
            over = loop.flatSubmit {
                let lane = cast.value.lane
                for session in lane.sessions { CrowdAnswersTests.open(session) }
                return lane.begin(at: UInt64(NIODeadline.now().uptimeNanoseconds), end: nil)
            }
            while !(try await loop.submit { cast.value.lane.isSending }.get()) { await Task.yield() }
        }

        private static func cast(
            _ recipe: Recipe,
            _ plan: LoadPlan,
            _ loop: any EventLoop,
            _ endpoint: Endpoint
        ) -> NIOLoopBoundBox<RecipeCast> {
            let lane = RecipeLane(
                eventLoop: loop,
                plan: plan,
                stretches: AsyncStream.makeStream(of: LaneStretch.self).continuation,
                tally: MeasuredEnd.Tally()
            )
            let cast = RecipeCast(recipe, lane: lane, contenders: 1) { _ in [endpoint] }
            return .makeBoxSendingValue(cast, eventLoop: loop)
        }

        /// What was proven, once the load is over.
        func violations() async throws -> [String] {
            try await over.get()
            try await close()
            let evidence = try await loop.submit { [cast] in cast.value.evidence(unfinished: 0) }.get()
            return evidence.proven(by: RecipeReadings()).violations
        }

        func close() async throws {
            try await loop.flatSubmit { [cast] in
                let lane = cast.value.lane
                // So that the connections tell nobody of their end.
                for session in lane.sessions { session.sessionAnswered(.expired) }
                return lane.closeAll()
            }.get()
            try await server.close()
        }

        /// Answers a session's request.
        func answer(
            _ session: Int,
            xid: Int32,
            error: ErrorCode = .ok,
            _ body: @escaping @Sendable (ByteWriter) -> Void
        ) async throws {
            try await loop.submit { [cast] in
                try CrowdAnswersTests.answer(cast.value.lane.sessions[session], xid: xid, error: error, body)
            }.get()
        }
    }

    private static func open(_ session: CrowdSession) {
        session.sessionAnswered(
            ConnectResponse(
                timeout: 10_000,
                sessionID: 1 + Int64(session.index),
                password: Array(repeating: 0, count: 16)
            )
        )
    }

    private static func answer(
        _ session: CrowdSession,
        xid: Int32,
        error: ErrorCode = .ok,
        _ body: (ByteWriter) -> Void = { _ in }
    ) throws {
        let writer = ByteWriter(capacity: 256)
        writer.append(Int32(0))
        writer.append(xid)
        writer.append(Int64(10) + Int64(xid))
        writer.append(error.rawValue)
        body(writer)
        writer.set(Int32(writer.count - 4), at: 0)
        // The cursor does not keep the bytes.
        try withExtendedLifetime(writer) {
            var replies = ReplyCursor(writer.bytes)
            try session.repliesArrived(&replies)
        }
    }

    private static func stat(version: Int32) -> Stat {
        var stat = Stat()
        stat.version = version
        return stat
    }

    private static let turn = "turn-0000000000"

    /// The first one of a lock has its znode.
    private func queued() async throws -> Stage {
        let stage = try await Stage(.lock, loop: loop)
        let path = "\(stage.plan.recipePath)/\(Self.turn)"
        try await stage.answer(0, xid: 1) { $0.append(string: path) }
        return stage
    }

    @Test func anEphemeralZnodeThatIsNotThereIsAViolation() async throws {
        let stage = try await queued()
        try await stage.answer(0, xid: 2) { $0.append(Int32(0)) }
        let lines = try await stage.violations()
        #expect(lines.count == 1)
        #expect(
            lines.first?.hasSuffix("/turn-0000000000 is gone, and session 0, whose ephemeral znode it is, is not")
                == true
        )
    }

    @Test func anEphemeralZnodeThatCannotBeGivenUpIsAViolation() async throws {
        let stage = try await queued()
        try await stage.answer(0, xid: 2) {
            $0.append(Int32(1))
            $0.append(string: Self.turn)
        }
        try await stage.answer(0, xid: 3) {
            $0.append(string: "")
            Self.stat(version: 0).encode(into: $0)
        }
        try await stage.answer(0, xid: 4) {
            var stat = Self.stat(version: 1)
            stat.mzxid = 14
            stat.encode(into: $0)
        }
        try await stage.answer(0, xid: 5, error: .noNode) { _ in }
        let lines = try await stage.violations()
        #expect(lines.count == 1 && lines[0].contains("is gone, and session 0"))
    }

    @Test func aValueThatSomebodyElseChangedIsAViolation() async throws {
        let stage = try await Stage(.config, loop: loop)
        try await stage.answer(0, xid: 1) {
            $0.append(string: "")
            Self.stat(version: 0).encode(into: $0)
        }
        try await stage.answer(1, xid: 1, error: .badVersion) { _ in }
        #expect(try await stage.violations() == ["the value is not at version 0, and nobody else changes it"])
    }

    @Test func aValueOfAnotherVersionIsAViolation() async throws {
        let stage = try await Stage(.config, loop: loop)
        try await stage.answer(0, xid: 1) {
            $0.append(string: "")
            Self.stat(version: 3).encode(into: $0)
        }
        #expect(try await stage.violations() == ["session 0 read value 0 at version 3"])
    }

    /// Whose session the servers have given up may find its znode gone.
    @Test func aSessionThatExpiredIsNoViolation() async throws {
        let stage = try await queued()
        let (cast, over) = (stage.cast, stage.over)
        try await loop.submit { cast.value.lane.sessionExpired(cast.value.lane.sessions[0]) }.get()
        await #expect(throws: LoadError.self) { try await over.get() }
        try await stage.close()
    }

    // MARK: Strangers

    private static func children(_ names: [String]) -> @Sendable (ByteWriter) -> Void {
        { writer in
            writer.append(Int32(names.count))
            for name in names { writer.append(string: name) }
        }
    }

    /// A queue whose own item is there, and so are others.
    private func queue(with names: [String]) async throws -> Stage {
        let stage = try await Stage(.queue, loop: loop)
        let path = "\(stage.plan.recipePath)/item-0000000001"
        try await stage.answer(0, xid: 1) { $0.append(string: path) }
        try await stage.answer(0, xid: 2, Self.children(names))
        return stage
    }

    private static func line(_ name: String) -> String {
        "/members/\(name) was put there by no session of this run, but by the servers or another client"
    }

    /// Too short for what every item begins with, of a session that there is none of, or no item's.
    @Test(arguments: [[], [7, 0], [1, Payload.createdKey], [0, 5]] as [[UInt32]])
    func anItemOfNobodysIsAViolation(header: [UInt32]) async throws {
        let stage = try await queue(with: ["item-0000000000", "item-0000000001"])
        try await stage.answer(0, xid: 3) { writer in
            writer.append(Int32(header.isEmpty ? 5 : Payload.headerSize))
            for word in header { writer.append(Int32(bitPattern: word)) }
            for _ in header.count * 4..<(header.isEmpty ? 5 : Payload.headerSize) { writer.append(false) }
            Self.stat(version: 0).encode(into: writer)
        }
        let lines = try await stage.violations()
        #expect(lines.count == 1 && lines[0].hasSuffix(Self.line("item-0000000000")), "\(lines)")
    }

    @Test(arguments: ["guest", "guest-0000000000", "item-00000000000", "x-item-0000000000"])
    func aZnodeThatIsNoItemIsAViolation(name: String) async throws {
        let stage = try await queue(with: ["item-0000000001", name])
        let lines = try await stage.violations()
        #expect(lines.count == 1 && lines[0].hasSuffix(Self.line(name)), "\(lines)")
    }

    @Test func aStrangerInALocksQueueIsAViolation() async throws {
        let stage = try await queued()
        try await stage.answer(0, xid: 2, Self.children([Self.turn, "lock-0000000000"]))
        let lines = try await stage.violations()
        #expect(lines.count == 1 && lines[0].hasSuffix(Self.line("lock-0000000000")), "\(lines)")
    }

    // MARK: Settling

    /// Whether a task has come to its end.
    private final class End: Sendable {
        let hasCome = Atomic(false)
    }

    /// A configuration whose first change was made, and not answered when the load was over.
    private func cutShort() async throws -> Stage {
        let stage = try await Stage(.config, loop: loop)
        try await stage.answer(0, xid: 1) {
            $0.append(string: "")
            Self.stat(version: 0).encode(into: $0)
        }
        let (cast, over) = (stage.cast, stage.over)
        try await loop.submit { cast.value.lane.interrupt() }.get()
        try await over.get()
        return stage
    }

    private func isSettled(_ stage: Stage) async throws -> Bool {
        let cast = stage.cast
        return try await loop.submit { cast.value.lane.isSettled }.get()
    }

    private func untold(_ stage: Stage) async throws -> RecipeEvidence {
        let cast = stage.cast
        return try await loop.submit { cast.value.evidence(unfinished: 1) }.get()
    }

    /// The event of the change comes before the sync's answer, and what was read then counts.
    @Test func aSubscriberHasTheTimeToHearOfTheLastChange() async throws {
        let stage = try await cutShort()
        let (cast, loop) = (stage.cast, loop)
        let end = End()
        try await withThrowingTaskGroup { tasks in
            tasks.addTask {
                await RecipeLoad.settle(cast, on: loop, for: .hours(1))
                end.hasCome.store(true, ordering: .relaxed)
            }
            // The look was its first request, and that of the settling the second.
            while try await loop.submit({ cast.value.lane.sessions[0].xid }).get() < 2 { await Task.yield() }
            try await loop.submit {
                let lane = cast.value.lane
                let event = WatchEvent(kind: .dataChanged, state: .connected, path: lane.plan.sharedPath)
                lane.watchFired(lane.sessions[0], event)
            }.get()
            try await stage.answer(0, xid: 2) { $0.append(string: "/") }
            let isEarly = end.hasCome.load(ordering: .relaxed)
            #expect(try await !isSettled(stage) && !isEarly)
            let before = try await untold(stage)
            #expect(before.untold == [0] && before.seen == [[0]])
            try await stage.answer(0, xid: 3) { writer in
                var data = [UInt8](repeating: 0, count: Payload.headerSize)
                data.withUnsafeMutableBytes { bytes in
                    guard let place = bytes.baseAddress else { return }
                    Payload.store(session: 1, key: Payload.createdKey, sequence: 1, write: 0, at: place)
                }
                data.withUnsafeBytes { writer.append(buffer: $0) }
                Self.stat(version: 1).encode(into: writer)
            }
            try await tasks.waitForAll()
        }
        let isOver = end.hasCome.load(ordering: .relaxed)
        let evidence = try await untold(stage)
        #expect(isOver && evidence.untold.isEmpty && evidence.seen == [[0, 1]] && evidence.isChanging)
        #expect(evidence.proven(by: RecipeReadings()).violations == [])
        try await stage.close()
    }

    /// Who does not answer is waited for no longer than that, and may have missed the last change.
    @Test func aSubscriberWhoSaysNothingIsNotWaitedForForEver() async throws {
        let stage = try await cutShort()
        await RecipeLoad.settle(stage.cast, on: loop, for: .milliseconds(20))
        #expect(try await !isSettled(stage))
        #expect(try await untold(stage).untold == [0])
        try await stage.close()
    }

    /// A load that has drained has nobody to ask.
    @Test func whereEverybodyHasHeardOfAllNobodyIsAsked() async throws {
        let stage = try await Stage(.config, loop: loop)
        let (cast, over) = (stage.cast, stage.over)
        try await loop.submit { cast.value.lane.interrupt() }.get()
        try await over.get()
        await RecipeLoad.settle(cast, on: loop, for: .hours(1))
        let isAsked = try await loop.submit { cast.value.lane.beginSettling() }.get()
        #expect(!isAsked)
        try await stage.close()
    }

    // MARK: Storms

    /// A crowd of one session with one watch, before the storm.
    private func withCrowd(
        _ counts: StormCounts = StormCounts(),
        _ body: (NIOLoopBoundBox<StormLane>) async throws -> Void
    ) async throws {
        let loop = loop
        let (server, endpoint) = try await Self.silence(loop)
        let lane = Self.lane(counts, loop, endpoint)
        try await loop.submit {
            Self.open(lane.value.sessions[0])
            try Self.answer(lane.value.sessions[0], xid: 1) {
                $0.append(string: "")
                Self.stat(version: 0).encode(into: $0)
            }
        }.get()
        let result: Result<Void, any Error>
        do { result = .success(try await body(lane)) } catch { result = .failure(error) }
        try await loop.flatSubmit {
            // So that the connection tells nobody of its end.
            lane.value.sessions[0].sessionAnswered(.expired)
            return lane.value.closeAll()
        }.get()
        try await server.close()
        try result.get()
    }

    private static func lane(
        _ counts: StormCounts,
        _ loop: any EventLoop,
        _ endpoint: Endpoint
    ) -> NIOLoopBoundBox<StormLane> {
        let lane = StormLane(
            eventLoop: loop,
            plan: LoadPlan(),
            storm: StormPlan(fault: .leaderKilled, sessions: 1, watches: 1),
            indices: Swift.stride(from: 0, to: 1, by: 1),
            stride: 1,
            counts: counts
        ) { _ in [endpoint] }
        return .makeBoxSendingValue(lane, eventLoop: loop)
    }

    private func report(_ lane: NIOLoopBoundBox<StormLane>) async throws -> StormReport {
        let told = loop.flatSubmit {
            let told = lane.value.settle(timeout: .seconds(60))
            try? Self.answer(lane.value.sessions[0], xid: 2) { $0.append(string: "/") }
            return told
        }
        try await told.get()
        return try await loop.submit {
            var report = StormReport(plan: StormPlan(fault: .leaderKilled, sessions: 1, watches: 1))
            lane.value.add(to: &report)
            return report
        }.get()
    }

    private static func changed(_ lane: StormLane) {
        let event = WatchEvent(kind: .dataChanged, state: .connected, path: "/zabbench-run-storm/0")
        lane.watchFired(lane.sessions[0], event)
    }

    @Test func anEventBeforeTheChangeIsNotThatOfTheChange() async throws {
        try await withCrowd { lane in
            try await loop.submit {
                Self.changed(lane.value)
                lane.value.beginChanges()
            }.get()
            let early = try await report(lane)
            #expect(early.eventsTooEarly == 1 && early.watchesDue == 1 && early.watchesFired == 0)
            let line =
                "1 of 1 watches were lost; 1 watches told of a change before there was one; for example session 0 was "
                + "told too early that /zabbench-run-storm/0 had changed"
            #expect(early.violation == line)
        }
        try await withCrowd { lane in
            try await loop.submit {
                lane.value.beginChanges()
                Self.changed(lane.value)
            }.get()
            let fine = try await report(lane)
            #expect(fine.violation == nil && fine.watchesFired == 1 && fine.eventsTooEarly == 0)
        }
    }

    @Test func aSessionWhoseWatchesAreRefusedIsNotBack() async throws {
        let counts = StormCounts()
        try await withCrowd(counts) { lane in
            let refused = try await loop.submit {
                let lane = lane.value
                let session = lane.sessions[0]
                lane.beginStorm()
                lane.sessionLost(session, Disconnection("cut"))
                session.restoreWatches(["/zabbench-run-storm/0"])
                try Self.answer(session, xid: ReservedXid.setWatches, error: .noAuth)
                var report = StormReport(plan: StormPlan(fault: .leaderKilled, sessions: 1, watches: 1))
                lane.add(to: &report)
                return report
            }.get()
            #expect(counts.lost.load(ordering: .relaxed) == 1 && counts.back.load(ordering: .relaxed) == 0)
            #expect(refused.missing == 1)
            #expect(
                refused.refusal?.hasPrefix("session 0: setting its watches again was refused: no permission") == true
            )
            try await loop.submit {
                lane.value.sessions[0].restoreWatches(["/zabbench-run-storm/0"])
                try Self.answer(lane.value.sessions[0], xid: ReservedXid.setWatches)
            }.get()
            #expect(counts.back.load(ordering: .relaxed) == 1)
        }
    }
}
