import Zab

/// The trace's words: one line per input or effect, short enough to be read in a script.

func describe(_ input: Input) -> String {
    switch input {
    case .tick(let now): "tick \((now - 1_000_000_000) / 1_000_000)ms"
    case .electionLink(let id, let up): "<- \(id) election link \(up ? "up" : "down")"
    case .notification(let id, let notification): "<- \(id) \(describe(notification))"
    case .quorumLink(let id, let up): "<- \(id) quorum link \(up ? "up" : "down")"
    case .message(let id, let message): "<- \(id) \(describe(message))"
    case .proposals(let id, let first, let last, let committed):
        "<- \(id) proposals \(first)...\(last) committed \(committed)"
    case .propose(let first, let last): "propose \(first)...\(last)"
    case .held(let id): "held \(id)"
    case .durable(let zxid): "durable \(zxid)"
    case .snapshotInstalled(let zxid): "snapshot installed \(zxid)"
    case .snapshotTaken(let zxid, let base): "snapshot taken \(zxid) base \(base)"
    case .endOfRound: "end of round"
    }
}

func describe(_ notification: Notification) -> String {
    let vote = notification.vote
    return
        "\(notification.state) round \(notification.round) for \(vote.leader) (epoch \(vote.peerEpoch), \(vote.zxid))"
}

func describe(_ message: Message) -> String {
    switch message {
    case .learnerInfo(let epoch, let observer, let identity):
        "\(observer ? "OBSERVERINFO" : "FOLLOWERINFO") accepted \(epoch)" + of(identity)
    case .ackEpoch(let epoch, let history):
        "ACKEPOCH \(epoch == Message.uncountedEpoch ? "uncounted" : "current \(epoch)"), \(describe(history))"
    case .ack(let zxid): "ACK \(zxid)"
    case .ackNewLeader(let epoch): "ACK of NEWLEADER \(epoch)"
    case .pong: "PONG"
    case .leaderInfo(let epoch, let identity): "LEADERINFO \(epoch)" + of(identity)
    case .diff: "DIFF"
    case .trunc(let zxid): "TRUNC \(zxid)"
    case .snap(let zxid): "SNAP \(zxid)"
    case .newLeader(let epoch, let historyEnd): "NEWLEADER \(epoch) history to \(historyEnd)"
    case .upToDate(let zxid): "UPTODATE \(zxid)"
    case .commit(let zxid): "COMMIT \(zxid)"
    case .ping(let zxid): "PING \(zxid)"
    }
}

/// Scripts that are not about identities have none.
private func of(_ identity: UInt64) -> String { identity == 0 ? "" : " of ensemble \(identity)" }

func describe(_ history: HistorySummary) -> String {
    "history \(history.base)" + history.epochEnds.map { " ..\($0)" }.joined()
}

func describe(_ effect: Effect) -> String {
    switch effect {
    case .notify(let id, let notification): "-> \(id) \(describe(notification))"
    case .connect(let id): "connect \(id)"
    case .disconnect(let id, let reason): "disconnect \(id)" + (reason.map { ": \($0)" } ?? "")
    case .disbelieved(let id, let reason): "dropped: \(id) \(reason)"
    case .send(let id, let message): "-> \(id) \(describe(message))"
    case .stream(let id, let after, let through): "-> \(id) stream after \(after) through \(through)"
    case .sendSnapshot(let id, let zxid): "-> \(id) snapshot bytes \(zxid)"
    case .append(let first, let last): "append \(first)...\(last)"
    case .truncate(let zxid): "truncate \(zxid)"
    case .persistAcceptedEpoch(let epoch): "persist accepted epoch \(epoch)"
    case .persistCurrentEpoch(let epoch, let identity): "persist current epoch \(epoch)" + of(identity)
    case .confirmIdentity: "confirm identity"
    case .commit(let zxid): "commit \(zxid)"
    case .changed(let phase): "now \(describe(phase))"
    case .fatal(let reason): "FATAL \(reason)"
    }
}

func describe(_ membership: Membership) -> String {
    of(membership.identity) + (membership.isConfirmed ? ", confirmed" : "")
}

func describe(_ phase: Phase) -> String {
    switch phase {
    case .looking: "looking"
    case .preparing(let epoch): "preparing epoch \(epoch)"
    case .leading(let epoch): "leading epoch \(epoch)"
    case .joining(let leader): "joining \(leader)"
    case .following(let leader, let epoch): "following \(leader) epoch \(epoch)"
    case .observing(let leader, let epoch): "observing \(leader) epoch \(epoch)"
    }
}

func describe(_ state: DurableState) -> String {
    "accepted \(state.acceptedEpoch) current \(state.currentEpoch) \(describe(state.history)) "
        + "committed \(state.committed) snapshot \(state.snapshot)" + describe(state.membership)
}
