import CPlatform
import CYardstick
import Histogram
import Synchronization

/// A load on a yardstick, and what it measures: all that the plan's sessions have in flight together, on one connection and
/// one thread, on which it is made and used. Times are CLOCK_MONOTONIC nanoseconds, defined as in `LoadLane`.
final class YardstickLane {
    /// Ends a load soon, from any thread; what was measured stands.
    final class Stop: Sendable {
        fileprivate let isSet = Atomic<Bool>(false)
        func set() { isSet.store(true, ordering: .relaxed) }
    }

    /// The longest wait, so that a stop is seen soon.
    private static let longestWait: UInt64 = 50_000_000

    private let stop: Stop
    private let tally: MeasuredEnd.Tally
    private let plan: LoadPlan
    private let connection: YardstickConnection
    private let stretches: AsyncStream<LaneStretch>.Continuation

    // Operations in flight, by their number.
    private let window: UInt64
    private let mask: Int
    private let planned: UnsafeMutablePointer<UInt64>
    private let sentAt: UnsafeMutablePointer<UInt64>
    private var sent: UInt64 = 0
    private var answered: UInt64 = 0
    private var reordered = 0

    // The open loop's.
    private var arrivals: ArrivalStream?
    /// Planned and not sent, from `waitingFirst` on.
    private var waiting: [UInt64] = []
    private var waitingFirst = 0
    private var arrived = 0

    private var start: UInt64 = 0
    private var measureStart: UInt64 = 0
    private var measureEnd: UInt64 = 0
    private var lastCut: UInt64 = 0
    private var nextCut: UInt64 = 0
    private var question = UInt64.max
    private var drainEnd = UInt64.max
    private var isDraining = false

    private var response = LoadLane.histogram(.three)
    private var service = LoadLane.histogram(.three)
    private var stretch = LoadLane.histogram(.two)
    private var measured = Measured()
    private var completedBefore: UInt64?
    private var plannedBefore = 0
    private var cutBefore = Counts()
    private var stretchesEmitted = 0
    private var lastAnswer: UInt64 = 0
    private var silenceMax: UInt64 = 0
    private var moments = WriteMoments()

    /// - Parameter tally: of what is completed in the measured part.
    /// - Throws: `LoadError.notConnected`.
    init(
        plan: LoadPlan,
        port: Int,
        stop: Stop,
        tally: MeasuredEnd.Tally,
        stretches: AsyncStream<LaneStretch>.Continuation
    ) throws(LoadError) {
        self.plan = plan
        self.stop = stop
        self.tally = tally
        self.stretches = stretches
        connection = try YardstickConnection(port: port, shape: YardstickShape(plan).inC)
        window = UInt64(plan.clients * plan.outstanding)
        var capacity = 1
        while capacity < plan.clients * plan.outstanding { capacity *= 2 }
        mask = capacity - 1
        planned = .allocate(capacity: capacity)
        sentAt = .allocate(capacity: capacity)
    }

    deinit {
        planned.deallocate()
        sentAt.deallocate()
    }

    /// What was written, by this client and those before.
    var writes: YardstickWrites {
        YardstickWrites(
            shape: YardstickShape(plan),
            acknowledged: connection.first + answered,
            sent: connection.first + sent,
            reordered: reordered
        )
    }

    private var inFlight: UInt64 { sent - answered }
    private var isOpen: Bool { arrivals != nil }

    /// Plays the load to its end, on the calling thread.
    ///
    /// - Throws: `LoadError.connectionLost`.
    func run(end: MeasuredEnd?) throws(LoadError) -> LaneResult {
        begin(hasQuestion: end != nil)
        while true {
            let now = zb_monotonic_nanoseconds()
            if !isDraining, stop.isSet.load(ordering: .relaxed) { cutShort(at: now) }
            if let end, now >= question { ask(end) }
            while !isDraining, now >= nextCut { cut(at: nextCut) }
            if isDraining, (inFlight == 0 && waitingFirst == waiting.count) || now >= drainEnd { break }
            put(now)
            guard connection.flush() else { throw lost }
            connection.wait(nanoseconds: pause(now))
            try receive()
        }
        return result()
    }

    private var lost: LoadError { .connectionLost(session: 0, reason: "the yardstick's leader closed it") }

    private func begin(hasQuestion: Bool) {
        start = zb_monotonic_nanoseconds()
        measureStart = start + UInt64(plan.warmUpSeconds * 1e9)
        measureEnd = measureStart + UInt64(plan.durationSeconds * 1e9)
        // One stream of all sessions' operations.
        var whole = plan
        whole.clients = 1
        arrivals = whole.arrivals(session: 0, start: start)
        (lastCut, lastAnswer) = (start, start)
        cutBefore = counts()
        if plan.warmUpSeconds == 0 { beginMeasuring() }
        scheduleCut()
        if hasQuestion { question = MeasuredEnd.askingTime(start: measureStart, end: measureEnd) }
    }

    // MARK: Sending and receiving

    /// Puts as many records into the connection as the window and the plan allow.
    private func put(_ now: UInt64) {
        guard isOpen else {
            guard !isDraining else { return }
            while inFlight < window, connection.hasRoom { put(planned: now, now) }
            return
        }
        arrive(until: now + 1)
        while waitingFirst < waiting.count, inFlight < window, connection.hasRoom {
            put(planned: waiting[waitingFirst], now)
            waitingFirst += 1
        }
        if waitingFirst == waiting.count {
            waiting.removeAll(keepingCapacity: true)
            waitingFirst = 0
        }
    }

    @inline(__always)
    private func put(planned time: UInt64, _ now: UInt64) {
        let place = Int(truncatingIfNeeded: sent) & mask
        planned[place] = time
        sentAt[place] = now
        sent += 1
        connection.put(connection.first + sent)
    }

    /// Takes over what is planned before `time`.
    private func arrive(until time: UInt64) {
        let limit = min(time, measureEnd)
        while let next = arrivals?.next, next < limit {
            waiting.append(next)
            arrived += 1
            arrivals?.advance()
        }
    }

    private func pause(_ now: UInt64) -> UInt64 {
        var next = min(isDraining ? drainEnd : nextCut, question)
        if let arrival = arrivals?.next, arrival < measureEnd, inFlight < window { next = min(next, arrival) }
        return next > now ? min(next - now, Self.longestWait) : 0
    }

    private func receive() throws(LoadError) {
        let before = answered
        let now = zb_monotonic_nanoseconds()
        let isThere = connection.receive { sequence in
            // An answer to nothing has no time.
            guard inFlight > 0 else { return reordered += 1 }
            let place = Int(truncatingIfNeeded: answered) & mask
            answered += 1
            if sequence != connection.first + answered { reordered += 1 }
            note(planned: planned[place], sent: sentAt[place], now: now)
        }
        guard isThere else { throw lost }
        guard answered > before else { return }
        noteSilence(until: now)
        lastAnswer = now
        moments.note(now, zxid: 0)
        if let completedBefore { tally.note(Int(answered - completedBefore)) }
    }

    @inline(__always)
    private func note(planned: UInt64, sent: UInt64, now: UInt64) {
        // What was sent after `now` was read has been answered in no time.
        let responseTime = now > planned ? min(now - planned, LoadLane.latencyMax) : 0
        _ = stretch.record(responseTime)
        guard planned >= measureStart, planned < measureEnd else { return }
        _ = response.record(responseTime)
        if isOpen { _ = service.record(now > sent ? min(now - sent, LoadLane.latencyMax) : 0) }
    }

    private func noteSilence(until now: UInt64) {
        let from = max(lastAnswer, measureStart)
        let to = min(now, measureEnd)
        if to > from { silenceMax = max(silenceMax, to - from) }
    }

    // MARK: The measured part

    private func beginMeasuring() {
        measured.begin(counts(), planned: plannedBefore)
        completedBefore = answered
    }

    private func ask(_ end: MeasuredEnd) {
        let decided = end.end(start: measureStart, planned: measureEnd)
        guard decided > measureEnd else { return question = .max }
        measureEnd = decided
        question = MeasuredEnd.askingTime(start: measureStart, end: decided)
        scheduleCut()
    }

    private func scheduleCut() {
        nextCut = lastCut + 1_000_000_000 / UInt64(plan.cutsPerSecond)
        for border in [measureStart, measureEnd] where lastCut < border { nextCut = min(nextCut, border) }
    }

    private func cut(at time: UInt64) {
        emitStretch(until: time)
        if time == measureStart { beginMeasuring() }
        if time >= measureEnd { endLoad() } else { scheduleCut() }
    }

    private func emitStretch(until time: UInt64) {
        guard time > lastCut else { return }
        arrive(until: time)
        let now = counts()
        let plannedNow = isOpen ? arrived : Int(sent)
        stretches.yield(
            LaneStretch(
                ordinal: stretchesEmitted,
                from: lastCut,
                to: time,
                start: start,
                isWarmUp: time <= measureStart,
                isBorder: time == measureStart || time >= measureEnd,
                offered: plannedNow - plannedBefore,
                completed: now.completed - cutBefore.completed,
                errors: 0,
                response: stretch,
                sessionsConnected: 1
            )
        )
        stretchesEmitted += 1
        stretch = LoadLane.histogram(.two)
        (plannedBefore, cutBefore, lastCut) = (plannedNow, now, time)
    }

    private func counts() -> Counts {
        Counts(
            time: zb_monotonic_nanoseconds(),
            completed: Int(answered),
            writes: Int(answered),
            errors: 0,
            processor: zb_thread_nanoseconds()
        )
    }

    private func endLoad() {
        measured.end(counts(), planned: plannedBefore)
        noteSilence(until: measureEnd)
        isDraining = true
        question = .max
        drainEnd = zb_monotonic_nanoseconds() + UInt64(plan.drainSeconds * 1e9)
    }

    private func cutShort(at now: UInt64) {
        if now <= measureStart {
            measureStart = now
            beginMeasuring()
        }
        measureEnd = now
        emitStretch(until: now)
        endLoad()
    }

    private func result() -> LaneResult {
        let now = zb_monotonic_nanoseconds()
        // What has no answer took at least until now.
        let unanswered =
            (answered..<sent).map { planned[Int(truncatingIfNeeded: $0) & mask] } + waiting[waitingFirst...]
        for time in unanswered where time >= measureStart && time < measureEnd {
            measured.unfinished += 1
            _ = response.record(min(now - time, LoadLane.latencyMax))
        }
        return LaneResult(
            measured: measured,
            loadStartedAt: start,
            startedAt: measureStart,
            response: response,
            reads: LoadLane.histogram(.three),
            writes: response,
            service: isOpen ? service : response,
            errorCounts: [Int](repeating: 0, count: 257),
            outages: [],
            silences: [],
            silenceMax: silenceMax,
            traces: TraceSampler(every: 0, limit: 0),
            moments: moments,
            refusedWrites: []
        )
    }
}
