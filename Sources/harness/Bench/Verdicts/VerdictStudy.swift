import CPlatform
import Foundation
import Log
import Report
import Results
import Simulator
import Workload

/// Verdicts on ways to write a log, from the simulator or, where this very program has given them before, from its cache.
public enum VerdictStudy {
    /// Enough for every strategy that loses anything to show it many times over: `docs/reference/durability.md`.
    public static let seeds: ClosedRange<UInt64> = 1...24

    /// The logs that a workload runs with, each once, in the order of the file.
    ///
    /// - Throws: `WorkloadError`.
    public static func candidates(ofWorkload path: String) throws -> [StrategyTrial.Candidate] {
        var candidates: [StrategyTrial.Candidate] = []
        for log in try WorkloadFile(path: path).ensemble.logs where !candidates.contains(log.candidate) {
            candidates.append(log.candidate)
        }
        return candidates
    }

    /// Plays what is not known yet, on all cores.
    ///
    /// - Parameters:
    ///   - cache: nil: plays everything, and keeps nothing.
    ///   - begin: gets the trial that is going to be played, so that it can be stopped; not called if there is none.
    ///   - progress: runs done, of how many; called now and then, on any thread, one call at a time.
    /// - Returns: one for each candidate, in their order; nil if the trial was stopped.
    public static func verdicts(
        for candidates: [StrategyTrial.Candidate],
        seeds: ClosedRange<UInt64> = seeds,
        cache: VerdictCache? = VerdictCache(),
        threads: Int = ProcessInfo.processInfo.activeProcessorCount,
        begin: (StrategyTrial) -> Void = { _ in },
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void = { _, _ in }
    ) async -> [DurabilityVerdict]? {
        var known = cache?.load(seeds) ?? [:]
        let missing = candidates.filter { known[$0.label] == nil }
        if !missing.isEmpty {
            let trial = StrategyTrial(missing, seeds: seeds)
            begin(trial)
            await play(trial, threads: threads, progress)
            guard trial.runsDone == trial.runCount else { return nil }
            for result in trial.results { known[result.candidate.label] = verdict(result, seeds) }
            cache?.store(known, seeds)
        }
        return candidates.map { known[$0.label]! }
    }

    /// How many different ones of these this program has not tried yet.
    static func unknown(
        among candidates: [StrategyTrial.Candidate],
        seeds: ClosedRange<UInt64> = seeds,
        cache: VerdictCache? = VerdictCache()
    ) -> Int {
        Set(candidates.map(\.label)).subtracting((cache?.load(seeds) ?? [:]).keys).count
    }

    /// As `verdicts`, until Ctrl-C.
    ///
    /// - Returns: nil if it was interrupted.
    public static func interruptibleVerdicts(
        for candidates: [StrategyTrial.Candidate],
        seeds: ClosedRange<UInt64>,
        cache: VerdictCache?,
        threads: Int,
        progress: @escaping @Sendable (_ done: Int, _ of: Int) -> Void
    ) async -> [DurabilityVerdict]? {
        var interruption: Interruption?
        let found = await verdicts(
            for: candidates,
            seeds: seeds,
            cache: cache,
            threads: threads,
            begin: { trial in
                interruption = Interruption(saying: "Interrupted: stopping after the seeds under way.") { trial.stop() }
            },
            progress: progress
        )
        interruption?.end()
        return found
    }

    /// Those that lost what the log claims of their methods to keep.
    public static func broken(
        _ verdicts: some Sequence<(StrategyTrial.Candidate, DurabilityVerdict)>
    ) -> [StrategyTrial.Candidate] {
        verdicts.filter { candidate, verdict in
            !verdict.survivesProcessCrash
                || (candidate.strategy.method.waitsForDurability && !verdict.survivesPowerLoss)
        }.map(\.0)
    }

    private static func play(
        _ trial: StrategyTrial,
        threads: Int,
        _ progress: @escaping @Sendable (Int, Int) -> Void
    ) async {
        zb_report_traps()
        defer { zb_forget_traps() }
        let follower = Task {
            while !Task.isCancelled {
                progress(trial.runsDone, trial.runCount)
                try? await Task.sleep(for: .milliseconds(200))
            }
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<threads { group.addTask { await work(on: trial) } }
        }
        follower.cancel()
        await follower.value
    }

    /// On a thread of its own: seeds keep a thread busy to the end, and the tasks' own threads are for others.
    private static func work(on trial: StrategyTrial) async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                trial.work { zb_note_seed($0) }
                continuation.resume()
            }
        }
    }

    private static func verdict(_ result: StrategyTrial.Result, _ seeds: ClosedRange<UInt64>) -> DurabilityVerdict {
        DurabilityVerdict(
            strategy: result.candidate.strategy.label,
            batching: result.candidate.commit.batching.label,
            inFlight: result.candidate.commit.inFlight,
            firstSeed: seeds.lowerBound,
            lastSeed: seeds.upperBound,
            processCrash: verdict(result.figures(of: .killall)),
            powerLoss: verdict(result.figures(of: .powercut))
        )
    }

    private static func verdict(_ figures: StrategyTrial.Figures) -> DurabilityVerdict.Trial {
        DurabilityVerdict.Trial(
            runs: figures.runs,
            crashes: figures.kills + figures.powerLosses,
            acknowledged: figures.acknowledged,
            lost: figures.lost,
            mostLostInOneRun: figures.mostLostInOneRun,
            failedRuns: figures.failedRuns,
            runsWithoutEnd: figures.runsWithoutEnd,
            exampleSeed: figures.firstFailure?.seed,
            exampleCommand: figures.firstFailure.map { "zabbench simulate \($0.arguments)" },
            exampleText: figures.firstFailure?.text
        )
    }
}
