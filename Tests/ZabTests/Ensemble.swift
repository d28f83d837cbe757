import DequeModule
import Zab

/// Servers, disks and a network in memory. Nothing happens by itself: the script or the random schedule says what is
/// delivered, synced, lost or killed next. Every effect is checked against the protocol's promises; `violations`
/// collects what was broken.
final class Ensemble {
    /// What travels from one server to another on one channel, in order.
    enum Item {
        case notification(Notification)
        case electionUp
        case electionDown
        case linkUp(Int)
        case linkDown(Int)
        case message(Int, Message)
        case proposals(Int, [Record], committed: Zxid)
        case snapshot(Int, Zxid, [Record])
    }

    enum Kind: Int, CaseIterable { case election, quorum }
    typealias Channel = Deque<Item>

    struct Node {
        var configuration: Configuration
        var peer: Peer?
        var disk = Disk()
        var applied: [Record] = []
        /// By server: the quorum link that is open, as far as this side knows.
        var links: [Int?]
        var electionLinks: [Bool]
        var dialing: Int?
        var receiving: (from: Int, zxid: Zxid, state: [Record])?
        var incarnation = 0
    }

    struct Link {
        let dialer: Int
        let acceptor: Int
        var closed = false
    }

    let ids: [ServerID]
    /// The places of a group's voters in `nodes`, and what each weighs. One group of all where a majority decides.
    let groups: [[(node: Int, weight: Int)]]
    var nodes: [Node]
    var channels: [[[Channel]]]
    var cuts: [[Bool]]
    var links: [Link] = []
    var now: Nanoseconds = 1_000_000_000
    var nextMark = 1
    var effects: [Effect] = []

    /// Everything that was ever committed anywhere, in order.
    var ledger: [Record] = []
    /// The epoch of the leader that committed each.
    var ledgerEpochs: [Epoch] = []
    /// Who led each established epoch: server and incarnation.
    var reigns: [Epoch: [Int]] = [:]
    var violations: [String] = []
    /// Servers that stopped themselves; in a schedule of mere crashes and cuts that is a broken promise too.
    var fatalStops: [String] = []
    /// False where a script plays the other servers itself: nobody but the one holds anything durably.
    var checksQuorum = true
    /// Takes one line per input and effect.
    var trace: ((String) -> Void)?

    init(
        voters: [Int],
        observers: [Int] = [],
        groups: [VoterGroup] = [],
        tickMs: UInt64 = 100,
        initLimit: UInt32 = 10,
        syncLimit: UInt32 = 5
    ) {
        let voterIDs = voters.map { ServerID($0) }
        let observerIDs = observers.map { ServerID($0) }
        let all = (voterIDs + observerIDs).sorted()
        ids = all
        let voterGroups = groups.isEmpty ? [VoterGroup(voterIDs.map { VoterGroup.Member($0) })] : groups
        self.groups = voterGroups.map { group in
            group.members.map { member in (all.firstIndex(of: member.id)!, member.weight) }
        }
        nodes = all.map { id in
            Node(
                configuration: Configuration(
                    myself: id,
                    voters: voterIDs,
                    observers: observerIDs,
                    groups: groups,
                    tick: tickMs * 1_000_000,
                    initLimit: initLimit,
                    syncLimit: syncLimit
                ),
                links: Array(repeating: nil, count: all.count),
                electionLinks: Array(repeating: false, count: all.count)
            )
        }
        let row = Array(repeating: Channel(), count: all.count)
        channels = Kind.allCases.map { _ in Array(repeating: row, count: all.count) }
        cuts = Array(repeating: Array(repeating: false, count: all.count), count: all.count)
    }

    func index(_ id: ServerID) -> Int { ids.firstIndex(of: id)! }
    func isVoter(_ node: Int) -> Bool { !nodes[node].configuration.isObserver }
    func isAlive(_ node: Int) -> Bool { nodes[node].peer != nil }

    /// Whether these servers are a quorum: whether those that are missing cannot block it. They block a group with half
    /// of its weight, and everything with half of the groups.
    func isQuorum(_ holders: Set<Int>) -> Bool {
        let living = groups.map { $0.filter { $0.weight > 0 } }.filter { !$0.isEmpty }
        let blocked = living.filter { group in
            let missing = group.filter { !holders.contains($0.node) }
            return missing.map(\.weight).reduce(0, +) * 2 >= group.map(\.weight).reduce(0, +)
        }
        return blocked.count * 2 < living.count
    }

    // MARK: Steps

    func boot(_ node: Int) {
        let disk = nodes[node].disk
        nodes[node].incarnation += 1
        nodes[node].applied = disk.snapshotState
        nodes[node].peer = Peer(configuration: nodes[node].configuration, durable: disk.state, now: now)
        trace?("\(ids[node]) start \(describe(disk.state))")
        effects.removeAll(keepingCapacity: true)
        nodes[node].peer!.start(into: &effects)
        perform(effects, at: node, records: [])
        for other in nodes.indices where other != node && isAlive(other) { openElection(node, other) }
    }

    func step(_ node: Int, _ input: Input, records: [Record] = []) {
        guard nodes[node].peer != nil else { return }
        trace?("\(ids[node]) \(describe(input))")
        effects.removeAll(keepingCapacity: true)
        nodes[node].peer!.step(input, into: &effects)
        nodes[node].peer!.step(.endOfRound, into: &effects)
        perform(effects, at: node, records: records)
    }

    func tick(_ milliseconds: UInt64, only: [Int]? = nil) {
        now += milliseconds * 1_000_000
        for node in only ?? Array(nodes.indices) { step(node, .tick(now: now)) }
    }

    func propose(_ node: Int, _ count: Int) {
        guard let peer = nodes[node].peer, case .leading = peer.phase, peer.couldPropose(count) else { return }
        let first = peer.nextZxid
        var records: [Record] = []
        for offset in 0..<count {
            records.append(Record(zxid: first.advanced(by: UInt32(offset)), mark: nextMark))
            nextMark += 1
        }
        step(node, .propose(first: first, last: records.last!.zxid), records: records)
    }

    func sync(_ node: Int) {
        guard let peer = nodes[node].peer else { return }
        nodes[node].disk.sync(knownCommitted: peer.committed)
    }

    func complete(_ node: Int) {
        guard isAlive(node), !nodes[node].disk.completions.isEmpty else { return }
        step(node, .durable(nodes[node].disk.completions.removeFirst()))
    }

    func install(_ node: Int) {
        guard isAlive(node), let (_, zxid, state) = nodes[node].receiving else { return }
        nodes[node].receiving = nil
        nodes[node].disk.install(zxid, state)
        nodes[node].applied = state
        checkLedger(node, from: 0)
        step(node, .snapshotInstalled(zxid))
    }

    /// Takes a snapshot of what is committed and synced, and drops the log up to `base` (or up to the snapshot).
    func takeSnapshot(_ node: Int, base: Zxid? = nil) {
        guard let peer = nodes[node].peer else { return }
        let disk = nodes[node].disk
        let durable = disk.synced > 0 ? disk.log[disk.synced - 1].zxid : disk.base
        let zxid = min(peer.committed, durable)
        guard zxid > disk.snapshot else { return }
        nodes[node].disk.snapshotState = nodes[node].applied.filter { $0.zxid <= zxid }
        nodes[node].disk.snapshot = zxid
        let cut = max(disk.base, min(base ?? zxid, zxid))
        let gone = disk.index(after: cut)
        nodes[node].disk.log.removeSubrange(..<gone)
        nodes[node].disk.synced -= gone
        nodes[node].disk.base = cut
        step(node, .snapshotTaken(snapshot: zxid, base: cut))
    }

    // MARK: Network

    func canDeliver(_ kind: Kind, _ from: Int, _ to: Int) -> Bool {
        let channel = channels[kind.rawValue][from][to]
        guard !channel.isEmpty else { return false }
        if kind == .quorum, let receiving = nodes[to].receiving, receiving.from == from { return false }
        guard cuts[from][to] else { return true }
        switch channel.first {
        case .electionDown, .linkDown: return true
        default: return false
        }
    }

    func deliver(_ kind: Kind, _ from: Int, _ to: Int) {
        let item = channels[kind.rawValue][from][to].removeFirst()
        guard isAlive(to) else { return }
        let sender = ids[from]
        switch item {
        case .electionUp:
            nodes[to].electionLinks[from] = true
            step(to, .electionLink(sender, up: true))
        case .electionDown:
            nodes[to].electionLinks[from] = false
            step(to, .electionLink(sender, up: false))
        case .notification(let notification): step(to, .notification(from: sender, notification))
        case .linkUp(let link): linkUp(link, at: to, from)
        case .linkDown(let link):
            guard nodes[to].links[from] == link else { return }
            nodes[to].links[from] = nil
            step(to, .quorumLink(sender, up: false))
        case .message(let link, let message):
            if nodes[to].links[from] == link { step(to, .message(from: sender, message)) }
        case .proposals(let link, let records, let committed):
            guard nodes[to].links[from] == link else { return }
            step(
                to,
                .proposals(
                    from: sender,
                    first: records.first!.zxid,
                    last: records.last!.zxid,
                    committed: committed
                ),
                records: records
            )
        case .snapshot(let link, let zxid, let state):
            if nodes[to].links[from] == link { nodes[to].receiving = (from, zxid, state) }
        }
    }

    private func linkUp(_ link: Int, at node: Int, _ peer: Int) {
        // A link that was refused at once is still told to the one who asked for it: up, and then down.
        guard links[link].dialer == node ? nodes[node].dialing == peer : !links[link].closed else {
            close(link)
            return
        }
        if nodes[node].links[peer] != nil {
            nodes[node].links[peer] = nil
            step(node, .quorumLink(ids[peer], up: false))
            // The loss of the old link may have made the server give up the new one as well.
            guard links[link].acceptor == node || nodes[node].dialing == peer else {
                close(link)
                return
            }
        }
        nodes[node].links[peer] = link
        // What completes late belongs to the time before this link.
        let durable = nodes[node].peer!.durable
        let log = nodes[node].disk.log
        nodes[node].disk.completions.removeAll { completion in
            completion <= durable || !log.contains { $0.zxid == completion }
        }
        step(node, .quorumLink(ids[peer], up: true))
    }

    /// Opens the link that a server asks for, if it can be opened now.
    func dial(_ node: Int) {
        guard isAlive(node), let target = nodes[node].dialing, isAlive(target), !cuts[node][target] else { return }
        guard nodes[node].links[target] == nil || links[nodes[node].links[target]!].dialer != node else { return }
        // One attempt at a time.
        guard !links.contains(where: { !$0.closed && $0.dialer == node && $0.acceptor == target }) else { return }
        links.append(Link(dialer: node, acceptor: target))
        channels[Kind.quorum.rawValue][node][target].append(.linkUp(links.count - 1))
        channels[Kind.quorum.rawValue][target][node].append(.linkUp(links.count - 1))
    }

    func close(_ link: Int) {
        guard !links[link].closed else { return }
        links[link].closed = true
        let (dialer, acceptor) = (links[link].dialer, links[link].acceptor)
        channels[Kind.quorum.rawValue][dialer][acceptor].append(.linkDown(link))
        channels[Kind.quorum.rawValue][acceptor][dialer].append(.linkDown(link))
    }

    func openElection(_ one: Int, _ other: Int) {
        guard isAlive(one), isAlive(other), !cuts[one][other] else { return }
        channels[Kind.election.rawValue][one][other].append(.electionUp)
        channels[Kind.election.rawValue][other][one].append(.electionUp)
    }
}

extension Peer {
    /// `canPropose` of one that is not to be changed.
    func couldPropose(_ count: Int) -> Bool {
        var copy = self
        return copy.canPropose(count)
    }
}
