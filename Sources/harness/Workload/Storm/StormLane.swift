import CPlatform
import Client
import NIOCore
import Synchronization
import Wire

/// How far a crowd is, for whoever waits for it.
final class StormCounts: Sendable {
    /// Sessions whose connection broke since the storm began.
    let lost = Atomic<Int>(0)
    /// Those of them that are back.
    let back = Atomic<Int>(0)
    let expired = Atomic<Int>(0)
}

/// A crowd's sessions on one loop. Confined to it.
final class StormLane: CrowdOwner {
    private enum Phase {
        case opening, calm, storm, over
    }

    private struct Member {
        var isOpen = false
        var isLost = false
        var isExpired = false
        /// Whether all that was committed before the end has come.
        var isTold = false
        /// When it came back, its watches set again; 0 while it is not.
        var backAt: UInt64 = 0
        /// Answers to its first watches that are due.
        var watchesDue = 0
    }

    /// Sessions of a lane that open at a time: more would only fill the servers' backlogs.
    private static let openingAtOnce = 128

    private let eventLoop: any EventLoop
    private let plan: LoadPlan
    private let storm: StormPlan
    private let counts: StormCounts
    /// Session indices of a lane are this far apart.
    private let stride: Int
    private let first: Int
    private(set) var sessions: [CrowdSession] = []
    private var members: [Member]
    /// Of each session, its watches in their order: whether it has told of a change.
    private var fired: [Bool]
    private var phase = Phase.opening
    /// Whether the watched znodes may have been changed. Until then no watch has anything to tell.
    private var isChanging = false
    private var eventsTooEarly = 0
    private var earlyExample: String?
    private var refusal: String?
    private var nextToOpen = 0
    private var openedCount = 0
    private var opened: EventLoopPromise<Void>?
    private var closed: EventLoopPromise<Void>?
    private var closedCount = 0
    private var settled: EventLoopPromise<Void>?
    private var settling = 0
    private var ticker: RepeatedTask?
    private var lastFailure = "not tried yet"

    /// - Parameter endpoints: of a session, by its index.
    init(
        eventLoop: any EventLoop,
        plan: LoadPlan,
        storm: StormPlan,
        indices: StrideTo<Int>,
        stride: Int,
        counts: StormCounts,
        endpoints: (Int) -> [Endpoint]
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.storm = storm
        self.counts = counts
        self.stride = stride
        let indices = Array(indices)
        first = indices.first ?? 0
        members = Array(repeating: Member(), count: indices.count)
        fired = Array(repeating: false, count: indices.count * storm.watches)
        sessions = indices.map {
            CrowdSession(index: $0, endpoints: endpoints($0), plan: plan, eventLoop: eventLoop, owner: self)
        }
    }

    private func place(_ session: CrowdSession) -> Int { (session.index - first) / stride }

    // MARK: Before the storm

    /// Opens all sessions and leaves their watches; fails if that takes longer than `timeout`.
    func open(timeout: TimeAmount) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        guard !sessions.isEmpty else {
            promise.succeed(())
            return promise.futureResult
        }
        opened = promise
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.failOpening(self.lastFailure) }
        // Sessions must not be given up because nobody looks after them.
        let period = TimeAmount.milliseconds(max(10, Int64(plan.sessionTimeoutMilliseconds) / 12))
        let lane = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            let now = NIODeadline.now()
            for session in lane.value.sessions { session.tick(now) }
        }
        while nextToOpen < min(Self.openingAtOnce, sessions.count) { openNext() }
        return promise.futureResult
    }

    func failOpening(_ reason: String) {
        opened?.fail(LoadError.notConnected("\(openedCount) of \(sessions.count) of the storm's, then: \(reason)"))
        opened = nil
    }

    private func openNext() {
        guard nextToOpen < sessions.count else { return }
        nextToOpen += 1
        sessions[nextToOpen - 1].connect()
    }

    private func leaveWatches(_ session: CrowdSession) {
        let place = place(session)
        members[place].watchesDue = storm.watches
        guard storm.watches > 0 else { return ready(place) }
        for znode in storm.watched(by: session.index) {
            session.getData(plan.stormZnode(znode), watch: true) { (code, _, _) throws(WireError) in
                guard code == .ok else { return self.failOpening("a watched znode could not be read") }
                self.members[place].watchesDue -= 1
                if self.members[place].watchesDue == 0 { self.ready(place) }
            }
        }
    }

    private func ready(_ place: Int) {
        guard !members[place].isOpen else { return }
        members[place].isOpen = true
        openedCount += 1
        openNext()
        guard openedCount == sessions.count else { return }
        phase = .calm
        opened?.succeed(())
        opened = nil
    }

    // MARK: The storm

    /// From now on losses and returns count.
    func beginStorm() { if phase == .calm { phase = .storm } }

    /// Closes every connection.
    func cut() { for session in sessions { session.drop() } }

    func sessionOpened(_ session: CrowdSession) {
        guard members[place(session)].isOpen else { return leaveWatches(session) }
        if storm.watches > 0 {
            session.restoreWatches(storm.watched(by: session.index).map(plan.stormZnode))
        } else {
            watchesRestored(session)
        }
    }

    func watchesRestored(_ session: CrowdSession) {
        let place = place(session)
        guard phase == .storm, members[place].isLost, members[place].backAt == 0 else { return }
        members[place].backAt = zb_monotonic_nanoseconds()
        counts.back.add(1, ordering: .relaxed)
    }

    func watchesRefused(_ session: CrowdSession, _ error: Int32) {
        guard phase == .storm else { return }
        refusal = refusal ?? "session \(session.index): setting its watches again was refused: \(Refusal.words(error))"
    }

    func sessionLost(_ session: CrowdSession, _ end: Disconnection) {
        let place = place(session)
        lastFailure = end.reason
        if end.isFinal { failOpening(end.reason) }
        guard phase == .storm, members[place].isOpen else { return }
        if !members[place].isLost {
            members[place].isLost = true
            counts.lost.add(1, ordering: .relaxed)
        } else if members[place].backAt > 0 {
            // It was back too early: its server went away, too.
            members[place].backAt = 0
            counts.back.subtract(1, ordering: .relaxed)
        }
    }

    func sessionExpired(_ session: CrowdSession) {
        let place = place(session)
        members[place].isExpired = true
        guard members[place].isOpen else { return failOpening("a session expired before the storm") }
        if phase == .storm { counts.expired.add(1, ordering: .relaxed) }
    }

    // MARK: After the storm

    /// From now on an event is that of a change.
    func beginChanges() { isChanging = true }

    /// Waits until every session has been told of all that was committed before, and ends the storm's counts.
    func settle(timeout: TimeAmount) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        phase = .over
        let there = sessions.filter(\.isConnected)
        guard !there.isEmpty else {
            promise.succeed(())
            return promise.futureResult
        }
        settled = promise
        settling = there.count
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.finishSettling() }
        for session in there {
            session.sync(plan.stormRoot) {
                self.members[self.place(session)].isTold = true
                self.settling -= 1
                if self.settling == 0 { self.finishSettling() }
            }
        }
        return promise.futureResult
    }

    private func finishSettling() {
        settled?.succeed(())
        settled = nil
    }

    func watchFired(_ session: CrowdSession, _ event: WatchEvent) {
        guard event.kind == .dataChanged, event.path.hasPrefix(plan.stormRoot + "/"),
            let znode = Int(event.path.dropFirst(plan.stormRoot.utf8.count + 1)),
            let watch = storm.place(of: znode, in: session.index)
        else { return }
        guard isChanging else {
            eventsTooEarly += 1
            earlyExample =
                earlyExample ?? "session \(session.index) was told too early that \(plan.stormZnode(znode)) had changed"
            return
        }
        fired[place(session) * storm.watches + watch] = true
    }

    /// What the lane has seen, added to the crowd's.
    func add(to report: inout StormReport) {
        report.eventsTooEarly += eventsTooEarly
        report.example = report.example ?? earlyExample
        report.refusal = report.refusal ?? refusal
        for (place, member) in members.enumerated() {
            if member.isLost { report.lost += 1 }
            if member.isExpired { report.expired += 1 }
            if member.backAt > 0 { report.backAfter.append(member.backAt &- report.startedAt) }
            guard !member.isExpired, !member.isLost || member.backAt > 0 else { continue }
            // Who did not answer cannot have lost a watch for certain.
            guard member.isTold else {
                report.untold += 1
                continue
            }
            let watches = fired[place * storm.watches..<(place + 1) * storm.watches]
            report.watchesDue += watches.count
            report.watchesFired += watches.count { $0 }
            guard report.example == nil, let silent = watches.firstIndex(of: false) else { continue }
            let index = sessions[place].index
            let znode = storm.watched(by: index)[silent - watches.startIndex]
            report.example = "session \(index) was not told that \(plan.stormZnode(znode)) had changed"
        }
    }

    // MARK: Closing

    func closeAll() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        ticker?.cancel()
        ticker = nil
        failOpening("the load is over")
        finishSettling()
        phase = .over
        closed = promise
        closedCount = sessions.count
        guard !sessions.isEmpty else {
            finishClosing()
            return promise.futureResult
        }
        for session in sessions { session.close() }
        return promise.futureResult
    }

    func sessionClosed(_ session: CrowdSession) {
        closedCount -= 1
        if closedCount == 0 { finishClosing() }
    }

    private func finishClosing() {
        closed?.succeed(())
        closed = nil
    }
}
