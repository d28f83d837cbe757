import Measure

/// A cause in the few words that a table has room for.
extension Cause {
    /// What was used up; where nothing was, what writes wait for.
    func limiterInWords(_ facts: RunFacts) -> String {
        guard subject != .unknown else {
            guard facts.limiter != nil else { return facts.isOurs ? "not known" : "not known: only mntr" }
            return "nothing used up"
        }
        switch facts.limiter {
        case .latency where because != facts.limiterEvidence, .offeredRate where because != facts.limiterEvidence, nil:
            return Explanation.waitingFor + plainWords
        default: return plainWords
        }
    }

    private var plainWords: String { words.hasPrefix("the ") ? String(words.dropFirst(4)) : words }

    /// Whole per cents: a table shows where to look, and `--long` how well it is known.
    static func percent(_ share: Double) -> String { ConsoleTable.grouped(share * 100) + " %" }

    /// The figures that show it.
    func evidence(_ facts: RunFacts) -> String {
        let limits = facts.limits
        func busy(_ share: Double?) -> String { share.map { "\(Self.percent($0)) busy" } ?? "busy" }
        switch subject {
        case .generator:
            guard let share = limits.generatorBusyShare, share >= Limiter.nearlyAll else {
                return "near the generator's own maximum"
            }
            return "generator's loop \(busy(share))"
        case .others:
            let taken = (limits.foreign?.taken ?? 0) * Double(limits.cores)
            return "others used \(ConsoleTable.threeDigits(taken)) of \(Count(limits.cores, "core"))"
        case .leaderLoop where limits.loopUtilization != nil: return Self.loop(limits)
        case .leaderLog: return "log thread \(busy(limits.logUtilization))"
        case .machine:
            let waits = limits.loopWaitShare.flatMap { $0 >= Limiter.starvedShare ? Self.loop(limits) : nil }
            return [waits, Self.cores(limits)].compactMap { $0 }.joined(separator: "; ")
        case .diskSync where (limits.syncShare ?? 0) >= 0.5:
            return "leader's log syncs \(Self.percent(limits.syncShare ?? 0)) of the time" + Self.queue(facts)
        case .leaderThread(let name): return "leader's \(name) \(busy(limits.leaderThread?.share))"
        case .ownStage: return because
        case .diskSync, .clients, .followers, .links, .link, .disk:
            return Self.stages(of: subject, facts) ?? because
        case .unknown:
            let sync = limits.syncShare.map { "syncs \(Self.percent($0))" }
            let used = [Self.cores(limits), limits.loopUtilization == nil ? nil : Self.loop(limits), sync]
                .compactMap { $0 }.joined(separator: ", ")
            return (used.isEmpty ? because : used) + Self.queue(facts)
        default: return because
        }
    }

    /// `1.61 of 2 cores busy`.
    private static func cores(_ limits: Limiter.Facts) -> String? {
        limits.busyCores.map { "\(ConsoleTable.threeDigits($0)) of \(Count(limits.cores, "core")) busy" }
    }

    /// The ledger's share of what a load waits for; nil where nothing was traced.
    private static func stages(of subject: Subject, _ facts: RunFacts) -> String? {
        let stages: [String]
        switch subject {
        case .diskSync: stages = ["append", "sync"]
        case .clients: stages = ["client_wait", "request", "response"]
        default: stages = ["quorum_ack"]
        }
        return facts.share(stages).map { "\(percent($0)) of p50 in \(stages.joined(separator: ", "))" }
    }

    /// Of a ZooKeeper, which tells no more of its inside.
    private static func queue(_ facts: RunFacts) -> String {
        guard !facts.isOurs, let waiting = facts.outstandingAtLeader, waiting >= 1 else { return "" }
        return "; up to \(Count(Int(waiting.rounded()), "request")) outstanding at the leader"
    }

    private static func loop(_ limits: Limiter.Facts) -> String {
        let run = limits.loopUtilization.map { "leader's loop \(percent($0)) busy" }
        let wait = limits.loopWaitShare.flatMap { $0 >= 0.05 ? "\(percent($0)) without a core" : nil }
        return [run, wait].compactMap { $0 }.joined(separator: ", ")
    }

    func helpInShort(_ facts: RunFacts) -> String {
        switch subject {
        case .generator: "a generator with more cores, or a machine of its own"
        case .others: "a quiet machine (--wait-quiet)"
        case .leaderLoop: "clients on the followers, or a faster core"
        case .leaderLog: "a faster core, or smaller records"
        case .machine: "more cores, or a machine for each server"
        case .diskSync: "a disk that syncs faster, or more in flight"
        case .egress: "a faster network, or smaller payloads"
        case .followers: "faster disks or links for the followers"
        case .links: "servers closer together"
        case .link(let id): "a faster link to server \(id)"
        case .disk(let id): "a faster disk for server \(id)"
        case .clients: "clients closer to the servers, or more in flight"
        case .leaderThread: "a faster core, or clients on the followers"
        case .ownStage: "a faster core, or fewer operations in flight"
        case .unknown: facts.isOurs ? "a run with trace: true" : help
        }
    }
}
