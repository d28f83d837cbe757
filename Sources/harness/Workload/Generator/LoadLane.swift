import CPlatform
import Client
import Histogram
import NIOCore

/// The sessions of one event loop, and what they measure. Confined to that loop.
final class LoadLane: NIOScheduledCallbackHandler, @unchecked Sendable {
    /// The largest latency that is told from others; longer ones count as this.
    static let latencyMax: UInt64 = 3_600_000_000_000

    let eventLoop: any EventLoop
    let plan: LoadPlan
    let isOpen: Bool
    var sessions: [any LaneSession] = []
    let stretches: AsyncStream<LaneStretch>.Continuation

    // What the sessions read and count on every operation.
    @exclusivity(unchecked) var isSending = false
    /// It is the other load's turn, or the end of one's own.
    @exclusivity(unchecked) private(set) var isResting = false
    @exclusivity(unchecked) var isDraining = false
    @exclusivity(unchecked) var endOfLoad = UInt64.max
    /// When the current stretch of the time series ends.
    @exclusivity(unchecked) private(set) var nextCut = UInt64.max
    @exclusivity(unchecked) private var measureStart = UInt64.max
    @exclusivity(unchecked) private var measureEnd = UInt64.max
    @exclusivity(unchecked) var sent = 0
    @exclusivity(unchecked) private var completed = 0
    @exclusivity(unchecked) var writesCompleted = 0
    @exclusivity(unchecked) private var errors = 0
    /// Of writes; reads have one of their own, so that no operation of either kind is recorded twice.
    @exclusivity(unchecked) private var response = LoadLane.histogram(.three)
    @exclusivity(unchecked) private var readResponse = LoadLane.histogram(.three)
    /// Of what was planned and never sent: of a mix nobody has drawn what it would have been.
    private var unsentResponse = LoadLane.histogram(.three)
    @exclusivity(unchecked) private var service = LoadLane.histogram(.three)
    @exclusivity(unchecked) private var stretch = LoadLane.histogram(.two)
    @exclusivity(unchecked) private var lastAnswer: UInt64 = 0
    @exclusivity(unchecked) private var traces = TraceSampler(every: 0, limit: 0)
    /// All servers, in the order in which traces count them; empty where nothing is traced.
    private(set) var tracedServers: [Endpoint] = []
    @exclusivity(unchecked) private var moments = WriteMoments()
    @exclusivity(unchecked) private var answers = AnswerLog()
    private let keepsAnswers: Bool
    let control: LoadControl?
    private var refusedWrites: [UInt64] = []
    private var silences: [Silence] = []
    private var silenceMax: UInt64 = 0

    /// Failed operations of the measured part by -code; the last place takes what no code fits.
    private var errorCounts = [Int](repeating: 0, count: 257)
    var outages: [Outage] = []
    var lastFailure = "not tried yet"

    // The open loop's alarm clock.
    private let due: UnsafeMutablePointer<UInt64>
    private let dueCount: Int
    private var alarm: NIOScheduledCallback?
    private var alarmTime = UInt64.max

    private var start: UInt64 = 0
    private var turns: TurnSchedule?
    private var processor: (@Sendable () -> UInt64?)?
    private var turnMarks: [TurnMark] = []
    private var lastCut: UInt64 = 0
    private var stretchesEmitted = 0
    private var plannedBefore = 0
    private var cutBefore = Counts()
    private var measured = Measured()
    /// Of operations when the measured part began; nil before.
    @exclusivity(unchecked) private var completedBefore: Int?
    /// Who says where the measured part ends; nil where it ends as planned.
    private var end: MeasuredEnd?
    let tally = MeasuredEnd.Tally()
    private var ticker: RepeatedTask?
    private var ready: EventLoopPromise<Void>?
    private var finished: EventLoopPromise<Void>?
    private var closed: EventLoopPromise<Void>?
    private var awaited = 0
    private(set) var failure: LoadError?

    init(
        eventLoop: any EventLoop,
        plan: LoadPlan,
        sessions: Int,
        control: LoadControl?,
        stretches: AsyncStream<LaneStretch>.Continuation
    ) {
        self.eventLoop = eventLoop
        self.plan = plan
        self.control = control
        self.stretches = stretches
        isOpen = plan.mode != .closed
        keepsAnswers = plan.keepsAnswers
        dueCount = sessions
        due = .allocate(capacity: max(sessions, 1))
        due.initialize(repeating: .max, count: max(sessions, 1))
    }

    deinit { due.deallocate() }

    static func histogram(_ digits: SignificantDigits) -> Histogram<UInt64> {
        Histogram<UInt64>(highestTrackableValue: latencyMax, numberOfSignificantValueDigits: digits)
    }

    // MARK: What sessions report

    /// A write was answered.
    @inline(__always)
    func answered(planned: UInt64, sent: UInt64, now: UInt64) {
        completed &+= 1
        let responseTime = min(now &- planned, Self.latencyMax)
        _ = stretch.record(responseTime)
        if keepsAnswers { keep(planned: planned, now: now) }
        guard planned >= measureStart, planned < measureEnd else { return }
        _ = response.record(responseTime)
        // In a closed loop both are the same and are told apart only at the end.
        if isOpen { _ = service.record(min(now &- sent, Self.latencyMax)) }
    }

    /// The same of a read.
    @inline(__always)
    func read(planned: UInt64, sent: UInt64, now: UInt64) {
        completed &+= 1
        let responseTime = min(now &- planned, Self.latencyMax)
        _ = stretch.record(responseTime)
        if keepsAnswers { keep(planned: planned, now: now) }
        guard planned >= measureStart, planned < measureEnd else { return }
        _ = readResponse.record(responseTime)
        if isOpen { _ = service.record(min(now &- sent, Self.latencyMax)) }
    }

    private func keep(planned: UInt64, now: UInt64) {
        if now >= measureStart { answers.note(plannedAt: planned, answeredAt: now) }
    }

    /// A write with the transaction `zxid` was answered by `server`.
    @inline(__always)
    func wrote(planned: UInt64, sent: UInt64, now: UInt64, zxid: Int64, server: Int) {
        writesCompleted &+= 1
        guard traces.every > 0, planned >= measureStart, planned < measureEnd, traces.isWanted() else { return }
        traces.keep(
            TracedWrite(
                plannedAt: planned,
                sentAt: sent,
                answeredAt: now,
                zxid: UInt64(bitPattern: zxid),
                server: server
            )
        )
    }

    /// Begins to keep some of the writes, as the plan wants.
    ///
    /// - Parameter servers: all of them.
    func trace(lanes: Int, servers: [Endpoint]) {
        traces = TraceSampler(plan: plan, lanes: lanes)
        tracedServers = plan.traceEvery > 0 ? servers : []
    }

    func failed(planned: UInt64, code: Int32) {
        errors += 1
        guard planned >= measureStart, planned < measureEnd else { return }
        errorCounts[(0..<256).contains(-Int(code)) ? -Int(code) : 256] += 1
    }

    /// Answers came at `now`; keeps the time for which nothing came.
    func noteAnswer(_ now: UInt64) {
        let silence = now &- lastAnswer
        if silence > silenceMax { noteSilence(until: now) }
        if silence > Silence.shortest { silences.append(Silence(from: lastAnswer, to: now)) }
        lastAnswer = now
        if let completedBefore { tally.note(completed &- completedBefore) }
    }

    /// Answers to writes came at `now`.
    func noteWrites(_ now: UInt64, zxid: Int64) { noteWrites(now, epoch: UInt32(truncatingIfNeeded: zxid >> 32)) }

    /// - Parameter epoch: as `WriteMoments` has it.
    func noteWrites(_ now: UInt64, epoch: UInt32) {
        moments.note(now, epoch: epoch)
        control?.noteWrites(now, epoch: epoch)
    }

    /// A write was answered with an error.
    func noteRefusedWrite() {
        // Who refuses more than this has another trouble than an election.
        if refusedWrites.count < 1 << 20 { refusedWrites.append(zb_monotonic_nanoseconds()) }
    }

    private func noteSilence(until now: UInt64) {
        let from = max(lastAnswer, measureStart)
        let to = min(now, measureEnd)
        if to > from, to - from > silenceMax { silenceMax = to - from }
    }

    // MARK: Connecting

    /// Connects all sessions; fails if that takes longer than `timeout`.
    func connectAll(timeout: TimeAmount) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        guard !sessions.isEmpty else {
            promise.succeed(())
            return promise.futureResult
        }
        ready = promise
        awaited = sessions.count
        eventLoop.assumeIsolated().scheduleTask(in: timeout) { self.failReady() }
        ticker = eventLoop.scheduleRepeatedTask(initialDelay: .milliseconds(250), delay: .milliseconds(250)) { _ in
            let now = NIODeadline.now()
            for session in self.sessions { session.tick(now) }
        }
        for session in sessions { session.connect() }
        return promise.futureResult
    }

    /// Waits for no more connections.
    func failReady() {
        ready?.fail(LoadError.notConnected(lastFailure))
        ready = nil
    }

    func sessionReady() {
        awaited -= 1
        if awaited == 0 {
            ready?.succeed(())
            ready = nil
        }
    }

    // MARK: The load

    /// Begins the load at `start` on the monotonic clock; the future is fulfilled when it is over and drained.
    ///
    /// - Parameters:
    ///   - schedule: when it may send; nil to send all the time.
    ///   - processor: of the servers, read at the borders of its turns.
    ///   - end: says where the measured part ends, for all lanes; nil to end as planned.
    func begin(
        at start: UInt64,
        schedule turns: TurnSchedule?,
        processor: (@Sendable () -> UInt64?)?,
        end: MeasuredEnd?
    ) -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        finished = promise
        if let failure {
            promise.fail(failure)
            finished = nil
            return promise.futureResult
        }
        self.start = start
        self.turns = turns
        self.processor = processor
        self.end = end
        measureStart = start + UInt64(plan.warmUpSeconds * 1e9)
        measureEnd = measureStart + UInt64(plan.durationSeconds * 1e9)
        endOfLoad = measureEnd
        for session in sessions { session.arrivals = session.plannedArrivals(from: start) }
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
        lastAnswer = start
        cutBefore = counts()
        if plan.warmUpSeconds == 0 { beginMeasuring(planned: 0) }
        if let turns {
            scheduleMark(turns.nextBorder(from: start))
            changeTurns()
        } else {
            for session in sessions { session.pump() }
        }
        scheduleCut()
        if end != nil { scheduleQuestion() }
    }

    private func beginMeasuring(planned: Int) {
        measured.begin(counts(), planned: planned)
        completedBefore = completed
    }

    /// Asks before the measured part ends whether it is to go on.
    private func scheduleQuestion() {
        let planned = measureEnd
        schedule(at: MeasuredEnd.askingTime(start: measureStart, end: planned)) {
            guard let end = self.end, self.isSending, !self.isDraining else { return }
            let decided = end.end(start: self.measureStart, planned: planned)
            guard decided > planned else { return }
            (self.measureEnd, self.endOfLoad) = (decided, decided)
            // Who had nothing more to send until the end has something now.
            if self.isOpen { for session in self.sessions { session.pump() } }
            self.scheduleQuestion()
        }
    }

    private func changeTurns() {
        guard let turns, isSending else { return }
        let now = zb_monotonic_nanoseconds()
        isResting = !turns.isSending(at: now)
        if !isResting { for session in sessions { session.pump() } }
        schedule(at: turns.nextChange(after: now)) { self.changeTurns() }
    }

    private func scheduleMark(_ border: UInt64) {
        guard let turns, border < measureEnd else { return }
        schedule(at: border) {
            guard self.isSending else { return }
            self.mark(border)
            var next = border + 2 * turns.length
            // A loop that was held up longer than a round runs the end of the load before what is scheduled only now.
            let now = zb_monotonic_nanoseconds()
            while next <= now, next < self.measureEnd {
                self.mark(next)
                next += 2 * turns.length
            }
            self.scheduleMark(next)
        }
    }

    private func mark(_ border: UInt64) {
        turnMarks.append(
            TurnMark(
                border: border,
                at: zb_monotonic_nanoseconds(),
                writes: writesCompleted,
                processor: processor?(),
                isIdle: sessions.allSatisfy { $0.inFlight == 0 }
            )
        )
    }

    /// Cuts as often as the plan wants, and where warm-up and measured part end.
    private func scheduleCut() {
        var next = lastCut + 1_000_000_000 / UInt64(plan.cutsPerSecond)
        for border in [measureStart, measureEnd] where lastCut < border { next = min(next, border) }
        nextCut = next
        schedule(at: next) { self.cut(at: next) }
    }

    private func cut(at time: UInt64) {
        guard isSending, !isDraining else { return }
        emitStretch(until: time)
        if time == measureStart { beginMeasuring(planned: plannedBefore) }
        if time >= measureEnd { return endLoad() }
        scheduleCut()
    }

    private func emitStretch(until time: UInt64) {
        guard time > lastCut else { return }
        let now = counts()
        let planned = sessions.reduce(0) { $0 + $1.plannedCount(until: time) }
        stretches.yield(
            LaneStretch(
                ordinal: stretchesEmitted,
                from: lastCut,
                to: time,
                start: start,
                isWarmUp: time <= measureStart,
                isBorder: time == measureStart || time >= measureEnd,
                offered: planned - plannedBefore,
                completed: now.completed - cutBefore.completed,
                errors: now.errors - cutBefore.errors,
                response: stretch,
                sessionsConnected: sessions.count { $0.isConnected }
            )
        )
        for session in sessions { session.sentBeyondCut = 0 }
        stretchesEmitted += 1
        stretch = Self.histogram(.two)
        plannedBefore = planned
        cutBefore = now
        lastCut = time
    }

    private func counts() -> Counts {
        Counts(
            time: zb_monotonic_nanoseconds(),
            completed: completed,
            writes: writesCompleted,
            errors: errors,
            processor: zb_thread_nanoseconds()
        )
    }

    private func endLoad() {
        measured.end(counts(), planned: plannedBefore)
        isDraining = true
        if !isOpen { isSending = false }
        // The silence that the end cuts short counts too.
        if lastAnswer < measureEnd {
            noteSilence(until: measureEnd)
            silences.append(Silence(from: lastAnswer, to: measureEnd))
        }
        schedule(at: zb_monotonic_nanoseconds() + UInt64(plan.drainSeconds * 1e9)) { self.finish() }
        checkDrained()
    }

    /// Ends the load now; what was measured so far stands.
    func interrupt() {
        guard finished != nil, !isDraining else { return }
        let now = zb_monotonic_nanoseconds()
        guard isSending else {
            // Not begun.
            (measureStart, measureEnd, endOfLoad) = (now, now, now)
            isDraining = true
            return finish()
        }
        if now <= measureStart {
            measureStart = now
            beginMeasuring(planned: plannedBefore)
        }
        (measureEnd, endOfLoad) = (now, now)
        emitStretch(until: now)
        endLoad()
    }

    func fail(_ error: LoadError) {
        if failure == nil { failure = error }
        failReady()
        isSending = false
        isDraining = true
        finished?.fail(error)
        finished = nil
    }

    /// Whether everything that was planned before `time` has been sent and answered, or lost.
    func isCaughtUp(with time: UInt64) -> Bool {
        sessions.allSatisfy { ($0.oldestPlanned ?? .max) >= time && ($0.arrivals?.next ?? .max) >= time }
    }

    /// Whether everything that was planned has been sent and answered.
    func checkDrained() {
        for session in sessions {
            if session.inFlight > 0 { return }
            if let next = session.arrivals?.next, next < endOfLoad { return }
        }
        finish()
    }

    private func finish() {
        guard let finished else { return }
        self.finished = nil
        isSending = false
        if turns != nil { mark(.max) }
        let now = zb_monotonic_nanoseconds()
        for session in sessions {
            session.stopListening()
            _ = session.loseInFlight { lost in
                guard let late = late(planned: lost.planned, now: now) else { return }
                _ = lost.isWrite ? response.record(late) : readResponse.record(late)
            }
            while let next = session.arrivals?.next, next < endOfLoad {
                if let late = late(planned: next, now: now) { _ = unsentResponse.record(late) }
                session.arrivals!.advance()
            }
        }
        finished.succeed(())
    }

    /// An operation without an answer took at least until now. Nil for one that was not to be measured.
    private func late(planned: UInt64, now: UInt64) -> UInt64? {
        guard planned >= measureStart, planned < measureEnd else { return nil }
        measured.unfinished += 1
        if keepsAnswers { keep(planned: planned, now: now) }
        return min(now &- planned, Self.latencyMax)
    }

    // MARK: Closing

    func closeAll() -> EventLoopFuture<Void> {
        let promise = eventLoop.makePromise(of: Void.self)
        ticker?.cancel()
        ticker = nil
        alarm?.cancel()
        failReady()
        guard !sessions.isEmpty else {
            promise.succeed(())
            return promise.futureResult
        }
        closed = promise
        awaited = sessions.count
        for session in sessions { session.close() }
        return promise.futureResult
    }

    func sessionClosed() {
        awaited -= 1
        if awaited == 0 {
            closed?.succeed(())
            closed = nil
        }
    }

    /// What this lane measured; after `closeAll`.
    func result() -> LaneResult {
        var all = response
        all.add(readResponse)
        all.add(unsentResponse)
        return LaneResult(
            measured: measured,
            loadStartedAt: start,
            startedAt: measureStart,
            response: all,
            reads: readResponse,
            writes: response,
            service: isOpen ? service : all,
            errorCounts: errorCounts,
            outages: outages,
            silences: silences.map { Silence(from: max($0.from, measureStart), to: min($0.to, measureEnd)) }
                .filter { $0.from < $0.to },
            silenceMax: silenceMax,
            traces: traces,
            moments: moments,
            refusedWrites: refusedWrites,
            turnMarks: turnMarks,
            answers: answers
        )
    }

    // MARK: The open loop's alarm

    /// Session `index` has its next operation planned for `time`, or none (`.max`).
    @inline(__always)
    func setDue(_ index: Int, _ time: UInt64) {
        let place = index / laneStride
        due[place] = time
        if time < alarmTime { arm(time) }
    }

    /// Session indices of a lane are this far apart.
    var laneStride = 1

    private func arm(_ time: UInt64) {
        alarm?.cancel()
        alarmTime = time
        alarm = try? eventLoop.scheduleCallback(at: .uptimeNanoseconds(time), handler: self)
    }

    func handleScheduledCallback(eventLoop: some EventLoop) {
        alarm = nil
        alarmTime = 0
        let now = zb_monotonic_nanoseconds()
        for place in 0..<dueCount where due[place] <= now { sessions[place].pump() }
        var earliest = UInt64.max
        for place in 0..<dueCount { earliest = min(earliest, due[place]) }
        alarmTime = .max
        guard earliest != .max else { return }
        // Wakes are at least this far apart: closer ones would cost more than they are punctual.
        let slack = UInt64(20_000 + 50 * dueCount)
        arm(max(earliest, zb_monotonic_nanoseconds() + slack))
    }
}
