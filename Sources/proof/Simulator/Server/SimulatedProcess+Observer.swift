import Host
import Log
import Replica
import Wire
import Zab
import Znodes

/// What the host does, as the checkers see it.
extension SimulatedProcess: HostObserver {
    /// What is wrong already might trap further on.
    var isAlive: Bool { !server.disk.isCrashed && world.zab.violation == nil }

    private func place(_ peer: ServerID) -> Int { world.setup.index(of: peer) }

    // MARK: steps

    func willStep() { effectsBefore = host.effects.list.count }

    /// Everything that anybody could see of this step is checked before anything else happens.
    func didStep() {
        outside {
            for effect in host.effects.list[min(effectsBefore, host.effects.list.count)...] { decided(effect) }
            stepCount += 1
            // In a crowd not at each step: it looks at every connection.
            let isJudging = world.probe == nil && (host.clients.count < 64 || stepCount % 64 == 0)
            if isJudging, let wrong = host.member.boundsViolation {
                world.report(Violation(kind: .bounds, text: "server \(server.id): \(wrong)"))
            }
            let history = LogPosition(zxid: host.member.history.applied, chain: host.member.history.appliedChain)
            guard history != observed else { return }
            observed = history
            world.delivered(index, history, digest: host.member.state.comparedDigest)
        }
    }

    private func decided(_ effect: MemberEffect) {
        switch effect {
        case .truncate(let zxid): world.zab.decidedToCut(index, after: zxid)
        case .send(_, let range): world.decidedToSend(bytes(range), by: index)
        case .closeClient(let id, _): targets[id] = host.clients[Int(id)].map { ObjectIdentifier($0.socket) }
        case .close(let link, nil): if let phaseAtTick { judgeBlame(of: link, phaseAtTick) }
        default: break
        }
    }

    private func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(rebasing: host.effects.bytes.bytes[range])
    }

    func willTick() {
        phaseAtTick = host.member.peer.phase
        if tickOfRound == nil { tickOfRound = world.now }
    }
    func didTick() { phaseAtTick = nil }

    func willTake(_ frame: PeerFrame, on link: Link) {
        outside { world.received(frame, by: index, from: place(link.peer)) }
    }

    func roundBegins() { world.probe?.roundBegan() }
    func roundCloses() {
        if host.clients.count < 64 || stepCount % 64 == 0 { outside { judgeWaiting() } }
    }
    func roundIsOver() {
        targets.removeAll()
        tickOfRound = nil
    }
    func isDurable(_ zxid: Zxid) { outside { world.promised(index, zxid) } }
    func hasReadFromLog() { world.counters.readsFromLog += 1 }
    func finishedSnapshot() { world.counters.snapshots += 1 }
    func holdsPeers(_ isHolding: Bool) { if isHolding { heldSince = world.now } }

    // MARK: effects

    func willCarryOut(_ effect: MemberEffect) { outside { begins(effect) } }
    func didCarryOut(_ effect: MemberEffect) { outside { ends(effect) } }

    private func begins(_ effect: MemberEffect) {
        switch effect {
        case .send(let link, let range): world.sent(bytes(range), by: index, to: place(link.peer))
        case .append(let batch, _): world.logged(index, batch)
        case .truncate(let zxid):
            world.rareStep(index)
            world.zab.truncating(index, after: zxid)
        case .persistAcceptedEpoch(let epoch):
            world.rareStep(index)
            world.acceptsEpoch(index, epoch)
        case .persistCurrentEpoch:
            if case .joining = host.member.peer.phase { world.zab.joined(index) }
            world.rareStep(index)
        case .confirmIdentity: world.rareStep(index)
        case .installSnapshotFile(let zxid, let chain):
            world.rareStep(index)
            world.zab.installing(index, LogPosition(zxid: zxid, chain: chain))
        case .changed(let phase): changed(to: phase)
        case .softLimitExceeded(let quota): world.trace.say("server \(server.id): \(quota)")
        case .disbelieved(let id, let reason): world.trace.say("server \(server.id): dropped: server \(id) \(reason)")
        case .fatal(let reason): world.contradicted(index, reason)
        case .closeClient(let id, _): judgeTarget(id)
        case .notify, .dial, .stopDialling, .close, .stream, .sendSnapshot, .beginSnapshotFile, .writeSnapshotFile:
            break
        }
    }

    private func ends(_ effect: MemberEffect) {
        switch effect {
        case .truncate(let zxid):
            world.zab.truncated(index, after: zxid, isOnPlatter: world.logIsOnPlatter(index, through: zxid))
        case .persistAcceptedEpoch:
            if case .preparing = host.member.peer.phase { world.isAtTurningPoint(index, hasChosenEpoch: true) }
        case .persistCurrentEpoch(let epoch, _): world.tookEpoch(index, epoch)
        case .confirmIdentity: world.confirmedServers.insert(index)
        case .installSnapshotFile:
            world.zab.installed(index)
            world.counters.installedSnapshots += 1
        default: break
        }
    }

    private func changed(to phase: Phase) {
        let history = host.member.history
        world.trace.say("server \(server.id): \(phase), logged \(history.last), applied \(history.applied)")
        if phase.isServing {
            world.noteServing()
        } else {
            world.isUnexplained("server \(server.id) serves no more: it is \(phase)")
        }
        if case .preparing = phase { world.isAtTurningPoint(index, hasChosenEpoch: false) }
        switch phase {
        case .leading(let epoch): world.led(index, life: life, epoch: epoch)
        case .following(let leader, let epoch), .observing(let leader, let epoch):
            world.zab.serves(index, under: place(leader), epoch: epoch)
        case .looking, .preparing, .joining: break
        }
    }

    func failed(_ reason: String) { outside { world.trace.say("server \(server.id): stops: \(reason)") } }

    // MARK: links

    func closes(_ link: Link, reason: String?) {
        outside {
            let why = reason.map { ": \($0)" } ?? ""
            world.trace.say("server \(server.id): closes its link with server \(link.peer)\(why)")
            world.isUnexplained("server \(server.id) closes its link with \(link.peer)\(why)")
            world.closings.closed(by: index, place(link.peer), while: host.member.peer.phase, reason: reason)
        }
    }

    func lost(_ link: Link) {
        outside {
            world.trace.say("server \(server.id): loses its link with server \(link.peer)")
            world.isUnexplained("server \(server.id) loses its link with \(link.peer)")
        }
    }

    func lostElectionLink(_ peer: ServerID) {
        // One that is half open may be found out at any time.
        guard !world.hadFault else { return }
        outside { world.isUnexplained("server \(server.id) loses its election link with \(peer)") }
    }

    func gaveUp(_ link: Link, _ reason: String, _ error: (any Error)?) {
        outside { if let error { judgeRetention(link, error) } }
    }

    /// Every server and every client is ours, so what they say can be read.
    func complains(_ complaint: HostComplaint, about socket: SimulatedSocket?) {
        outside {
            switch complaint {
            case .refused(_, let line): if let line { world.trace.say("server \(server.id): link refused: \(line)") }
            case .broken(_, let peer, let reason):
                let who = peer.map { "server \($0)" } ?? "a stranger"
                let text = "server \(server.id) got what is no frame of \(who): \(reason)"
                world.report(Violation(kind: .integrity, text: text))
            case .brokenClient(let reason):
                let client = socket?.connection.hosts.0 ?? -1
                let text = "server \(server.id) got what is no frame of client \(client): \(reason)"
                world.report(Violation(kind: .client, text: text))
            case .deaf, .closed, .client: break
            }
        }
    }
}

extension ReplicatedState {
    /// The digest, with how many nodes there are to sweep and to count for: lists that servers keep beside the tree.
    var comparedDigest: UInt64 { digest &+ UInt64(sweepableCount) << 32 &+ UInt64(quotaCount) << 48 }
}
