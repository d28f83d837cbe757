import Log
import Synchronization

/// Many seeds on several threads. Each run is played twice, or each `recheckEvery`-th, and must be the same both times.
public final class Campaign: Sendable {
    public struct Progress: Sendable {
        public var seedsDone: UInt64 = 0
        public var rechecked: UInt64 = 0
        public var counters = SimulationCounters()
        /// The failure of the lowest seed so far.
        public var failure: Outcome?
    }

    private let seeds: ClosedRange<UInt64>
    private let scenario: Scenario?
    private let strategy: SyncStrategy
    private let commit: CommitOptions?
    private let recheckEvery: UInt64
    private let next: Atomic<UInt64>
    private let isStopped = Atomic<Bool>(false)
    private let state = Mutex(Progress())

    /// - Parameters:
    ///   - scenario: on which every seed is played; nil: each seed has its own.
    ///   - strategy: of every server's log.
    ///   - commit: the same; nil: each seed has its own.
    ///   - recheckEvery: every how many seeds one is played twice; 0 never.
    public init(
        seeds: ClosedRange<UInt64>,
        scenario: Scenario?,
        strategy: SyncStrategy = .recycledFdatasync,
        commit: CommitOptions? = nil,
        recheckEvery: UInt64 = 1
    ) {
        self.strategy = strategy
        self.commit = commit
        self.seeds = seeds
        self.scenario = scenario
        self.recheckEvery = recheckEvery
        next = Atomic(seeds.lowerBound)
    }

    public var progress: Progress { state.withLock { $0 } }

    /// Ends the campaign after the seeds that are being played.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Plays seeds until there are none left, one fails, or `stop` is called. For any number of threads at once.
    ///
    /// - Parameter begin: called with each seed before it is played, on the thread that does.
    public func work(begin: (UInt64) -> Void) {
        while !isStopped.load(ordering: .relaxed) {
            let seed = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard seed <= seeds.upperBound else { return }
            begin(seed)
            play(seed)
        }
    }

    private func play(_ seed: UInt64) {
        let setup = Setup(
            seed: seed,
            scenario: scenario ?? Setup.scenario(of: seed),
            strategy: strategy,
            commit: commit
        )
        var outcome = setup.run()
        let rechecks = recheckEvery > 0 && seed % recheckEvery == 0
        if rechecks, outcome.violation == nil {
            let again = setup.run()
            if again.hash != outcome.hash || again.violation != outcome.violation {
                let text = "seed \(seed) gave hash \(outcome.hash) and then \(again.hash)"
                outcome = Outcome(
                    setup: setup,
                    hash: outcome.hash,
                    violation: Violation(kind: .determinism, text: text),
                    counters: outcome.counters,
                    losses: outcome.losses
                )
            }
        }
        state.withLock { state in
            state.seedsDone += 1
            if rechecks { state.rechecked += 1 }
            state.counters.add(outcome.counters)
            if outcome.violation != nil, state.failure.map({ $0.setup.seed > seed }) ?? true { state.failure = outcome }
        }
        if outcome.violation != nil { stop() }
    }
}
