import CPlatform
import Client
import Wire

/// A queue of sessions, of which the first one holds: ephemeral sequential znodes, each of which watches the one before it,
/// so that a release wakes one session alone.
final class Turnstile {
    private static let prefix = "turn-"

    let session: CrowdSession
    private let lane: RecipeLane
    private var own = SequentialName(number: 0)
    private var ownPath = ""
    /// The predecessor's path while its end is awaited.
    private var awaited: String?
    private var entered: (() -> Void)?

    init(session: CrowdSession, lane: RecipeLane) {
        self.session = session
        self.lane = lane
    }

    /// Stands in the queue.
    ///
    /// - Parameters:
    ///   - queued: gets the zxid of the own znode, the fencing token.
    ///   - entered: called once the session is the first one.
    func enter(queued: @escaping (Int64) -> Void, entered: @escaping () -> Void) {
        self.entered = entered
        let prefix = "\(lane.plan.recipePath)/\(Self.prefix)"
        session.create(prefix, data: [], mode: .ephemeralSequential) { (code, path, zxid) throws(WireError) in
            guard code == .ok else { return self.lane.refused(self.session, "its znode in the queue", code) }
            guard let name = SequentialName(path: path) else { throw WireError("a sequential znode without a number") }
            self.lane.counters.wrote()
            (self.own, self.ownPath) = (name, path)
            queued(zxid)
            self.look()
        }
    }

    /// Gives the place up; `left` is called once that is done.
    func leave(_ left: @escaping () -> Void) {
        session.delete(ownPath) { (code, _) throws(WireError) in
            if code == .noNode { return self.lane.violate(self.lost) }
            guard code == .ok else { return self.lane.refused(self.session, "giving up its znode", code) }
            self.lane.counters.wrote()
            left()
        }
    }

    private var lost: String { "\(ownPath) is gone, and session \(session.index), whose ephemeral znode it is, is not" }

    func watchFired(_ event: WatchEvent) {
        guard event.path == awaited else { return }
        awaited = nil
        look()
    }

    private func look() {
        session.getChildren(lane.plan.recipePath, prefix: Self.prefix, watch: false) {
            (code, names, stranger) throws(WireError) in
            guard code == .ok else { return self.lane.refused(self.session, "the list of the queue", code) }
            self.lane.counters.read()
            if let stranger { return self.lane.foundStranger(stranger) }
            var before: SequentialName?
            var isThere = false
            for name in names {
                if name < self.own, before.map({ $0 < name }) ?? true { before = name }
                isThere = isThere || name == self.own
            }
            guard isThere else { return self.lane.violate(self.lost) }
            guard let before else {
                self.entered?()
                self.entered = nil
                return
            }
            self.wait(for: before.text(after: "\(self.lane.plan.recipePath)/\(Self.prefix)"))
        }
    }

    private func wait(for path: String) {
        awaited = path
        // getData and not exists: of a znode that is gone it leaves no watch behind.
        session.getData(path, watch: true) { (code, _, _) throws(WireError) in
            self.lane.counters.read()
            switch code {
            case .ok: return
            case .noNode:
                self.awaited = nil
                self.look()
            default: self.lane.refused(self.session, "its predecessor", code)
            }
        }
    }
}

/// Takes a lock, or campaigns, again and again: what it holds is written down for the proof.
final class Contender: RecipePlayer {
    private let turnstile: Turnstile
    private let lane: RecipeLane
    /// Writes of one hold: a lock's counter goes up once, a leader takes its znode and gives it back.
    private let fences: Int
    private let data: [UInt8]
    private var hold: Hold
    private var ticket = 0
    private(set) var holds: [Hold] = []
    private var session: CrowdSession { turnstile.session }

    init(session: CrowdSession, lane: RecipeLane, fences: Int) {
        turnstile = Turnstile(session: session, lane: lane)
        self.lane = lane
        self.fences = fences
        data = Payload.filler(size: lane.plan.payloadBytes, seed: lane.plan.seed &+ UInt64(session.index))
        hold = Hold(session: session.index, token: 0)
    }

    func begin() {
        guard lane.mayBegin else { return }
        ticket = lane.began()
        hold = Hold(session: session.index, token: 0)
        turnstile.enter {
            self.hold.token = $0
        } entered: {
            self.enter()
        }
    }

    func watchFired(_ event: WatchEvent) { turnstile.watchFired(event) }

    private func enter() {
        hold.from = zb_monotonic_nanoseconds()
        session.getData(lane.plan.sharedPath, watch: false) { (code, _, stat) throws(WireError) in
            guard code == .ok else { return self.lane.refused(self.session, "the shared znode", code) }
            self.lane.counters.read()
            self.write(expected: stat.version, left: self.fences)
        }
    }

    /// - Parameters:
    ///   - expected: the version that nobody else can have changed meanwhile.
    ///   - left: writes of this hold that are still to be made.
    private func write(expected: Int32, left: Int) {
        guard left > 0 else { return leave() }
        session.setData(lane.plan.sharedPath, data: data, version: expected) { (code, stat) throws(WireError) in
            switch code {
            case .ok:
                self.lane.counters.wrote()
                if left == self.fences { (self.hold.firstVersion, self.hold.firstZxid) = (stat.version, stat.mzxid) }
                (self.hold.lastVersion, self.hold.lastZxid) = (stat.version, stat.mzxid)
                self.write(expected: stat.version, left: left - 1)
            case .badVersion:
                self.lane.counters.cameTooLate()
                self.hold.conflict = true
                self.leave()
            default: self.lane.refused(self.session, "the fenced write", code)
            }
        }
    }

    private func leave() {
        hold.to = zb_monotonic_nanoseconds()
        holds.append(hold)
        turnstile.leave {
            self.lane.ended(self.ticket)
            self.begin()
        }
    }
}
