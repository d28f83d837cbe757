import Measure

/// What held a load back, and what would help most, by the facts of its runs.
struct Cause: Sendable, Equatable {
    enum Subject: Sendable, Equatable {
        case generator
        /// Programs that are not ours, or other machines.
        case others
        case leaderLoop
        case leaderLog
        case machine
        case diskSync
        case egress
        /// The followers' acknowledgements, where the files do not say what they spend.
        case followers
        /// The ways between the servers, or that of one follower.
        case links
        case link(Int)
        /// The disk of one follower.
        case disk(Int)
        /// The way between clients and servers.
        case clients
        /// Of servers that are not ours: one of their threads, or a stage by their own account.
        case leaderThread(String)
        case ownStage(String)
        case unknown
    }

    var subject: Subject
    var because: String
    var help: String

    /// How many times the others' a link or a disk must take to be called slow.
    static let linkFactor = 3.0
    /// A difference that no client sees is none, microseconds.
    static let linkDifference = 100.0

    /// What was used up counts first; where nothing was, where the time of a write goes.
    init(_ facts: RunFacts) {
        let evidence = facts.limiterEvidence ?? ""
        switch facts.limiter {
        case .generator: self.init(.generator, evidence, "a generator with more processors, or on a machine of its own")
        case .others:
            self.init(
                .others,
                evidence,
                (facts.limits.foreign?.steal ?? 0) > (facts.limits.foreign?.share ?? 0)
                    ? "a machine whose processors no other one shares, or the same run with --wait-quiet"
                    : "a quiet machine: stop what else runs on it, or repeat the run with --wait-quiet"
            )
        case .loopThread: self.init(.leaderLoop, evidence, Self.loopHelp)
        case .logThread:
            self.init(.leaderLog, evidence, "a faster processor for the leader's log thread, or smaller records")
        case .leaderThread:
            self.init(
                .leaderThread(facts.limits.leaderThread?.name ?? "its busiest one"),
                evidence,
                "a faster core for that thread, or less work on the leader (clients on the followers)"
            )
        case .wholeMachine:
            self = Self.starvedLoop(facts) ?? Cause(.machine, evidence, "more cores, or a machine for each server")
        case .diskSync: self.init(.diskSync, evidence, Self.diskHelp)
        case .egress:
            self.init(
                .egress,
                evidence,
                "a faster network at the leader, smaller payloads, or clients on the followers"
            )
        case .latency, .offeredRate, nil: self = Self.byTime(facts)
        }
    }

    init(_ subject: Subject, _ because: String, _ help: String) {
        self.subject = subject
        self.because = because
        self.help = help
    }

    private static let loopHelp =
        "less work for each round of the leader's loop (clients on the followers take reading and answering off it), or a "
        + "faster core"
    private static let linksHelp =
        "servers that are closer together; on one machine free cores, because there a link is as slow as its threads"
    static let diskHelp =
        "a disk that syncs faster, or more operations in flight, so that each sync carries more of them"

    /// On a machine without a processor to spare: the leader's loop, if it is never idle, and either no follower's is as
    /// busy by far or writes spend most of their time there. More cores would help it, too, but up to one of its own only.
    private static func starvedLoop(_ facts: RunFacts) -> Cause? {
        guard let run = facts.limits.loopUtilization, let wait = facts.limits.loopWaitShare,
            run + wait >= Limiter.nearlyAll
        else { return nil }
        let why: String
        if let others = facts.followerLoopOccupancy, others <= 0.5 {
            why = "no follower's loop had work for more than \(Limiter.percent(others)) of it"
        } else if let share = facts.share(["queue", "propose", "apply", "reply"]), share >= 0.5 {
            why =
                "\(facts.shareInWords(["queue", "propose", "apply", "reply"])) of a write's time at p50 is spent in queue, propose, apply and reply"
        } else {
            return nil
        }
        return Cause(
            .leaderLoop,
            "it was never idle (\(Limiter.percent(run, facts.limits.errors.loopUtilization)) of the time on a processor, "
                + "\(Limiter.percent(wait, facts.limits.errors.loopWaitShare)) ready and without "
                + "one), and \(why)",
            "a core of its own for the leader's loop, then " + loopHelp
        )
    }

    /// By the ledger at p50: the part that takes most.
    private static func byTime(_ facts: RunFacts) -> Cause {
        let onDisk = ["append", "sync"]
        let inLoop = ["queue", "propose", "commit", "apply", "reply"]
        let atQuorum = ["quorum_ack"]
        let atClients = ["client_wait", "request", "response"]
        guard let disk = facts.share(onDisk), let loop = facts.share(inLoop), let quorum = facts.share(atQuorum),
            let clients = facts.share(atClients)
        else { return withoutLedger(facts) }
        func of(_ stages: [String], _ what: String) -> String {
            "\(facts.shareInWords(stages)) of a write's time at p50 is \(what)"
        }
        // Waiting for the quorum is waiting for somebody's disk, link or loop.
        let most = max(disk, loop, quorum, clients)
        if most == quorum {
            let why = of(atQuorum, "waiting for the quorum's acknowledgement after the leader's own sync")
            if let slow = facts.slowLink, slow.isAwaited == true {
                return Cause(
                    .link(slow.serverID),
                    why,
                    "a faster link to server \(slow.serverID)"
                )
            }
            if let slow = facts.slowDisk, slow.isAwaited == true {
                return Cause(
                    .disk(slow.serverID),
                    why,
                    "a faster disk for server \(slow.serverID)"
                )
            }
            let awaited = facts.followers.filter { $0.isAwaited == true }
            let ways = awaited.compactMap { follower in
                follower.sync.flatMap { sync in follower.link.map { (sync: sync, link: $0) } }
            }
            // The quorum is complete with the fastest of them.
            guard let fastest = ways.min(by: { $0.sync + $0.link < $1.sync + $1.link }) else {
                return Cause(.followers, why, "faster disks or links for the followers")
            }
            return fastest.sync >= fastest.link
                ? Cause(.diskSync, why + ", most of it the followers' syncs", diskHelp)
                : Cause(.links, why + ", most of it on the links", linksHelp)
        }
        if most == disk {
            return Cause(.diskSync, of(onDisk, "spent in the leader's log, waiting for it or syncing"), diskHelp)
        }
        if most == loop {
            return Cause(
                .leaderLoop,
                of(inLoop, "spent in the servers' loops (queue, propose, commit, apply, reply)"),
                loopHelp
            )
        }
        let why = of(atClients, "spent before the leader has read it or after it was answered")
        // A loop that is busy reads late.
        if let run = facts.limits.loopUtilization, run >= 0.5 {
            return Cause(
                .leaderLoop,
                why
                    + ", with the leader's loop running \(Limiter.percent(run, facts.limits.errors.loopUtilization)) of the time",
                loopHelp
            )
        }
        return Cause(.clients, why, "clients closer to their servers, or more operations in flight")
    }

    /// Of folders that hold no ledger.
    private static func withoutLedger(_ facts: RunFacts) -> Cause {
        guard let share = facts.limits.syncShare, share >= 0.5 else {
            if !facts.isOurs, !facts.system.isEmpty { return byOwnAccount(facts) ?? unreported(facts) }
            return Cause(
                .unknown,
                facts.limiterEvidence ?? "the files do not show it (an older zabbench, perhaps)",
                "a run with trace: true, which follows writes through the servers"
            )
        }
        return Cause(
            .diskSync,
            "the leader's log was in a sync \(Limiter.percent(share, facts.limits.errors.syncShare)) of the time",
            diskHelp
        )
    }

    /// As a sentence names it.
    var words: String {
        switch subject {
        case .generator: "the load generator"
        case .others: "other processes"
        case .leaderLoop: "the leader's loop"
        case .leaderLog: "the leader's log thread"
        case .machine: "the whole machine"
        case .diskSync: "disk sync"
        case .egress: "the leader's network"
        case .followers: "the followers' acknowledgements"
        case .links: "the links between the servers"
        case .link(let id): "the link of server \(id)"
        case .disk(let id): "the disk of server \(id)"
        case .clients: "the way between clients and servers"
        case .leaderThread(let name): "one thread of the leader (\(name))"
        case .ownStage(let name): name
        case .unknown: "nothing in these files"
        }
    }
}

extension RunFacts {
    /// The follower whose link is slower than those of all others by far; nil where none is, or there is one follower only.
    var slowLink: Follower? { slow { $0.link } }
    /// The same of its disk.
    var slowDisk: Follower? { slow { $0.sync } }

    private func slow(_ time: (Follower) -> Double?) -> Follower? {
        let known = followers.compactMap { follower in time(follower).map { (follower, $0) } }
        guard known.count >= 2, let slowest = known.max(by: { $0.1 < $1.1 }) else { return nil }
        guard let next = known.filter({ $0.0.serverID != slowest.0.serverID }).map(\.1).max() else { return nil }
        return slowest.1 >= Cause.linkFactor * next && slowest.1 - next >= Cause.linkDifference ? slowest.0 : nil
    }

    /// The slowest of the other followers, and the time that it takes.
    func next(to follower: Follower, _ time: (Follower) -> Double?) -> (follower: Follower, time: Double)? {
        followers.filter { $0.serverID != follower.serverID }
            .compactMap { other in time(other).map { (follower: other, time: $0) } }
            .max { $0.time < $1.time }
    }
}
