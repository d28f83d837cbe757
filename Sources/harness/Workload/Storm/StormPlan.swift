/// A crowd of sessions with watches that lose their servers and come back at once.
public struct StormPlan: Sendable, Hashable {
    /// What takes the servers away.
    public var fault: StormFault
    /// Sessions of the crowd; those of the readers are beside them.
    public var sessions: Int
    /// Data watches of each session.
    public var watches: Int

    public init(fault: StormFault, sessions: Int, watches: Int) {
        self.fault = fault
        self.sessions = sessions
        self.watches = watches
    }

    /// Znodes that are watched where there are more watches than that.
    private static let shared = 1000

    /// Znodes that the crowd watches, each of which is changed once afterwards.
    var znodes: Int { min(sessions * watches, max(watches, Self.shared)) }

    /// The znodes that a session watches.
    func watched(by session: Int) -> [Int] {
        let first = first(of: session)
        return (0..<watches).map { (first + $0) % znodes }
    }

    /// Which of a session's watches is on the znode; nil where none is.
    func place(of znode: Int, in session: Int) -> Int? {
        guard (0..<znodes).contains(znode) else { return nil }
        let place = (znode - first(of: session) + znodes) % znodes
        return place < watches ? place : nil
    }

    private func first(of session: Int) -> Int { znodes == 0 ? 0 : session * watches % znodes }
}

/// What takes the servers away from a storm's crowd.
public enum StormFault: String, Sendable, Hashable, CaseIterable {
    /// The harness closes the crowd's connections, all at once; the servers go on.
    case connectionsCut = "connections_cut"
    /// SIGKILL to the leader, which is started again at once.
    case leaderKilled = "leader_killed"
    /// SIGKILL to all servers, and all started again at once.
    case ensembleRestarted = "ensemble_restarted"

    /// Whether the harness must be able to kill servers.
    public var hurtsServers: Bool { self != .connectionsCut }
}

extension LoadPlan {
    /// Where the crowd's znodes are: beside the readers', which are made and removed by themselves.
    var stormRoot: String { "\(rootPath)-storm" }
    func stormZnode(_ number: Int) -> String { "\(stormRoot)/\(number)" }
}

/// What became of a crowd in a storm. Moments are nanoseconds of CLOCK_MONOTONIC.
public struct StormReport: Sendable, Hashable {
    public var plan: StormPlan
    /// Just before the fault.
    public var startedAt: UInt64 = 0
    /// Sessions whose connection broke in the storm.
    public var lost = 0
    public var expired = 0
    /// For each session that came back as the same session, its watches set again: when, after `startedAt`; in order.
    public var backAfter: [UInt64] = []
    /// Sessions that were back and did not answer at the end, so that nothing is known of their watches.
    public var untold = 0
    /// Watches of sessions that are there at the end.
    public var watchesDue = 0
    /// Of these, the ones that told of their znode's change.
    public var watchesFired = 0
    /// Events of a change that came before anything was changed.
    public var eventsTooEarly = 0
    /// Why a session that was given back is not back: its server would not set its watches; nil where that did not happen.
    public var refusal: String?
    /// Znodes that were changed afterwards, each acknowledged.
    public var changes = 0
    /// Changes that were found on a quorum.
    public var changesVerified = 0
    /// Why too few servers could be read; nil where a quorum was.
    public var unread: String?
    /// A watch that did not fire, or a change that was not found.
    public var example: String?

    public init(plan: StormPlan) { self.plan = plan }

    /// Sessions that neither came back nor expired while somebody waited.
    public var missing: Int { lost - expired - backAfter.count }

    /// Why the storm is a violation of what ZooKeeper promises; nil where it is none.
    public var violation: String? {
        var parts: [String] = []
        if watchesFired < watchesDue { parts.append("\(watchesDue - watchesFired) of \(watchesDue) watches were lost") }
        if eventsTooEarly > 0 { parts.append("\(eventsTooEarly) watches told of a change before there was one") }
        if unread == nil, changesVerified < changes {
            parts.append("\(changes - changesVerified) of \(changes) changes were not found on a quorum")
        }
        guard !parts.isEmpty else { return nil }
        return parts.joined(separator: "; ") + (example.map { "; for example \($0)" } ?? "")
    }
}

extension StormReport {
    /// Holds the changes against what the servers with a vote hold; observers are no part of a quorum.
    ///
    /// - Parameters:
    ///   - paths: the znodes that were changed.
    ///   - servers: all of them.
    ///   - holders: which of the paths have the change on one server.
    mutating func verify<Server: Equatable & Sendable>(
        _ paths: [String],
        on servers: [Server],
        observers: [Server],
        holders: (Server) async throws -> [Bool]
    ) async {
        let voters = servers.filter { !observers.contains($0) }
        let quorum = voters.count / 2 + 1
        var found = [Int](repeating: 0, count: paths.count)
        var read = 0
        var failure = ""
        for server in voters {
            do {
                for (place, isThere) in try await holders(server).enumerated() where isThere { found[place] += 1 }
                read += 1
            } catch {
                failure = "\(server): \(error)"
            }
        }
        guard read >= quorum else {
            unread = "only \(read) of \(voters.count) voters could be read, \(quorum) needed; \(failure)"
            return
        }
        changesVerified = found.count { $0 >= quorum }
        if let missing = found.firstIndex(where: { $0 < quorum }), example == nil {
            example = "\(paths[missing]) was changed on \(found[missing]) of \(read) voters"
        }
    }
}
