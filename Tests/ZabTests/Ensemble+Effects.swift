import Zab

extension Ensemble {
    func perform(_ effects: [Effect], at node: Int, records: [Record]) {
        for effect in effects {
            trace?("  \(describe(effect))")
            perform(effect, at: node, records: records)
        }
        checkAgreement(node)
    }

    private func perform(_ effect: Effect, at node: Int, records: [Record]) {
        switch effect {
        case .notify(let id, let notification):
            let other = index(id)
            if nodes[node].electionLinks[other], isAlive(other) {
                channels[Kind.election.rawValue][node][other].append(.notification(notification))
            }
        case .connect(let id): nodes[node].dialing = index(id)
        case .disconnect(let id, _): disconnect(node, index(id))
        case .disbelieved: break
        case .send(let id, let message): send(node, index(id)) { .message($0, message) }
        case .stream(let id, let after, let through): stream(node, index(id), after, through)
        case .sendSnapshot(let id, let zxid):
            let disk = nodes[node].disk
            expect(disk.snapshot == zxid, "\(ids[node]) sends snapshot \(zxid), but has \(disk.snapshot)")
            send(node, index(id)) { .snapshot($0, zxid, disk.snapshotState) }
        case .append(let first, let last):
            expect(
                records.first?.zxid == first && records.last?.zxid == last,
                "\(ids[node]) appends \(first) to \(last), which the input does not hold"
            )
            expect(
                nodes[node].disk.last.mayBeFollowed(by: first),
                "\(ids[node]) appends \(first) after \(nodes[node].disk.last)"
            )
            nodes[node].disk.log.append(contentsOf: records)
        case .truncate(let zxid):
            expect(zxid >= nodes[node].disk.base, "\(ids[node]) cuts below its log's start")
            expect(
                zxid >= (nodes[node].applied.last?.zxid ?? .zero),
                "\(ids[node]) cuts what it has applied"
            )
            nodes[node].disk.truncate(to: zxid)
        case .persistAcceptedEpoch(let epoch):
            expect(epoch > nodes[node].disk.acceptedEpoch, "\(ids[node]) accepts epoch \(epoch) again")
            nodes[node].disk.acceptedEpoch = epoch
        case .confirmIdentity:
            nodes[node].disk.membership.isConfirmed = true
        case .persistCurrentEpoch(let epoch, let identity):
            expect(epoch > nodes[node].disk.currentEpoch, "\(ids[node])'s current epoch goes back to \(epoch)")
            expect(epoch <= nodes[node].disk.acceptedEpoch, "\(ids[node])'s epoch \(epoch) was never accepted")
            nodes[node].disk.currentEpoch = epoch
            if identity != 0, identity != nodes[node].disk.membership.identity {
                nodes[node].disk.membership = Membership(identity: identity)
            }
        case .commit(let zxid): apply(zxid, at: node)
        case .changed(let phase): changed(phase, at: node)
        case .fatal(let reason): fatalStops.append(reason)
        }
    }

    private func disconnect(_ node: Int, _ other: Int) {
        if nodes[node].dialing == other { nodes[node].dialing = nil }
        if nodes[node].receiving?.from == other { nodes[node].receiving = nil }
        if let link = nodes[node].links[other] {
            nodes[node].links[other] = nil
            close(link)
        }
    }

    private func send(_ node: Int, _ other: Int, _ item: (Int) -> Item) {
        guard let link = nodes[node].links[other], !links[link].closed else { return }
        channels[Kind.quorum.rawValue][node][other].append(item(link))
    }

    private func stream(_ node: Int, _ other: Int, _ after: Zxid, _ through: Zxid) {
        let disk = nodes[node].disk
        let records = Array(disk.log[disk.index(after: after)..<disk.index(after: through)])
        expect(
            after >= disk.base && records.last?.zxid == through && after.mayBeFollowed(by: records[0].zxid)
                && records[0].zxid.epoch == through.epoch,
            "\(ids[node]) streams \(after) to \(through), which its log does not hold like this"
        )
        let committed = nodes[node].peer!.committed
        send(node, other) { .proposals($0, records, committed: committed) }
    }

    private func apply(_ zxid: Zxid, at node: Int) {
        let applied = nodes[node].applied
        let disk = nodes[node].disk
        let from = applied.last?.zxid ?? .zero
        let records = disk.log[disk.index(after: from)..<max(disk.index(after: from), disk.index(after: zxid))]
        expect(records.last?.zxid == zxid, "\(ids[node]) commits \(zxid), which is not in its log after \(from)")
        nodes[node].applied.append(contentsOf: records)
        checkLedger(node, from: applied.count)
    }

    /// What a server applies is what all others applied at that place. What is new to all is on a quorum's disks.
    func checkLedger(_ node: Int, from: Int) {
        let applied = nodes[node].applied
        for place in from..<max(from, applied.count) {
            if place < ledger.count {
                expect(ledger[place] == applied[place], "\(ids[node]) commits \(applied[place]), not \(ledger[place])")
                continue
            }
            let holders = nodes.indices.filter { isVoter($0) && nodes[$0].disk.hasDurably(applied[place]) }
            expect(
                isQuorum(Set(holders)) || !checksQuorum,
                "\(ids[node]) commits \(applied[place]), which only \(holders.map { ids[$0] }) have durably"
            )
            ledger.append(applied[place])
            ledgerEpochs.append(nodes[node].peer?.currentEpoch ?? 0)
        }
    }

    private func changed(_ phase: Phase, at node: Int) {
        guard case .leading(let epoch) = phase else { return }
        let claim = [node, nodes[node].incarnation]
        expect(reigns[epoch] == nil, "epoch \(epoch) is led by \(claim) and \(reigns[epoch] ?? [])")
        reigns[epoch] = claim
        let history = nodes[node].disk.history
        expect(
            history.count >= ledger.count && Array(history[..<ledger.count]) == ledger,
            "leader \(ids[node]) of epoch \(epoch) lacks what is committed"
        )
    }

    /// The peer and its disk tell the same story.
    private func checkAgreement(_ node: Int) {
        guard let peer = nodes[node].peer else { return }
        let disk = nodes[node].disk
        let durable = disk.synced > 0 ? disk.log[disk.synced - 1].zxid : disk.base
        expect(peer.lastLogged == disk.last, "\(ids[node]) logged \(peer.lastLogged), on disk is \(disk.last)")
        expect(peer.durable <= durable, "\(ids[node]) takes \(peer.durable) for durable, but only \(durable) is")
        expect(peer.acceptedEpoch >= disk.acceptedEpoch, "\(ids[node]) forgot an epoch")
        expect(peer.currentEpoch == disk.currentEpoch, "\(ids[node])'s current epoch is not the disk's")
    }

    func expect(_ condition: Bool, _ message: @autoclosure () -> String) {
        if !condition { violations.append(message()) }
    }
}
