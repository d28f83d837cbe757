import Zab

extension Ensemble {
    /// The server stops between two steps. Synced records stay; of the others the first `unsynced` happen to be on the
    /// disk as well. Of what it sent, all but the first `inFlight` items on each channel is lost.
    func crash(_ node: Int, keeping unsynced: Int, inFlight: Int = .max) {
        guard isAlive(node) else { return }
        nodes[node].peer = nil
        nodes[node].disk.crash(keeping: unsynced)
        nodes[node].dialing = nil
        nodes[node].receiving = nil
        for other in nodes.indices where other != node {
            sever(node, other, keeping: inFlight)
            for kind in Kind.allCases { channels[kind.rawValue][other][node].removeAll(keepingCapacity: true) }
            nodes[node].links[other] = nil
            nodes[node].electionLinks[other] = false
        }
    }

    /// Every connection between the two breaks; each side notices when it gets there. They connect again unless cut.
    func reset(_ one: Int, _ other: Int, keeping inFlight: Int = 0) {
        sever(one, other, keeping: inFlight)
        openElection(one, other)
    }

    private func sever(_ one: Int, _ other: Int, keeping inFlight: Int) {
        for (from, to) in [(one, other), (other, one)] {
            for kind in Kind.allCases {
                let lost = channels[kind.rawValue][from][to].count - inFlight
                if lost > 0 { channels[kind.rawValue][from][to].removeLast(lost) }
            }
            channels[Kind.election.rawValue][from][to].append(.electionDown)
            // The end of an older link may have been among what was lost.
            if let link = nodes[to].links[from], links[link].closed {
                channels[Kind.quorum.rawValue][from][to].append(.linkDown(link))
            }
        }
        for link in links.indices where !links[link].closed {
            let ends = (links[link].dialer, links[link].acceptor)
            if ends == (one, other) || ends == (other, one) { close(link) }
        }
    }

    /// Nothing gets through between the two, and nobody is told.
    func cut(_ one: Int, _ other: Int) {
        cuts[one][other] = true
        cuts[other][one] = true
    }

    func heal(_ one: Int, _ other: Int) {
        guard cuts[one][other] else { return }
        cuts[one][other] = false
        cuts[other][one] = false
        if !nodes[one].electionLinks[other] || !nodes[other].electionLinks[one] { openElection(one, other) }
    }

    /// Election links that went down while both servers live come up again.
    func redialElections() -> Bool {
        var opened = false
        for one in nodes.indices where isAlive(one) {
            for other in nodes.indices where one < other && isAlive(other) && !cuts[one][other] {
                let quiet =
                    channels[Kind.election.rawValue][one][other].isEmpty
                    && channels[Kind.election.rawValue][other][one].isEmpty
                if quiet, !nodes[one].electionLinks[other] || !nodes[other].electionLinks[one] {
                    openElection(one, other)
                    opened = true
                }
            }
        }
        return opened
    }

    /// Delivers, dials, syncs and installs until nothing is left to do; at most `limit` deliveries.
    @discardableResult
    func settle(syncing: Bool = true, limit: Int = 20_000) -> Bool {
        var left = limit
        var busy = true
        while busy, left > 0 {
            busy = false
            for from in nodes.indices {
                for to in nodes.indices {
                    for kind in Kind.allCases {
                        while left > 0, canDeliver(kind, from, to) {
                            deliver(kind, from, to)
                            busy = true
                            left -= 1
                        }
                    }
                }
            }
            if redialElections() { busy = true }
            for node in nodes.indices where isAlive(node) {
                let before = links.count
                dial(node)
                if links.count > before { busy = true }
                guard syncing else { continue }
                if nodes[node].receiving != nil {
                    install(node)
                    busy = true
                }
                sync(node)
                while !nodes[node].disk.completions.isEmpty {
                    complete(node)
                    busy = true
                }
            }
        }
        return left > 0
    }
}
