import Wire
import Zab
import Znodes

/// When the leader sweeps next, and how much of it.
struct Sweep {
    /// When the next sweep begins.
    var next: Nanoseconds = 0
    /// When it was looked at last.
    var seen: Nanoseconds = 0
    /// The time that has come together for deletions: each takes its part of a minute.
    var saved: Nanoseconds = 0
    /// When a soft limit may be logged again.
    var nextWarning: Nanoseconds = 0
}

/// The leader deletes containers and TTL nodes whose time is over, a few with each tick.
extension Member {
    /// How many nodes are looked at with one tick: about a cache miss or two each.
    private static var sweepVisitsMax: Int { 2048 }

    mutating func beginSweeping() {
        state.endSweep()
        sweep = Sweep(next: now + sweepInterval, seen: now)
    }

    private var sweepInterval: Nanoseconds { Nanoseconds(max(limits.sweepMilliseconds, 1)) * 1_000_000 }

    mutating func sweep(into effects: MemberEffects) {
        // A batch that was sealed with this very tick may have ended the reign.
        guard peer.leads() else { return }
        let elapsed = now - sweep.seen
        sweep.seen = now
        outstanding.advance(milliseconds: Int(min(elapsed, 1 << 50) / 1_000_000))
        if now >= sweep.nextWarning, let exceeded = outstanding.takeSoftLimitExceeded() {
            sweep.nextWarning = now + 60_000_000_000
            effects.list.append(.softLimitExceeded(exceeded))
        }
        if now >= sweep.next, !state.isSweeping {
            sweep.next = max(sweep.next + sweepInterval, now)
            state.beginSweep()
        }
        guard state.isSweeping else { return }
        let price = Nanoseconds(60_000_000_000 / max(limits.sweptPerMinuteMax, 1))
        // What was not used is no reason for a crowd later.
        sweep.saved = min(sweep.saved + elapsed, max(elapsed, price))
        let rules = SweepRules(unusedContainerMilliseconds: Int64(limits.unusedContainerMilliseconds))
        var visits = Self.sweepVisitsMax
        var found = 0
        while sweep.saved >= price, peer.canPropose(1 + (builder?.count ?? 0)), proposeSweep(rules, &visits) {
            sweep.saved -= price
            found += 1
        }
        counters.nodesSwept += found
        if found > 0 { sealBatch(into: effects) }
    }

    /// Whether a node was found that may go, among so many.
    private mutating func proposeSweep(_ rules: SweepRules, _ visits: inout Int) -> Bool {
        if builder == nil { builder = RecordBatchBuilder(chain: history.chain, writer: batchWriter) }
        builder!.beginRecord()
        let isFound = outstanding.prepareSweep(
            rules,
            zxid: nextZxid,
            time: wallClockMilliseconds,
            visits: &visits,
            state: state,
            into: batchWriter
        )
        guard isFound else {
            builder!.abandonRecord()
            return false
        }
        builder!.endRecord(zxid: nextZxid)
        nextZxid = nextZxid.advanced(by: 1)
        return true
    }

    #if PLANTED_BUGS
        mutating func sweepAlone() {
            guard now >= sweep.next else { return }
            sweep.next = now + sweepInterval
            state.removeSwept(SweepRules(), at: wallClockMilliseconds)
        }
    #endif
}
