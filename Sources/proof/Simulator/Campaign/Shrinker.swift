import Log

/// Makes a failing seed smaller, as far as is cheap: fewer faults, a shorter time, fewer clients, as long as the same
/// property is violated.
public struct Shrinker {
    private let seed: UInt64
    private let scenario: Scenario
    private let strategy: SyncStrategy
    private let commit: CommitOptions?
    private let kind: Violation.Kind
    private var runsLeft: Int
    public private(set) var reduction: Setup.Reduction
    public private(set) var outcome: Outcome

    /// - Parameter runsMax: how many runs it may cost.
    public init(_ failed: Outcome, runsMax: Int = 150) {
        seed = failed.setup.seed
        scenario = failed.setup.scenario
        strategy = failed.setup.strategy
        commit = failed.setup.givenCommit
        kind = failed.violation!.kind
        runsLeft = runsMax
        reduction = Setup.Reduction()
        outcome = failed
    }

    public mutating func shrink() {
        shorten()
        dropFaults()
        while let clients = fewerClients(), runsLeft > 0 { if !accept({ $0.clients = clients }) { break } }
        shorten()
        dropFaults()
    }

    private func fewerClients() -> Int? { outcome.setup.clients > 1 ? outcome.setup.clients - 1 : nil }

    /// True, and kept, if the run still fails in the same way.
    private mutating func accept(_ change: (inout Setup.Reduction) -> Void) -> Bool {
        guard runsLeft > 0 else { return false }
        runsLeft -= 1
        var candidate = reduction
        change(&candidate)
        let setup = Setup(seed: seed, scenario: scenario, strategy: strategy, commit: commit, reduction: candidate)
        let result = setup.run()
        guard result.violation?.kind == kind else { return false }
        reduction = candidate
        outcome = result
        return true
    }

    private mutating func shorten() {
        let tick = outcome.setup.tick
        var ticks = Int(outcome.setup.duration / tick)
        let needed = Int(outcome.counters.simulatedTime / tick) + 1
        if needed < ticks, accept({ $0.ticks = needed }) { ticks = needed }
        var cut = ticks / 2
        while cut > 0, runsLeft > 0 {
            let shorter = ticks - cut
            if shorter > 0, accept({ $0.ticks = shorter }) { ticks = shorter } else { cut /= 2 }
        }
    }

    /// Takes faults away in ever smaller groups (Zeller's ddmin, without its second half).
    private mutating func dropFaults() {
        var kept = outcome.setup.faults.map(\.number)
        var size = max(1, kept.count / 2)
        while size > 0, !kept.isEmpty, runsLeft > 0 {
            var start = 0
            while start < kept.count, runsLeft > 0 {
                var fewer = kept
                fewer.removeSubrange(start..<min(start + size, kept.count))
                if accept({ $0.faults = fewer }) { kept = fewer } else { start += size }
            }
            size /= 2
        }
    }
}
