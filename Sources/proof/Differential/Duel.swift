import Randomness
import Wire

/// Clients that ask both sides the same, one after the other, and compare all that comes back.
///
/// Only one client acts at a time and waits for its answers, so everything is decided: also which events come before which
/// answer, as long as all clients talk to one server. Events of the others are read before their next answer.
public final class Duel {
    /// A client on both sides.
    struct Seat {
        var connections: Pair<any Channel>?
        /// The number of its session.
        var session: Int?
        var passwords = Pair<[UInt8]> { _ in [] }
        var xid: Int32 = 0
        var server = 0
        /// Whether a session has ended since its last answer.
        var hasSeenEnds = false
        /// The newest zxid that the session was answered.
        var seen = Pair<Int64> { _ in 0 }
    }

    let settings: DuelSettings
    /// A new connection with a server.
    let dial: (Side, Int) -> (any Channel)?
    var generator: Generator
    var chronicle = Chronicle()
    var roll = SessionRoll()
    var seats: [Seat]
    var result = DuelResult()
    /// Bursts so far, and how many of them each server is known to have applied.
    var bursts = 0
    var applied: [Int]
    /// Paths for which an access list was named that does not let everybody read.
    var restricted: Set<[UInt8]> = []
    /// Sessions with the leaders.
    var leaderChannels = Pair<(any Channel)?> { _ in nil }
    /// The newest zxids that anybody was answered.
    var newest = Pair<Int64> { _ in 0 }
    /// What was done since both sides were equal for certain.
    var history: [Action] = []
    /// Whether differences are of no interest.
    var isQuiet = false
    var current: Action?
    /// Nobody listens any more.
    var isOver = false
    /// Of the newest list of children.
    var lastNames: [[UInt8]] = []
    /// How long an answer may take.
    let patienceMilliseconds: Int32 = 10_000

    /// - Parameter ports: of the servers of each side on this machine, at least as many as the settings say; the leader's last.
    public convenience init(_ settings: DuelSettings, ports: Pair<[Int]>) {
        self.init(settings) { side, server in
            Connection(port: server < 0 ? ports[side].last! : ports[side][server])
        }
    }

    init(_ settings: DuelSettings, dial: @escaping (Side, Int) -> (any Channel)?) {
        self.settings = settings
        self.dial = dial
        generator = Generator(settings)
        seats = Array(repeating: Seat(), count: settings.seats)
        applied = Array(repeating: 0, count: settings.servers)
    }

    public func play() -> DuelResult {
        begin()
        while !isOver, result.operations < settings.operations, result.differences.count < settings.differencesMax {
            let known = result.differences.count
            let total = result.total
            perform(generator.action { seats[$0].connections != nil })
            guard result.total > total else { continue }
            // Whatever else this action led to has the same cause.
            result.differences.removeLast(max(0, result.differences.count - known - 1))
            if result.differences.count > known { explain(known) }
            reset()
            begin()
        }
        finish()
        return result
    }

    /// Plays what `TimeScript` draws from the seed.
    public func playTime() -> DuelResult {
        seats = Array(repeating: Seat(), count: TimeScript.seats)
        for action in TimeScript.actions(settings) where !isOver { perform(action) }
        finish()
        return result
    }

    private func finish() {
        guard !isOver else { return }
        settle()
        for seat in seats.indices { retire(seat) }
        if settings.isEnsemble { waitForLeader() }
        compareTrees()
    }

    /// A new session for every client.
    private func begin() {
        for seat in 0..<settings.seats {
            var opening = generator.opening(seat)
            opening.sees = .nothing
            perform(.open(seat, opening))
        }
    }

    /// Finds the shortest way to a difference.
    private func explain(_ index: Int) {
        guard settings.isShrinking else { return }
        let operations = result.operations
        defer { result.operations = operations }
        guard let actions = shrink(history, result.differences[index].signature) else { return }
        result.differences[index].shortest = actions.map(\.description)
    }

    func perform(_ action: Action) {
        current = action
        history.append(action)
        switch action {
        case .burst(let seat, let calls): burst(seat, calls)
        case .ending(let seat, let call):
            burst(seat, [call])
            listen(seat)
        case .garbage(let seat, let bytes):
            for side in Side.allCases { seats[seat].connections?[side].send(bytes) }
            listen(seat)
        case .drop(let seat): seats[seat].connections = nil
        case .open(let seat, let opening):
            retire(seat)
            connect(seat, opening)
        case .reopen(let seat, let opening): connect(seat, opening)
        case .take(let seat, let other, let opening): take(seat, from: other, opening)
        case .wait(let seat, let events): waitFor(events, seat)
        }
        result.steps += 1
    }

    // MARK: Requests

    func burst(_ seat: Int, _ calls: [Call]) {
        catchUp(seat)
        exchange(seat, calls)
        if settings.isEnsemble, calls.contains(where: \.countsWhenApplied) { waitForLeader() }
        noteChange(seat)
    }

    /// Something may have changed, and this client's server has applied it.
    func noteChange(_ seat: Int) {
        bursts += 1
        applied[seats[seat].server] = bursts
    }

    /// A server may be behind what clients of another one were told; a sync brings it up to date. But not ZooKeeper's
    /// leader: there it is answered as a read, and a follower that has told its client may be ahead.
    func catchUp(_ seat: Int) {
        let server = seats[seat].server
        guard applied[server] < bursts else { return }
        if settings.isLeader(server) { waitForLeader() }
        exchange(seat, [Call(.sync, [.text("/")])])
        applied[server] = bursts
    }

    private func exchange(_ seat: Int, _ calls: [Call]) {
        guard let connections = seats[seat].connections else { return }
        let xids = calls.map { call in
            if let xid = call.xid { return xid }
            seats[seat].xid += 1
            return seats[seat].xid
        }
        if calls.contains(where: { $0.op == OpCode.closeSession.rawValue }) {
            for seat in seats.indices { seats[seat].hasSeenEnds = true }
        }
        for call in calls { restricted.formUnion(call.restrictedPaths) }
        for side in Side.allCases {
            let seen = seats[seat].seen[side]
            let frames = zip(calls, xids).flatMap { $0.frame(xid: $1, side, chronicle, lastSeen: seen) }
            connections[side].send(frames)
        }
        result.operations += calls.count
        let frames = Pair { side in receive(connections[side], side, answers: calls.count) }
        compare(seat, calls, frames)
    }

    /// What comes until so many answers are there, or the connection ends.
    private func receive(_ connection: any Channel, _ side: Side, answers: Int) -> [Received] {
        var received: [Received] = []
        var missing = answers
        while missing > 0 {
            let next = hear(connection, side)
            received.append(next)
            guard case .frame(let frame) = next else { break }
            if !Answer.isEvent(frame) { missing -= 1 }
        }
        return received
    }

    /// What comes next. A write may wait in ZooKeeper until another one is committed (ZOOKEEPER-4537), so there is one, before
    /// its silence counts.
    func hear(_ connection: any Channel, _ side: Side) -> Received {
        guard side == .apache, settings.isEnsemble else {
            return connection.receive(patienceMilliseconds: patienceMilliseconds)
        }
        let next = connection.receive(patienceMilliseconds: patienceMilliseconds / 4)
        guard next == .silence, askLeader(side) != nil else { return next }
        let late = connection.receive(patienceMilliseconds: patienceMilliseconds)
        if late != .silence { result.explained[Explanation.stuck.rawValue, default: 0] += 1 }
        return late
    }

    func compare(_ seat: Int, _ all: [Call], _ received: Pair<[Received]>) {
        let (calls, received) = withoutPings(seat, all, received)
        var frames = Pair(apache: withoutHidden(received), ours: received.ours)
        if seats[seat].hasSeenEnds { frames.ours = inOrder(frames) }
        seats[seat].hasSeenEnds = false
        var index = 0
        for place in 0..<max(frames.apache.count, frames.ours.count) {
            let both = Pair { side in place < frames[side].count ? frames[side][place] : nil }
            guard case .frame(let apache)? = both.apache, case .frame(let ours)? = both.ours else {
                if both.apache == both.ours, both.apache == .end {
                    leave(seat)
                } else {
                    let call = index < calls.count ? calls[index].name : "nothing"
                    report("\(call): \(kind(both.apache)), ours \(kind(both.ours))", text(both.apache), text(both.ours))
                    leave(seat)
                }
                return
            }
            let call = index < calls.count ? calls[index] : nil
            let answers = Pair { side in Answer(side == .apache ? apache : ours, to: call?.op ?? 0) }
            judge(answers, to: call)
            hold(answers, to: call, of: seat)
            if answers.apache.isEvent != answers.ours.isEvent { return leave(seat) }
            if answers.apache.isEvent {
                result.events += 1
            } else {
                if let call { learn(call, answers.apache) }
                index += 1
            }
        }
    }

    /// ZooKeeper's frames without the events that ours does not send, since the client may not read the znode.
    private func withoutHidden(_ received: Pair<[Received]>) -> [Received] {
        guard !restricted.isEmpty, received.apache.count > received.ours.count else { return received.apache }
        // Of ours before each answer, in whatever order: that of a session's end is another.
        var events = received.ours.split(omittingEmptySubsequences: false) { !$0.isEvent }.map(Array.init)
        var answers = 0
        return received.apache.filter { next in
            guard case .frame(let frame) = next, next.isEvent else {
                answers += 1
                return true
            }
            if answers < events.count, let place = events[answers].firstIndex(of: next) {
                events[answers].remove(at: place)
                return true
            }
            guard case .text(let path?)? = Answer(frame, to: 0).value("path"),
                restricted.contains(path.isEmpty ? [UInt8(ascii: "/")] : path)
            else { return true }
            if !isQuiet { result.explained[Explanation.hiddenEvents.rawValue, default: 0] += 1 }
            return false
        }
    }

    /// Our frames with the events between two answers in ZooKeeper's order, if they are the same ones: a session that ends
    /// takes its ephemerals with it in the order of a hash there.
    private func inOrder(_ frames: Pair<[Received]>) -> [Received] {
        var ours = frames.ours
        var start = 0
        while start < min(ours.count, frames.apache.count) {
            var end = start
            while end < min(ours.count, frames.apache.count), ours[end].isEvent, frames.apache[end].isEvent { end += 1 }
            let run = frames.apache[start..<end]
            if ours[start..<end] != run, Set(ours[start..<end]) == Set(run) {
                ours.replaceSubrange(start..<end, with: run)
                if !isQuiet { result.explained[Explanation.endingOrder.rawValue, default: 0] += 1 }
            }
            start = end + 1
        }
        return ours
    }

    private func kind(_ received: Received?) -> String {
        switch received {
        case .frame(let frame)?: Answer.isEvent(frame) ? "event" : "answer"
        case .end?: "closed"
        case .silence?: "silent"
        case nil: "nothing"
        }
    }

    private func text(_ received: Received?) -> String {
        if case .frame(let frame)? = received { hexadecimal(frame) } else { kind(received) }
    }

    /// After a difference that no client could live with, or when both sides have closed the connection.
    func leave(_ seat: Int) { seats[seat].connections = nil }

    /// Finds out whether the servers have closed the connection.
    func listen(_ seat: Int) {
        catchUp(seat)
        guard let connections = seats[seat].connections else { return }
        for side in Side.allCases {
            connections[side].send(Call.ping.frame(xid: ReservedXid.ping, side, chronicle))
        }
        var frames = Pair { side in receive(connections[side], side, answers: 1) }
        let areOver = Pair { side in frames[side].last == .end }
        if areOver.apache != areOver.ours {
            // Who has answered may still be about to close it.
            let slow: Side = areOver.apache ? .ours : .apache
            if connections[slow].receive(patienceMilliseconds: 2000) == .end { frames[slow] = [.end] }
        }
        compare(seat, [.ping], frames)
    }

    /// Reads the events that are still to come.
    func settle() {
        for seat in seats.indices {
            current = nil
            listen(seat)
        }
    }
}
