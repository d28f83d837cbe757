import Log
import Synchronization

extension SimulatedDisk {
    // MARK: Planned by count

    /// Changes and syncs so far: the places where `crash(after:)` can strike.
    public var mutationCount: Int { state.withLock { $0.mutations } }
    /// All calls so far: what `fail(call:with:)` counts.
    public var callCount: Int { state.withLock { $0.calls } }
    public var isCrashed: Bool { state.withLock { $0.isCrashed } }

    /// After that change or sync, the first being 1, every call fails with `ECANCELED`.
    public func crash(after mutation: Int) { state.withLock { $0.crashAfter = mutation } }

    /// From now on every call fails with `ECANCELED`: whoever still holds this disk has no more effect.
    public func crash() { state.withLock { $0.isCrashed = true } }

    /// That call, the first being 1, fails: a write with half of it written, or as much as `DiskFault.write` says if
    /// there is a count; a sync as `DiskFault.sync`, or as `DiskFault.partialSync` if there is a seed.
    public func fail(call: Int, with code: Int32, writtenByteCount: Int? = nil, pageSeed: UInt64? = nil) {
        state.withLock {
            $0.failures[call] = DiskState.Strike(code: code, writtenMax: writtenByteCount, seed: pageSeed)
        }
    }

    // MARK: Planned by kind

    /// The next operation of that kind on `path`, or anything below it, fails; once. Several may be planned, and those
    /// of the same kind strike in the order of their planning.
    public func failNext(_ fault: DiskFault, under path: String = "/") {
        state.withLock { $0.plan(fault, under: path) }
    }

    /// Forgets all failures and crashes that are planned.
    public func clearFaults() { state.withLock { $0.clearPlans() } }

    public var space: DiskSpace { state.withLock { $0.space } }
    public func setSpace(_ space: DiskSpace) { state.withLock { $0.space = space } }

    public var faultCounters: DiskFaultCounters { state.withLock { $0.counters } }

    // MARK: Damage at rest

    /// Flips a bit of what the platter holds at that byte; false if it holds nothing there.
    @discardableResult
    public func flipBit(_ path: String, at offset: Int, bit: Int) -> Bool {
        precondition(0..<8 ~= bit)
        return damage(path, offset) { state, node in
            state.contents[node].damage([state.contents[node].platter[offset] ^ 1 << UInt8(bit)], at: offset)
            state.counters.flippedBits += 1
            return true
        }
    }

    /// The sector at `offset` goes back to what it held before it was last changed; false if that is not known.
    @discardableResult
    public func makeStale(_ path: String, at offset: Int) -> Bool {
        damage(path, offset) { state, node in
            guard let former = state.contents[node].memory.former(at: offset),
                offset + former.count <= state.contents[node].platter.count
            else { return false }
            state.contents[node].damage(former, at: offset)
            state.counters.staleSectors += 1
            return true
        }
    }

    /// The last write of the sector at `offset` went to the sector at `otherOffset` of `other`, which may be the same
    /// file: that one holds it now, and the one that it was meant for holds what it held before. False if that is not
    /// known, or there is no such sector.
    @discardableResult
    public func misdirect(_ path: String, at offset: Int, to other: String, at otherOffset: Int) -> Bool {
        precondition(otherOffset % SectorMemory.sector == 0, "a sector begins at a multiple of its size")
        return damage(path, offset) { state, node in
            let end = offset + SectorMemory.sector
            guard let target = state.node(other), let former = state.contents[node].memory.former(at: offset),
                end <= state.contents[node].platter.count,
                otherOffset + SectorMemory.sector <= state.contents[target].platter.count
            else { return false }
            let written = Array(state.contents[node].platter[offset..<end])
            state.contents[node].damage(former, at: offset)
            state.contents[target].damage(written, at: otherOffset)
            state.noteDirt(target)
            state.counters.misdirectedSectors += 1
            return true
        }
    }

    /// Changes the bytes of a file in any way, seen and on the platter; what was unsynced there is synced with it.
    public func corrupt(_ path: String, _ body: (inout [UInt8]) -> Void) {
        state.withLock { state in
            guard let node = state.node(path) else { preconditionFailure("\(path) is not there") }
            var bytes = state.contents[node].seen
            body(&bytes)
            state.contents[node].replace(with: bytes)
            state.noteDirt(node)
        }
    }

    /// The offsets of the sectors of a file of which it is known what they held before, ascending: those that
    /// `makeStale` and `misdirect` can strike.
    public func changedSectors(of path: String) -> [Int] {
        state.withLock { state in state.node(path).map { state.contents[$0].memory.sectors } ?? [] }
    }

    private func damage(_ path: String, _ offset: Int, _ body: (inout DiskState, Int) -> Bool) -> Bool {
        state.withLock { state in
            guard let node = state.node(path), offset < state.contents[node].platter.count, body(&state, node) else {
                return false
            }
            state.noteDirt(node)
            return true
        }
    }
}
