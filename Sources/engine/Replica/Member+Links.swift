import Wire
import Zab

/// Quorum links: which of them counts with each peer. The protocol speaks of peers, the effects name links.
extension Member {
    /// Whether this is the link that counts with its peer: it is open, and the member does not want it closed.
    public mutating func isCurrent(_ link: Link) -> Bool { self.link(with: link.peer) == link }

    /// By places: where nothing is specialized, every step of a sequence asks for memory.
    mutating func link(with peer: ServerID) -> Link? {
        for place in links.indices where links[place].peer == peer { return links[place] }
        return nil
    }

    private mutating func forget(_ link: Link) { links.removeAll { $0 == link } }

    mutating func linkOpened(_ link: Link, into effects: MemberEffects) {
        if let old = self.link(with: link.peer) {
            forget(old)
            effects.list.append(.close(old, reason: nil))
            stepZab(.quorumLink(link.peer, up: false), into: effects)
        }
        links.append(link)
        stepZab(.quorumLink(link.peer, up: true), into: effects)
    }

    mutating func linkClosed(_ link: Link, into effects: MemberEffects) {
        guard isCurrent(link) else { return }
        forget(link)
        stepZab(.quorumLink(link.peer, up: false), into: effects)
    }

    mutating func wishForLink(with leader: ServerID, into effects: MemberEffects) {
        close(with: leader, nil, into: effects)
        wishCount += 1
        let wish = Wish(leader, number: wishCount)
        self.wish = wish
        effects.list.append(.dial(wish))
    }

    /// Closes the link with this peer, if there is one, and no longer wishes for one.
    mutating func endLink(with peer: ServerID, _ reason: String?, into effects: MemberEffects) {
        // What has come of a snapshot on that link is worth nothing now.
        incoming = nil
        if let wish, wish.peer == peer {
            self.wish = nil
            effects.list.append(.stopDialling(wish))
        }
        close(with: peer, reason, into: effects)
    }

    private mutating func close(with peer: ServerID, _ reason: String?, into effects: MemberEffects) {
        guard let link = link(with: peer) else { return }
        forget(link)
        effects.list.append(.close(link, reason: reason))
    }

    /// Sends on the link with this peer. Without one nothing happens, as if it had been sent and lost.
    mutating func send(_ frame: PeerFrame, to peer: ServerID, into effects: MemberEffects) {
        guard let link = link(with: peer) else { return }
        effects.send(frame, on: link)
    }
}
