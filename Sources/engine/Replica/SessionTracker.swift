import Zab
import Znodes

/// The leader's watch over all sessions of the ensemble: when each was last heard, and through which server.
///
/// Only the leader decides that a session is over, and it does so by a transaction. A new leader grants every session a
/// whole timeout from its first moment, since nobody could be heard in between.
package struct SessionTracker {
    /// 32 bytes a session.
    private struct Entry {
        var deadline: Nanoseconds
        /// The server whose client it is, if it is `isOwned`; after a change of leader it is not, until the session is
        /// heard again.
        var owner: ServerID
        var timeoutMilliseconds: Int32
        var isOwned: Bool
        var closing = false
        /// Who its client is, as the owner has said since the session came to it.
        var asker = ReplicatedState.nobody

        mutating func heard(_ now: Nanoseconds) { deadline = now + Nanoseconds(timeoutMilliseconds) * 1_000_000 }

        mutating func take(for server: ServerID) {
            owner = server
            isOwned = true
        }
    }

    private var entries: [Entry] = []
    private var ids: [Int64] = []
    private var slots = SessionSlots()
    /// Consecutive requests mostly come from one session.
    private var newest: (id: Int64, index: Int) = (0, 0)

    package init() {}

    package enum Standing { case live, moved, gone }

    package mutating func removeAll() { self = SessionTracker() }

    package mutating func open(_ id: Int64, timeoutMilliseconds: Int32, owner: ServerID?, now: Nanoseconds) {
        var entry = Entry(
            deadline: 0,
            owner: owner ?? ServerID(rawValue: 0),
            timeoutMilliseconds: max(timeoutMilliseconds, 0),
            isOwned: owner != nil
        )
        entry.heard(now)
        if let slot = slots[id] {
            entry.asker = entries[Int(slot)].asker
            entries[Int(slot)] = entry
        } else {
            slots.set(id, to: Int32(entries.count))
            entries.append(entry)
            ids.append(id)
        }
    }

    /// The session is heard. Says whether `server` may speak for it (SessionMovedException otherwise).
    package mutating func touch(_ id: Int64, from server: ServerID, now: Nanoseconds) -> Standing {
        // No session has this id, and `newest` has it when there is none.
        if id == 0 { return .gone }
        if newest.id != id {
            guard let slot = slots[id] else { return .gone }
            newest = (id, Int(slot))
        }
        let index = newest.index
        if entries[index].closing { return .gone }
        // Whoever is heard lives, also where it may not speak.
        entries[index].heard(now)
        if entries[index].isOwned, entries[index].owner != server { return .moved }
        entries[index].take(for: server)
        return .live
    }

    /// Who the session is of that was touched last.
    var askerOfNewest: IdentitiesID { entries[newest.index].asker }

    /// `server` says who the client of this session is. Only the session's owner is believed. Returns what nobody has any
    /// more: those whom the session was of before, or those who were named in vain.
    mutating func hear(_ asker: IdentitiesID, of id: Int64, from server: ServerID) -> IdentitiesID {
        guard let slot = slots[id], !entries[Int(slot)].isOwned || entries[Int(slot)].owner == server else {
            return asker
        }
        let old = entries[Int(slot)].asker
        entries[Int(slot)].asker = asker
        return old
    }

    /// Whom the sessions are of, each once for each session.
    var askers: [IdentitiesID] { entries.map(\.asker) }

    /// A client came back through `server`: from now on it belongs there, and has the timeout that it asks for now. The
    /// next leader knows only the one of its beginning, as in ZooKeeper, where a touch names its connection's timeout.
    /// Returns the timeout in milliseconds, or nil if the session is over.
    package mutating func move(
        _ id: Int64,
        to server: ServerID,
        timeoutMilliseconds: Int32,
        now: Nanoseconds
    ) -> Int32? {
        guard let slot = slots[id], !entries[Int(slot)].closing else { return nil }
        entries[Int(slot)].take(for: server)
        entries[Int(slot)].timeoutMilliseconds = max(timeoutMilliseconds, 0)
        entries[Int(slot)].heard(now)
        return entries[Int(slot)].timeoutMilliseconds
    }

    /// The end of this session is proposed: nothing may be done in its name any more.
    package mutating func close(_ id: Int64) {
        if let slot = slots[id] { entries[Int(slot)].closing = true }
    }

    /// The end is committed. Returns who the session's client was.
    @discardableResult
    package mutating func remove(_ id: Int64) -> IdentitiesID {
        guard let slot = slots[id] else { return ReplicatedState.nobody }
        let asker = entries[Int(slot)].asker
        newest = (0, 0)
        slots.remove(id)
        let lastIndex = entries.count - 1
        if Int(slot) != lastIndex {
            entries[Int(slot)] = entries[lastIndex]
            ids[Int(slot)] = ids[lastIndex]
            slots.set(ids[Int(slot)], to: slot)
        }
        entries.removeLast()
        ids.removeLast()
        return asker
    }

    /// Nobody could be heard for this long, because we were not running: that is not the sessions' fault.
    package mutating func postpone(by gap: Nanoseconds) {
        for index in entries.indices { entries[index].deadline += gap }
    }

    /// Sessions whose time is over and whose end is not proposed yet, in the order of their ids.
    package func expired(now: Nanoseconds) -> [Int64] {
        var result: [Int64] = []
        for (index, entry) in entries.enumerated() where !entry.closing && entry.deadline <= now {
            result.append(ids[index])
        }
        return result.sorted()
    }

    /// Of sessions whose end is not proposed.
    var deadlines: [(id: Int64, deadline: Nanoseconds)] {
        entries.indices.filter { !entries[$0].closing }.map { (ids[$0], entries[$0].deadline) }
    }

    package var count: Int { entries.count }
}
