import Foundation
import Report
import Workload

/// How long a run takes beyond its load, from what runs took: medians of the stored ones (two cores, a virtio disk). There
/// `events.csv` gives 0.22, 0.49, 0.72 and 1.05 s from the servers' start to their stop without the load on 1, 3, 5
/// and 7 servers (results/reference/ensemble-size), and 0.7 to 1.05 s from a stop to the next start (fsync-default,
/// ensemble-size), in which folders are removed and others have their share looked at.
enum RunTimes {
    /// From a stop to the next start, and what does not depend on the servers; with servers that run already, too.
    private static let betweenSeconds = 0.8
    /// Start, election, reading back and stop, of each server.
    private static let perServerSeconds = 0.2
    /// The same of a server that is a cold Java machine: 8 to 11 s were seen with three of them on two cores.
    private static let perJavaServerSeconds = 3.0
    /// The same of a yardstick's, which writes its log before: about half of what a debug build took beside a compiler on both
    /// cores (1.7 to 2.3 s with three of them, 3.5 to 4.1 s with five).
    private static let perYardstickServerSeconds = 0.4
    /// Start, election, reading back and stop of etcd's servers: an election takes at least its timeout of 1 s.
    private static let etcdSeconds = 3.0
    /// The reading back of a closed loop before an open one whose rate is a share of it.
    private static let closedReadingSeconds = 0.5
    /// A fault after its pause, until the ensemble is whole again: 1.0 to 1.6 s in most runs of results/reference/election.
    private static let faultSeconds = 1.5
    /// Until a killed Java machine serves again.
    private static let javaRestartSeconds = 2.0
    /// The same for each million znodes more, which a server may need to be sent: 0.1 to 9 s there.
    private static let faultSecondsPerMillion = 3.0
    /// Znodes a second that are created before faults: 13 s for a million there.
    private static let createdPerSecond = 80_000.0
    /// A null target's start, keys and stop.
    private static let nullTargetSeconds = 0.5
    /// Sessions of a storm that open, or come back, in a second, with three servers on two cores.
    private static let stormSessionsPerSecond = 3000.0
    /// Processor seconds for the simulator to try one log with 24 seeds: 1.7 in a release build.
    private static let verdictSeconds = 1.7

    /// What an ensemble of ours takes beside its load.
    static func startSeconds(servers: Int) -> Double { perServerSeconds * Double(servers) }

    /// Of a whole run.
    static func seconds(_ run: PlannedRun) -> Double {
        var seconds = betweenSeconds + run.load.warmUpSeconds
        if run.ensemble.system == .etcd {
            seconds += etcdSeconds
        } else if run.ensemble.system == .yardstick {
            seconds += perYardstickServerSeconds * Double(run.ensemble.serverCount)
        } else if run.ensemble.system != .zabbench {
            seconds += perJavaServerSeconds * Double(run.ensemble.allServers)
        } else if run.ensemble.placement != .external {
            seconds += startSeconds(servers: run.ensemble.allServers)
        }
        if run.rateShare != nil {
            let closed = BenchRun.closedLoop(before: run.load)
            let whole = closed.warmUpSeconds + closed.durationSeconds + closedReadingSeconds
            // The points of a curve share one.
            seconds += whole / Double(max(1, run.curvePoints))
        }
        if let storm = run.load.storm {
            // Opening, the storm itself, and telling everybody of a change: about as long each.
            seconds += 1 + 3 * Double(storm.sessions) / stormSessionsPerSecond
            if storm.fault.hurtsServers { seconds += seconds - run.load.warmUpSeconds }
            return seconds
        }
        guard let faults = run.faults else { return seconds + measuredSeconds(run.load) }
        let millions = Double(faults.state.znodes) / 1e6
        let each = faults.order(seed: run.load.seed).map { kind in
            faults.pauseSeconds + faultSeconds + faultSecondsPerMillion * millions + longer(kind, run.ensemble)
        }
        seconds += Double(faults.state.znodes) / createdPerSecond
        return seconds + each.reduce(0, +)
    }

    /// What a fault takes beyond that: a silent leader is given up after so many ticks, and servers start again.
    private static func longer(_ kind: FaultKind, _ ensemble: PlannedEnsemble) -> Double {
        let restart = ensemble.system == .zookeeper ? javaRestartSeconds : 0
        switch kind {
        case .leaderHung, .leaderCut: return Double(ensemble.tickTimeMilliseconds * ensemble.syncLimit) / 1000
        case .leaderKilled: return restart
        case .followersLost: return restart * Double((ensemble.size - 1) / 2)
        case .ensembleRestarted: return restart * Double(ensemble.size)
        }
    }

    /// A planned rate says beforehand when a load has enough operations; what a closed loop achieves nobody knows.
    static func measuredSeconds(_ load: LoadPlan) -> Double {
        if load.replay != nil { return load.durationSeconds }
        // How soon the interval is narrow enough nobody knows: this is the most.
        if load.precision != nil, let longest = load.longestSeconds { return longest }
        guard let rate = load.mode.ratePerSecond, rate > 0 else { return load.durationSeconds }
        let needed = Double(RunValidity.fewestOperations) / rate
        guard needed > load.durationSeconds else { return load.durationSeconds }
        let beyond = (needed - load.durationSeconds).rounded(.up)
        return min(load.durationSeconds + beyond, LoadExtension.longestSeconds(planned: load.durationSeconds))
    }

    /// What comes before the first run: the simulator's verdicts that are not known yet, and the null target.
    static func preparation(_ runs: [PlannedRun], file: WorkloadFile, options: BenchSession.Options) -> Double {
        var seconds = 0.0
        if options.survey == nil, options.wantsVerdictsOfOwnServers {
            let ours = runs.map(\.ensemble).filter(\.hasPlannedLog)
            let missing = VerdictStudy.unknown(among: ours.map(\.log.candidate))
            let threads = max(1, ProcessInfo.processInfo.activeProcessorCount)
            seconds += Double(missing) * verdictSeconds / Double(threads)
        }
        if file.wantsNullTarget {
            let bounded = runs.filter { GeneratorBounds.isOf($0.ensemble.system, options.survey) }
            let shapes = Set(bounded.map { GeneratorBounds.Shape($0.load) }).count
            let each = GeneratorBounds.warmUpSeconds + GeneratorBounds.measuredSeconds + nullTargetSeconds
            seconds += Double(shapes) * each
        }
        return seconds
    }
}
