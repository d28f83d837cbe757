import CPlatform
import Client
import Histogram
import NIOCore
import Wire

/// Who plays one part of a recipe, over one session. Called on the lane's loop.
protocol RecipePlayer: AnyObject {
    /// The load begins, and every session is there.
    func begin()
    func watchFired(_ event: WatchEvent)
}

/// All sessions of a recipe on one loop, and what is measured of them: one operation is one whole recipe. Confined to the
/// loop.
final class RecipeLane: CrowdOwner {
    private let eventLoop: any EventLoop
    let plan: LoadPlan
    let counters = RecipeCounters()
    private let stretches: AsyncStream<LaneStretch>.Continuation
    private(set) var sessions: [CrowdSession] = []
    private var players: [any RecipePlayer] = []
    /// Whether nothing is under way that is no part of a recipe's time.
    var isQuiet: () -> Bool = { true }

    private var ready: EventLoopPromise<Void>?
    private var nextToOpen = 0
    private var opened: Set<Int> = []
    private var finished: EventLoopPromise<Void>?
    private var closed: EventLoopPromise<Void>?
    private var closedCount = 0
    private var ticker: RepeatedTask?
    private var lastFailure = "not tried yet"
    private var failure: LoadError?
    /// What players saw that contradicts the recipe's promise.
    private(set) var violations: [String] = []
    /// More of them say nothing new.
    private static let violationsKept = 20

    private(set) var isSending = false
    private(set) var isDraining = false
    /// Beginnings of recipes that have not ended.
    private var underWay: [Int: UInt64] = [:]
    private var nextTicket = 0
    private var start: UInt64 = 0
    private var measureStart = UInt64.max
    private var measureEnd = UInt64.max
    private var end: MeasuredEnd?
    private let tally: MeasuredEnd.Tally
    private var lastCut: UInt64 = 0
    private var stretchesEmitted = 0
    private var beganBefore = 0
    private var cutBefore = Counts()
    private var completedBefore: Int?
    private var measured = Measured()

    private static let openingAtOnce = 128

    /// - Parameter tally: told of what was completed in the measured part.
    init(
        eventLoop: any EventLoop,
        plan: LoadPlan,
        stretches: AsyncStream<LaneStretch>.Continuation,
        tally: MeasuredEnd.Tally
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.stretches = stretches
        self.tally = tally
    }

    /// - Parameter endpoints: of a session, by its index.
    func add(_ count: Int, endpoints: (Int) -> [Endpoint], player: (CrowdSession) -> any RecipePlayer) {
        for index in 0..<count {
            let session = CrowdSession(
                index: index,
                endpoints: endpoints(index),
                plan: plan,
                eventLoop: eventLoop,
                owner: self
            )
            sessions.append(session)
            players.append(player(session))
        }
    }

    // MARK: Connecting

    func connectAll(timeout: TimeAmount) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        ready = promise
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.failReady() }
        let period = TimeAmount.milliseconds(max(10, Int64(plan.sessionTimeoutMilliseconds) / 12))
        let lane = NIOLoopBound(self, eventLoop: eventLoop)
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: period, delay: period) { _ in
            let now = NIODeadline.now()
            for session in lane.value.sessions { session.tick(now) }
        }
        while nextToOpen < min(Self.openingAtOnce, sessions.count) { openNext() }
        return promise.futureResult
    }

    func failReady() {
        ready?.fail(LoadError.notConnected(lastFailure))
        ready = nil
    }

    private func openNext() {
        guard nextToOpen < sessions.count else { return }
        nextToOpen += 1
        sessions[nextToOpen - 1].connect()
    }

    func sessionOpened(_ session: CrowdSession) {
        guard opened.insert(session.index).inserted else { return }
        openNext()
        guard opened.count == sessions.count else { return }
        ready?.succeed(())
        ready = nil
    }

    func sessionExpired(_ session: CrowdSession) {
        fail(.connectionLost(session: session.index, reason: "the session has expired"))
    }

    func sessionLost(_ session: CrowdSession, _ end: Disconnection) {
        lastFailure = end.reason
        if ready == nil || end.isFinal { fail(.connectionLost(session: session.index, reason: end.reason)) }
    }

    // None is ever set again: who loses a connection ends the load.
    func watchesRestored(_ session: CrowdSession) {}
    func watchesRefused(_ session: CrowdSession, _ error: Int32) {}

    func watchFired(_ session: CrowdSession, _ event: WatchEvent) {
        counters.answered(zb_monotonic_nanoseconds())
        player(session.index)?.watchFired(event)
    }

    // MARK: What players report

    /// Whether another recipe is to begin.
    var mayBegin: Bool { isSending && !isDraining && failure == nil }

    /// Whether anything is still to be done for the recipes that have begun.
    var isPlaying: Bool { isSending && !(isDraining && underWay.isEmpty) }

    /// Nil for one that is not there any more.
    func player(_ index: Int) -> (any RecipePlayer)? { players.indices.contains(index) ? players[index] : nil }

    /// A recipe begins now.
    ///
    /// - Returns: its ticket, for its end.
    func began() -> Int {
        nextTicket += 1
        underWay[nextTicket] = zb_monotonic_nanoseconds()
        return nextTicket
    }

    /// The recipe with the ticket is done.
    func ended(_ ticket: Int) {
        // One that ends when the load is over was counted as unfinished.
        guard let began = underWay.removeValue(forKey: ticket), isSending else { return }
        let now = zb_monotonic_nanoseconds()
        counters.completed(
            in: min(now &- began, LoadLane.latencyMax),
            isMeasured: began >= measureStart && began < measureEnd
        )
        if let completedBefore { tally.note(counters.completed - completedBefore) }
        checkDrained()
    }

    /// A server refused what a recipe cannot do without.
    func refused(_ session: CrowdSession, _ what: String, _ code: ErrorCode?) {
        let words = code.map { "\($0), \($0.rawValue)" } ?? "unknown error"
        fail(.preparation("session \(session.index): \(what) was refused: \(words)"))
    }

    /// An answer contradicts the recipe's promise: the load ends in order, and the proof has the line.
    func violate(_ line: String) {
        if violations.count < Self.violationsKept, !violations.contains(line) { violations.append(line) }
        interrupt()
    }

    /// A znode is below the recipe's, which was empty when the load began, and no player has put it there.
    func foundStranger(_ name: String) {
        let path = "\(plan.recipePath)/\(name)"
        violate("\(path) was put there by no session of this run, but by the servers or another client")
    }

    func fail(_ error: LoadError) {
        guard failure == nil, closed == nil else { return }
        failure = error
        ready?.fail(error)
        ready = nil
        isSending = false
        isDraining = true
        finished?.fail(error)
        finished = nil
    }

    // MARK: The load

    /// Begins the load at `start` on the monotonic clock; the future is fulfilled when it is over and drained.
    func begin(at start: UInt64, end: MeasuredEnd?) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        if let failure {
            promise.fail(failure)
            return promise.futureResult
        }
        finished = promise
        self.start = start
        self.end = end
        measureStart = start + UInt64(plan.warmUpSeconds * 1e9)
        measureEnd = measureStart + UInt64(plan.durationSeconds * 1e9)
        schedule(at: start) { self.openTheGates() }
        return promise.futureResult
    }

    private func schedule(at time: UInt64, _ body: @escaping () -> Void) {
        eventLoop.assumeIsolated().scheduleTask(deadline: .uptimeNanoseconds(time), body)
    }

    private func openTheGates() {
        guard finished != nil, !isDraining else { return }
        isSending = true
        lastCut = start
        counters.open(start)
        cutBefore = counts()
        if plan.warmUpSeconds == 0 { beginMeasuring() }
        for player in players { player.begin() }
        scheduleCut()
        if end != nil { scheduleQuestion() }
    }

    private func beginMeasuring() {
        measured.begin(counts(), planned: nextTicket)
        counters.beginMeasuring()
        completedBefore = counters.completed
    }

    private func scheduleQuestion() {
        let planned = measureEnd
        schedule(at: MeasuredEnd.askingTime(start: measureStart, end: planned)) {
            guard let end = self.end, self.isSending, !self.isDraining else { return }
            let decided = end.end(start: self.measureStart, planned: planned)
            guard decided > planned else { return }
            self.measureEnd = decided
            self.scheduleQuestion()
        }
    }

    private func scheduleCut() {
        var next = lastCut + 1_000_000_000
        for border in [measureStart, measureEnd] where lastCut < border { next = min(next, border) }
        schedule(at: next) { self.cut(at: next) }
    }

    private func cut(at time: UInt64) {
        guard isSending, !isDraining else { return }
        emitStretch(until: time)
        if time == measureStart { beginMeasuring() }
        if time >= measureEnd { return endLoad() }
        scheduleCut()
    }

    private func emitStretch(until time: UInt64) {
        guard time > lastCut else { return }
        let now = counts()
        stretches.yield(
            LaneStretch(
                ordinal: stretchesEmitted,
                from: lastCut,
                to: time,
                start: start,
                isWarmUp: time <= measureStart,
                isBorder: time == measureStart || time >= measureEnd,
                offered: nextTicket - beganBefore,
                completed: now.completed - cutBefore.completed,
                errors: 0,
                response: counters.takeStretch(),
                sessionsConnected: sessions.count { $0.isConnected }
            )
        )
        stretchesEmitted += 1
        beganBefore = nextTicket
        cutBefore = now
        lastCut = time
    }

    private func counts() -> Counts {
        Counts(
            time: zb_monotonic_nanoseconds(),
            completed: counters.completed,
            writes: counters.writes,
            errors: 0,
            processor: zb_thread_nanoseconds()
        )
    }

    private func endLoad() {
        measured.end(counts(), planned: nextTicket)
        counters.endMeasuring(measureEnd)
        isDraining = true
        schedule(at: zb_monotonic_nanoseconds() + UInt64(plan.drainSeconds * 1e9)) { self.finish() }
        checkDrained()
    }

    /// Ends the load now; what was measured so far stands.
    func interrupt() {
        guard finished != nil, !isDraining else { return }
        let now = zb_monotonic_nanoseconds()
        guard isSending else {
            (measureStart, measureEnd) = (now, now)
            isDraining = true
            return finish()
        }
        if now <= measureStart {
            measureStart = now
            beginMeasuring()
        }
        measureEnd = now
        emitStretch(until: now)
        endLoad()
    }

    /// Whether everything that has begun is done.
    var isDrained: Bool { underWay.isEmpty && isQuiet() }

    /// Asks who may not have heard of everything.
    ///
    /// - Returns: whether anybody was asked.
    func beginSettling() -> Bool {
        guard !isDrained else { return false }
        let subscribers = players.compactMap { $0 as? ConfigSubscriber }
        for subscriber in subscribers { subscriber.settle() }
        return !subscribers.isEmpty
    }

    /// Whether all of them have answered.
    var isSettled: Bool { players.allSatisfy { ($0 as? ConfigSubscriber)?.isTold ?? true } }

    /// Ends the load where everything that has begun is done.
    func checkDrained() { if isDraining, isDrained { finish() } }

    private func finish() {
        guard let finished else { return }
        self.finished = nil
        isSending = false
        let now = zb_monotonic_nanoseconds()
        for began in underWay.values where began >= measureStart && began < measureEnd {
            measured.unfinished += 1
            counters.unfinished(min(now &- began, LoadLane.latencyMax))
        }
        finished.succeed(())
    }

    // MARK: Closing

    func closeAll() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        ticker?.cancel()
        ticker = nil
        failReady()
        isSending = false
        closed = promise
        closedCount = sessions.count
        for session in sessions { session.close() }
        return promise.futureResult
    }

    func sessionClosed(_ session: CrowdSession) {
        closedCount -= 1
        guard closedCount == 0 else { return }
        // They know the lane, too.
        players = []
        closed?.succeed(())
        closed = nil
    }

    /// What was measured, and how many recipes were under way at the end; after `closeAll`.
    func result() -> (lane: LaneResult, unfinished: Int) {
        let lane = LaneResult(
            measured: measured,
            loadStartedAt: start,
            startedAt: measureStart,
            response: counters.response,
            reads: LoadLane.histogram(.three),
            writes: counters.response,
            service: counters.response,
            errorCounts: [Int](repeating: 0, count: 257),
            outages: [],
            silences: [],
            silenceMax: counters.longestSilence,
            traces: TraceSampler(every: 0, limit: 0),
            moments: WriteMoments(),
            refusedWrites: []
        )
        return (lane, underWay.count)
    }
}
