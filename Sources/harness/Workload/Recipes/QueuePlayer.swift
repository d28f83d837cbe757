import Client
import Wire

/// What the players of a queue know together: what was offered, and what was taken.
final class QueueDesk {
    private(set) var offers: [Offer] = []
    private(set) var takes: [Take] = []
    /// Claims and offers that were sent and not answered.
    var unanswered = (offers: 0, claims: 0)

    func offered(_ offer: Offer) { offers.append(offer) }
    func took(_ take: Take) { takes.append(take) }
}

/// A producer and a consumer on one session: offers an item, and the next one when somebody has taken it; takes whatever
/// is in the queue, the oldest first.
final class QueuePlayer: RecipePlayer {
    private static let prefix = "item-"

    private let session: CrowdSession
    private let lane: RecipeLane
    private let desk: QueueDesk
    private let filler: [UInt8]
    private var ticket = 0
    private var item: UInt64 = 0
    /// The create of the item at hand was answered, and its item taken, in whichever order that was heard of.
    private var isOffered = true
    private var isTaken = true
    /// The queue was empty: the watch says when it is not.
    private var isWaiting = false

    init(session: CrowdSession, lane: RecipeLane, desk: QueueDesk) {
        self.session = session
        self.lane = lane
        self.desk = desk
        filler = Payload.filler(size: lane.plan.payloadBytes, seed: lane.plan.seed)
    }

    func begin() {
        offer()
        look()
    }

    // MARK: The producer

    private func offer() {
        guard lane.mayBegin, isOffered, isTaken else { return }
        ticket = lane.began()
        item += 1
        (isOffered, isTaken) = (false, false)
        let number = item
        var data = filler
        data.withUnsafeMutableBytes { bytes in
            Payload.store(
                session: UInt32(truncatingIfNeeded: session.index),
                key: Payload.createdKey,
                sequence: number,
                write: 0,
                at: bytes.baseAddress!
            )
        }
        desk.unanswered.offers += 1
        let path = "\(lane.plan.recipePath)/\(Self.prefix)"
        session.create(path, data: data, mode: .persistentSequential) { (code, path, _) throws(WireError) in
            self.desk.unanswered.offers -= 1
            guard code == .ok else { return self.lane.refused(self.session, "its item", code) }
            guard let name = SequentialName(path: path) else { throw WireError("a sequential znode without a number") }
            self.lane.counters.wrote()
            self.desk.offered(Offer(producer: self.session.index, item: number, number: name.number))
            self.isOffered = true
            self.offer()
            self.lane.checkDrained()
        }
    }

    /// A consumer has the item.
    func wasTaken(_ taken: UInt64) {
        guard taken == item, !isTaken else { return }
        isTaken = true
        lane.ended(ticket)
        offer()
    }

    // MARK: The consumer

    func watchFired(_ event: WatchEvent) {
        guard isWaiting, event.kind == .childrenChanged else { return }
        isWaiting = false
        look()
    }

    private func look() {
        guard lane.isPlaying else { return }
        session.getChildren(lane.plan.recipePath, prefix: Self.prefix, watch: true) {
            (code, names, stranger) throws(WireError) in
            guard code == .ok else { return self.lane.refused(self.session, "the list of the queue", code) }
            self.lane.counters.read()
            if let stranger { return self.lane.foundStranger(stranger) }
            guard !names.isEmpty else {
                self.isWaiting = true
                return
            }
            self.claim(names.sorted(by: >))
        }
    }

    /// Takes the first that nobody else has taken.
    ///
    /// - Parameter names: the last one first.
    private func claim(_ names: [SequentialName]) {
        var rest = names
        guard let next = rest.popLast(), lane.isPlaying else { return look() }
        let path = next.text(after: "\(lane.plan.recipePath)/\(Self.prefix)")
        session.getData(path, watch: false) { (code, data, _) throws(WireError) in
            self.lane.counters.read()
            switch code {
            case .ok:
                guard let header = data.flatMap(Payload.Header.init), header.key == Payload.createdKey,
                    self.lane.player(Int(header.session)) is QueuePlayer
                else { return self.lane.foundStranger(next.text(after: Self.prefix)) }
                self.delete(path, number: next.number, header, rest)
            case .noNode: self.claim(rest)
            default: self.lane.refused(self.session, "an item", code)
            }
        }
    }

    private func delete(_ path: String, number: Int, _ header: Payload.Header, _ rest: [SequentialName]) {
        desk.unanswered.claims += 1
        session.delete(path) { (code, zxid) throws(WireError) in
            self.desk.unanswered.claims -= 1
            switch code {
            case .ok:
                self.lane.counters.wrote()
                self.desk.took(
                    Take(producer: Int(header.session), item: header.sequence, number: number, zxid: zxid)
                )
                (self.lane.player(Int(header.session)) as? QueuePlayer)?.wasTaken(header.sequence)
                self.look()
            case .noNode:
                self.lane.counters.cameTooLate()
                self.claim(rest)
            default: self.lane.refused(self.session, "taking an item", code)
            }
            self.lane.checkDrained()
        }
    }
}
