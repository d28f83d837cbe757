/// Causes by what a ZooKeeper says of itself.
extension Cause {
    /// What each write passes on the leader, one after the other, in ZooKeeper's names.
    private static let throttle = "request_throttle_queue_time_ms"
    private static let prepare = "prep_processor_queue_time_ms"
    private static let quorum = "quorum_ack_latency"
    private static let commit = "local_write_committed_time_ms"
    /// Part of the quorum's: from the leader's queue before its log until the flush is over.
    private static let ownLog = "sync_processor_queue_and_flush_time_ms"

    /// By the leader's own averages, the stage that takes most; nil where it does not say how long a quorum takes.
    static func byOwnAccount(_ facts: RunFacts) -> Cause? {
        let way = [throttle, prepare, quorum, commit]
        let known = way.compactMap { stage in facts.ownStages[stage].map { (stage: stage, time: $0) } }
        guard facts.ownStages[quorum] != nil, let most = known.max(by: { $0.time < $1.time }), most.time > 0 else {
            return nil
        }
        let time = ConsoleTable.latency(microseconds: most.time)
        let account = "by the leader's own average"
        switch most.stage {
        case quorum:
            guard let log = facts.ownStages[ownLog] else {
                return Cause(.followers, "\(account) a quorum acknowledges after \(time) (\(quorum))", followersHelp)
            }
            let words =
                "\(account) a quorum acknowledges after \(time) (\(quorum)), of which its own log takes "
                + "\(ConsoleTable.latency(microseconds: log)) (\(ownLog))"
            return log >= most.time / 2 ? Cause(.diskSync, words, diskHelp) : Cause(.followers, words, followersHelp)
        case prepare:
            return Cause(
                .ownStage("the queue before the leader's PrepRequestProcessor"),
                "\(account) a write waits \(time) there (\(prepare))",
                "a faster core, or fewer operations in flight: one thread prepares all writes"
            )
        case commit:
            return Cause(
                .ownStage("the leader's CommitProcessor"),
                "\(account) a committed write of its own clients waits \(time) there (\(commit))",
                "a faster core, or fewer operations in flight: one thread commits all writes"
            )
        default:
            return Cause(
                .ownStage("the queue of the leader's RequestThrottler"),
                "\(account) a request waits \(time) there (\(throttle))",
                "fewer operations in flight, or clients on the followers"
            )
        }
    }

    private static let followersHelp = "faster disks, links or processors for the followers"

    /// Of servers that do not say enough.
    static func unreported(_ facts: RunFacts) -> Cause {
        let missing = facts.unreported
        return Cause(
            .unknown,
            facts.limiterEvidence
                ?? (missing.isEmpty
                    ? "nothing that \(facts.system) reports is a limit"
                    : "\(facts.system) does not report \(missing.joined(separator: ", nor "))"),
            "\(facts.system == "etcd" ? "/metrics" : "mntr") allowed on every server, and servers on this machine, whose "
                + "processes can be measured"
        )
    }
}

extension Explanation {
    /// The leader's own averages that say most of a write's way; nil where it says nothing.
    static func ownAccount(_ facts: RunFacts) -> String? {
        let largest = facts.ownStages.filter { $0.value > 0 }.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(
            4
        )
        guard !largest.isEmpty else { return nil }
        let parts = largest.map { "\($0.key) \(ConsoleTable.latency(microseconds: $0.value))" }
        return "By the leader's own averages, which overlap and do not add up: \(parts.joined(separator: ", "))."
    }
}
