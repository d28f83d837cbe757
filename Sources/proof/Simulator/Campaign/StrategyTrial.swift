import Log
import Synchronization

/// Ways to write a log put to the proof: each plays the same seeds on each scenario of `Scenario.trials`, and what it lost
/// of the writes that were acknowledged is counted. Nothing of the outcome is assumed from what a strategy says of itself.
///
/// The figures are sums over the seeds, so they are the same for any number of threads.
public final class StrategyTrial: Sendable {
    /// What is tried: a strategy, and how groups are made with it.
    public struct Candidate: Hashable, Sendable {
        public let strategy: SyncStrategy
        /// Valid for the strategy.
        public let commit: CommitOptions

        public init(_ strategy: SyncStrategy, _ commit: CommitOptions = .natural) {
            self.strategy = strategy
            self.commit = commit
        }

        /// In words, as no other: `fdatasync_recycled, count_32, 4 in flight`.
        public var label: String { "\(strategy.label), \(commit.label)" }
    }

    /// What one candidate showed on one scenario.
    public struct Figures: Hashable, Sendable {
        public var runs = 0
        /// Processes killed, and machines without power: one for each server.
        public var kills = 0
        public var powerLosses = 0
        public var acknowledged = 0
        public var lost = 0
        public var mostLostInOneRun = 0
        /// Runs that lost a write, that left a server with data of no use, or that never came back.
        public var failedRuns = 0
        /// Of these, the runs without a history in the end: whatever they lost is not in `lost`.
        public var runsWithoutEnd = 0
        /// Servers that had to be emptied.
        public var excluded = 0
        public var firstFailure: Failure?

        /// Everything that was acknowledged is there, on every server. False as well if nothing was put to the proof.
        public var survives: Bool { failedRuns == 0 && acknowledged > 0 && kills + powerLosses > 0 }
    }

    /// The lowest seed that failed.
    public struct Failure: Hashable, Sendable {
        public var seed: UInt64
        public var text: String
        /// Plays it again, as arguments of `zabbench simulate`.
        public var arguments: String
    }

    public struct Result: Hashable, Sendable {
        public let candidate: Candidate
        /// In the order of `Scenario.trials`.
        public var figures: [Figures]

        public func figures(of scenario: Scenario) -> Figures {
            figures[Scenario.trials.firstIndex(of: scenario)!]
        }
    }

    public let seeds: ClosedRange<UInt64>
    private let candidates: [Candidate]
    private let next = Atomic<Int>(0)
    private let done = Atomic<Int>(0)
    private let isStopped = Atomic<Bool>(false)
    private let state: Mutex<[Result]>

    public init(_ candidates: [Candidate], seeds: ClosedRange<UInt64>) {
        self.candidates = candidates
        self.seeds = seeds
        let none = Scenario.trials.map { _ in Figures() }
        state = Mutex(candidates.map { Result(candidate: $0, figures: none) })
    }

    private var seedCount: Int { Int(seeds.upperBound - seeds.lowerBound) + 1 }
    public var runCount: Int { candidates.count * Scenario.trials.count * seedCount }
    public var runsDone: Int { done.load(ordering: .relaxed) }
    /// In the order of the candidates given; final when `runsDone` is `runCount`.
    public var results: [Result] { state.withLock { $0 } }

    /// Ends the trial after the runs under way.
    public func stop() { isStopped.store(true, ordering: .relaxed) }

    /// Plays until nothing is left or `stop` is called. For any number of threads at once.
    ///
    /// - Parameter begin: called with each seed before it is played, on the thread that does.
    public func work(begin: (UInt64) -> Void = { _ in }) {
        while !isStopped.load(ordering: .relaxed) {
            let run = next.wrappingAdd(1, ordering: .relaxed).oldValue
            guard run < runCount else { return }
            let seed = seeds.lowerBound + UInt64(run % seedCount)
            let scenario = run / seedCount % Scenario.trials.count
            begin(seed)
            play(seed, scenario, run / seedCount / Scenario.trials.count)
            done.wrappingAdd(1, ordering: .relaxed)
        }
    }

    private func play(_ seed: UInt64, _ scenario: Int, _ place: Int) {
        let (strategy, commit) = (candidates[place].strategy, candidates[place].commit)
        let setup = Setup(seed: seed, scenario: Scenario.trials[scenario], strategy: strategy, commit: commit)
        let outcome = setup.run()
        state.withLock { $0[place].figures[scenario].add(outcome) }
    }
}

extension StrategyTrial.Figures {
    mutating func add(_ outcome: Outcome) {
        guard let losses = outcome.losses else { preconditionFailure("the scenario counts no losses") }
        runs += 1
        kills += outcome.counters.kills
        powerLosses += outcome.counters.powerLosses
        acknowledged += losses.acknowledged
        lost += losses.lost
        mostLostInOneRun = max(mostLostInOneRun, losses.lost)
        excluded += losses.excluded
        if !losses.isSettled { runsWithoutEnd += 1 }
        guard let violation = outcome.violation else { return }
        failedRuns += 1
        let setup = outcome.setup
        if let first = firstFailure, first.seed <= setup.seed { return }
        firstFailure = StrategyTrial.Failure(
            seed: setup.seed,
            text: "\(violation)",
            arguments: setup.arguments()
        )
    }
}
