import Host
import Randomness
import Replica
import Zab

/// Stretches in which nothing goes wrong: before the first fault, and after the last when all is at rest again. A server
/// that leaves its leader there, or a link that closes, has no reason that anybody could name.
extension Simulation {
    /// Where an epoch's counter runs out, leaders resign by themselves.
    private var mayBeCalm: Bool { losses == nil && setup.lastCounters == Configuration.lastCountersDefault }

    /// A tick after the last server has begun to serve: what was refused on the way there has been heard of then.
    func noteServing() {
        guard mayBeCalm, calmFrom == nil, !hadFault || isResting else { return }
        guard servers.allSatisfy({ $0.process?.host.member.peer.phase.isServing ?? false }) else { return }
        // A sync that a slow disk began outlasts the fault, and its server is dropped for it.
        guard !isResting || servers.allSatisfy({ $0.process?.hasSyncedAll ?? false }) else { return }
        calmFrom = now + setup.tick
    }

    /// Something begins that explains whatever follows.
    func endCalm() {
        hadFault = true
        calmFrom = nil
    }

    /// A server has left its leader, or a link has closed: nothing explains it if all is calm.
    func isUnexplained(_ what: @autoclosure () -> String) {
        guard let from = calmFrom else { return }
        guard now >= from else { return calmFrom = nil }
        report(Violation(kind: .calm, text: "\(what()), and nothing is wrong since \(from / 1_000_000) ms"))
    }

    /// In a share of the seeds the ensemble is watched for a while when all is done: long enough for whoever hears
    /// nothing to lose patience.
    var restTime: Nanoseconds {
        var random = SplitMix64(seed: setup.seed, stream: Setup.Stream.rest)
        return losses == nil && random.below(4) == 0 ? UInt64(setup.syncLimit + 3) * setup.tick : 0
    }

    /// Whether the server, which has refused to start, starts on the same disk without its newest snapshot, and finds
    /// there all that it has promised: then it should have passed the snapshot over by itself.
    func startsWithoutNewestSnapshot(_ index: Int) -> Bool {
        let disk = servers[index].disk.copy()
        let snapshots = disk.paths.filter { $0.hasPrefix(dataDirectory + "/snapshot.") && !$0.hasSuffix(".tmp") }
        guard snapshots.count > 1, let newest = snapshots.last, (try? disk.remove(newest)) != nil else { return false }
        guard let end = SimulatedProcess.recoveredEnd(of: disk, in: self) else { return false }
        return end >= zab.ledgers[index].promised
    }
}
