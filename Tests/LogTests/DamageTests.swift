import Log
import Simulator
import Testing
import Wire
import Zab

/// A drive that acknowledges a write and forgets it, or puts it somewhere else. Whatever sector it is: the log is
/// refused as corrupt, or what it holds is a beginning of what was written. A forgotten write, which damages one place,
/// is found whenever a later group knows that what it held had been synced; a misdirected one damages two, and the
/// second may be that witness. The worst is a recycled segment, of which an old sector is a valid group's of its former
/// life.
@Suite struct DamageTests {
    private enum Kind: CaseIterable { case stale, misdirectedNearby, misdirectedElsewhere }

    private struct Tally {
        var refused = 0
        var taken = 0
    }

    private func check(
        _ disk: SimulatedDisk,
        _ candidates: [History],
        _ kind: Kind,
        _ comment: String,
        _ tally: inout Tally
    ) {
        do {
            let log = try TransactionLog.open(
                "/data",
                on: disk,
                options: LogOptions(segmentSize: 8192, recycledMax: 2)
            )
            let found = try log.items()
            let objections = candidates.map { history -> String? in
                // The start of a segment with one group looks like one that was never written (`SegmentFormat`).
                if found.isEmpty, log.base == .zero, kind != .stale || history.witnessedCount == 0 { return nil }
                var history = history
                history.durableCount = kind == .stale ? history.witnessedCount : 0
                return history.objection(to: found, base: log.base, chain: log.chain)
            }
            if !objections.contains(nil) { Issue.record("\(comment): \(objections.compactMap(\.self))") }
            tally.taken += 1
        } catch LogError.corrupt {
            tally.refused += 1
        } catch {
            Issue.record("\(comment): \(error)")
        }
    }

    @Test func aForgottenOrMisdirectedWriteIsFoundOrHarmless() throws {
        let whole = SimulatedDisk()
        try LogScript(whole).run()
        var tally = Tally()
        for mutation in stride(from: whole.mutationCount, to: 20, by: -4) {
            let crashed = SimulatedDisk()
            crashed.crash(after: mutation)
            let script = LogScript(crashed)
            try? script.run()
            let base = crashed.afterCrash(.lost)
            let paths = base.paths.filter { $0.contains("/log.") }
            for (index, path) in paths.enumerated() {
                for sector in base.changedSectors(of: path) {
                    for kind in Kind.allCases {
                        let disk = base.copy()
                        let isDone =
                            switch kind {
                            case .stale: disk.makeStale(path, at: sector)
                            case .misdirectedNearby: disk.misdirect(path, at: sector, to: path, at: sector ^ 512)
                            case .misdirectedElsewhere:
                                disk.misdirect(path, at: sector, to: paths[(index + 1) % paths.count], at: sector)
                            }
                        guard isDone else { continue }
                        let comment = "after \(mutation), \(path) at \(sector) \(kind)"
                        check(disk, script.candidates, kind, comment, &tally)
                    }
                }
            }
        }
        #expect(tally.refused > 100 && tally.taken > 20, "\(tally)")
    }
}
