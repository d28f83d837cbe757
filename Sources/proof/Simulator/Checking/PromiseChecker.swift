import Zab

/// The rules of discovery (phase 1 of Zab, TR "Zab: High-performance broadcast", 2011), from what servers tell each
/// other on their quorum links and put on their disks.
///
/// These rules are what makes the properties of `ZabChecker` hold. A server that breaks one does harm only if much else
/// goes wrong at the same time, so the breach itself is looked for.
///
/// - *Promises rise*: who has accepted an epoch accepts no older one, whatever happens in between.
/// - *One promise an epoch*: of the leaders that propose the same epoch, only one may count a server's promise.
/// - *Epochs in order*: a new epoch is the one after the newest that anybody has accepted, or an older one.
/// - *Best history*: the initial history of an epoch is as new as that of every server whose promise it rests upon.
struct PromiseChecker {
    /// What a would-be leader has got together.
    private struct Reign {
        var epoch: Epoch
        /// The leader's own current epoch when it proposed this one.
        var currentEpoch: Epoch
        /// By server: what came with its promise, if the promise counts.
        var promises: [Int: (currentEpoch: Epoch, last: Zxid)] = [:]
        var hasBegun = false
    }

    /// By server.
    private var accepted: [Epoch]
    private var promise: [(epoch: Epoch, leader: Int)?]
    private var currentEpochs: [Epoch]
    private var reigns: [Reign?]
    /// By leader and learner: the epoch that was proposed on the link of these two.
    private var offers: [[Epoch]]

    private let electorate: Electorate
    /// The newest epoch that anybody has ever accepted.
    private var newestEver: Epoch = 0

    init(servers: Int, electorate: Electorate) {
        self.electorate = electorate
        accepted = Array(repeating: 0, count: servers)
        promise = Array(repeating: nil, count: servers)
        currentEpochs = Array(repeating: 0, count: servers)
        reigns = Array(repeating: nil, count: servers)
        offers = Array(repeating: Array(repeating: 0, count: servers), count: servers)
    }

    /// The server's current epoch is on its disk, or was found there.
    mutating func took(_ server: Int, epoch: Epoch) { currentEpochs[server] = epoch }

    /// The server's disk was replaced by an empty one: it has forgotten what it promised.
    mutating func wiped(_ server: Int) {
        accepted[server] = 0
        promise[server] = nil
        currentEpochs[server] = 0
        reigns[server] = nil
        // What it offered to others stands: one that was paused may answer only now.
    }

    /// The server puts this epoch on its disk as the one that it has accepted, or has found it there.
    ///
    /// - Returns: the rule that it breaks by that.
    mutating func accepts(_ server: Int, epoch: Epoch) -> Violation? {
        defer { newestEver = max(newestEver, epoch) }
        guard epoch > newestEver + 1 else { return nil }
        return Violation(
            kind: .counters,
            text: "server \(server + 1) accepts epoch \(epoch), but nobody has accepted one after \(newestEver)"
        )
    }

    /// - Returns: the rule that `server` breaks by saying this to `peer`.
    mutating func sent(_ message: Message, by server: Int, to peer: Int) -> Violation? {
        switch message {
        case .learnerInfo: offers[peer][server] = 0
        case .leaderInfo(let epoch, _):
            if reigns[server]?.epoch != epoch {
                reigns[server] = Reign(epoch: epoch, currentEpoch: currentEpochs[server])
                // Who weighs enough alone rests its epoch on nobody's promise.
                reigns[server]?.hasBegun = electorate.decides([server])
                if let broken = promises(server, epoch, to: server, counts: true) { return broken }
            }
            offers[server][peer] = epoch
        case .ackEpoch(let named, _):
            return promises(server, offers[peer][server], to: peer, counts: named != Message.uncountedEpoch)
        case .newLeader(let epoch, let historyEnd): return isBestHistory(of: server, epoch, historyEnd, beside: peer)
        default: break
        }
        return nil
    }

    /// The server has a quorum's promises, and no later one counts any more: it has decided to send NEWLEADER.
    mutating func begins(_ server: Int, epoch: Epoch) {
        if reigns[server]?.epoch == epoch { reigns[server]!.hasBegun = true }
    }

    /// What `peer` said has reached `server`.
    mutating func received(_ message: Message, by server: Int, from peer: Int) {
        switch message {
        case .learnerInfo: reigns[server]?.promises[peer] = nil
        case .ackEpoch(let named, let history):
            guard electorate.counts(peer), reigns[server]?.hasBegun == false, named != Message.uncountedEpoch else {
                return
            }
            reigns[server]?.promises[peer] = (named, history.last)
        default: break
        }
    }

    private mutating func promises(_ server: Int, _ epoch: Epoch, to leader: Int, counts: Bool) -> Violation? {
        let newest = accepted[server]
        guard epoch >= newest else {
            return Violation(
                kind: .promises,
                text: "server \(server + 1) promises epoch \(epoch) to server \(leader + 1), but had promised \(newest)"
            )
        }
        accepted[server] = epoch
        guard counts else { return nil }
        if let given = promise[server], given.epoch == epoch, given.leader != leader {
            return Violation(
                kind: .promises,
                text: "server \(server + 1) promises epoch \(epoch) to server \(leader + 1), but has promised it to "
                    + "server \(given.leader + 1)"
            )
        }
        promise[server] = (epoch, leader)
        return nil
    }

    private func isBestHistory(
        of server: Int,
        _ epoch: Epoch,
        _ historyEnd: Zxid,
        beside peer: Int
    ) -> Violation? {
        guard let reign = reigns[server], reign.epoch == epoch else { return nil }
        guard let theirs = reign.promises[peer], theirs > (reign.currentEpoch, historyEnd) else { return nil }
        return Violation(
            kind: .bestHistory,
            text: "epoch \(epoch) of server \(server + 1) begins with the history up to \(historyEnd) of epoch "
                + "\(reign.currentEpoch), but server \(peer + 1), which promised, has \(theirs.last) of epoch "
                + "\(theirs.currentEpoch)"
        )
    }
}
