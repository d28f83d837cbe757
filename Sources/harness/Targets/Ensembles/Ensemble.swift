import CPlatform
import Client
import Measure
import NIOCore
import Wire

/// One server of an ensemble under test.
public struct EnsembleServer: Sendable, Hashable {
    /// From 1.
    public var id: Int
    /// Where it serves clients.
    public var endpoint: Endpoint
    /// Whether it counts for the quorum; an observer does not.
    public var isVoter: Bool
    /// From 1, where several ensembles share the keys; nil for the servers of one.
    public var shard: Int?

    public init(id: Int, endpoint: Endpoint, isVoter: Bool = true) {
        self.id = id
        self.endpoint = endpoint
        self.isVoter = isVoter
    }
}

/// Servers under test, wherever they run.
public protocol Ensemble: AnyObject, Sendable {
    /// All servers, by id; empty before `start`.
    var servers: [EnsembleServer] { get }
    /// The ensembles that share the keys, each on its own; itself alone where it has them all.
    var shards: [any Ensemble] { get }
    /// Whether the servers share this process, so that nobody can say whose its processor time is.
    var isShared: Bool { get }

    /// Starts all servers and waits until they serve.
    ///
    /// - Throws: `TargetError` with the last log lines of the server that failed; then nothing runs any more.
    func start() async throws
    /// Stops all servers; afterwards none runs. Does nothing to servers that are not ours.
    func stop() async
    /// Sends a signal to a server's process.
    func kill(_ id: Int, signal: Int32) async throws
    /// Starts a server that has ended, on its data and ports. Returns when it is started, not when it serves.
    func restart(_ id: Int) async throws
    /// The server's process on this machine; nil if it has none of its own or none that can be seen.
    func pid(of id: Int) -> Int32?
    /// How the server ended; nil while it runs, or where nobody can know.
    func exit(of id: Int) -> String?
    /// The last lines of a server's log; empty where there is none.
    func lastLogLines(of id: Int, count: Int) -> [String]
    /// Waits for the end of a server's process, at most so long; false if it still runs.
    func waitForExit(of id: Int, seconds: Double) async -> Bool
    /// What a server says of itself; nil if it does not answer, or does not serve.
    func report(of server: EnsembleServer) async -> MonitorReport?
    /// With all that it counts, where that costs it more.
    func fullReport(of server: EnsembleServer) async -> MonitorReport?
    /// The ways between the servers, where the harness has its hands on them; nil where they talk directly.
    var links: (any LinkControl)? { get }
    /// What kind of servers they are.
    var traits: ServerTraits { get }
    /// A server's journal of its phases; nil if it does not answer. Asked only where the traits have one.
    func phaseJournal(of server: EnsembleServer) async -> PhaseJournal?
}

extension Ensemble {
    public var shards: [any Ensemble] { [self] }
    public var links: (any LinkControl)? { nil }
    public var traits: ServerTraits { ServerTraits() }

    public var endpoints: [Endpoint] { servers.map(\.endpoint) }

    /// Of which shard each server is; empty where there is one alone.
    public var shardsByServer: [Int: Int] {
        Dictionary(servers.compactMap { server in server.shard.map { (server.id, $0) } }) { one, _ in one }
    }

    /// Those of `endpoints` that have no vote.
    public var observers: [Endpoint] { servers.filter { !$0.isVoter }.map(\.endpoint) }

    public func report(of server: EnsembleServer) async -> MonitorReport? {
        await MonitorReport.asked(server.endpoint)
    }

    public func fullReport(of server: EnsembleServer) async -> MonitorReport? { await report(of: server) }

    /// What every server says of itself, asked at the same time; nil for one that does not answer.
    public func reports() async -> [(server: EnsembleServer, report: MonitorReport?)] {
        await reports { await self.report(of: $0) }
    }

    /// Answers of all servers to one question, asked at the same time.
    func reports(
        _ ask: @escaping @Sendable (EnsembleServer) async -> MonitorReport?
    ) async -> [(server: EnsembleServer, report: MonitorReport?)] {
        let servers = servers
        return await withTaskGroup(of: (Int, MonitorReport?).self) { group in
            for (index, server) in servers.enumerated() {
                group.addTask { (index, await ask(server)) }
            }
            var reports = [MonitorReport?](repeating: nil, count: servers.count)
            for await (index, report) in group { reports[index] = report }
            return zip(servers, reports).map { ($0, $1) }
        }
    }

    /// What the servers and the kernel count, now; servers that do not answer are left out.
    public func samples() async -> [ServerSample] { samples(of: await reports { await self.fullReport(of: $0) }) }

    func samples(of reports: [(server: EnsembleServer, report: MonitorReport?)]) -> [ServerSample] {
        reports.compactMap { server, report in
            report.map {
                ServerSample(
                    serverID: server.id,
                    report: $0,
                    pid: isShared ? nil : pid(of: server.id),
                    isShared: isShared
                )
            }
        }
    }

    /// The server that leads and says so; nil while none does.
    public func leader() async -> EnsembleServer? {
        await reports().first { $0.report?.isLeading == true }?.server
    }

    /// Waits until every server serves and one of them leads.
    ///
    /// - Throws: `TargetError` when the time is over or a server's process has ended, with its last log lines.
    public func waitUntilServing(seconds: Double) async throws {
        let deadline = zb_monotonic_nanoseconds() + UInt64(seconds * 1e9)
        var pause = Duration.milliseconds(5)
        while true {
            let reports = await reports()
            // Before the answers count: where a server of ours has ended, somebody else may answer in its place.
            for (server, _) in reports {
                guard let exit = exit(of: server.id) else { continue }
                let lines = lastLogLines(of: server.id, count: 8)
                throw TargetError(
                    "server \(server.id) exited (\(exit)) before it was serving; "
                        + (lines.isEmpty ? "its log is empty" : "its last log lines:"),
                    evidence: lines,
                    fault: .neverServed
                )
            }
            if reports.allSatisfy({ $0.report?.isServing == true }),
                reports.contains(where: { $0.report?.isLeading == true || $0.report?.tellsRole == false })
            {
                return
            }
            guard zb_monotonic_nanoseconds() < deadline else { throw late(reports, seconds: seconds) }
            // The servers cannot tell us when they are ready, so we ask again, the less often the longer it takes.
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .milliseconds(200))
        }
    }

    private func late(_ reports: [(server: EnsembleServer, report: MonitorReport?)], seconds: Double) -> TargetError {
        let states = reports.map {
            "server \($0.server.id) at \($0.server.endpoint) is \($0.report?.state ?? "not responding")"
        }
        let silent = reports.first { $0.report?.isServing != true }?.server
        return TargetError(
            "the ensemble is not serving after \(Int(seconds)) s: \(states.joined(separator: ", "))",
            evidence: silent.map { lastLogLines(of: $0.id, count: 8) } ?? [],
            fault: .neverServed
        )
    }

    /// Waits until all servers have applied the same transactions, and returns their digest of the state and its zxid.
    ///
    /// The digests are compared at the same zxid alone. Nil where the servers have no digest (ZooKeeper), or where they
    /// do not come to the same zxid in time.
    public func commonDigest(seconds: Double) async -> DigestComparison? {
        let deadline = zb_monotonic_nanoseconds() + UInt64(seconds * 1e9)
        while !Task.isCancelled {
            let samples = await samples()
            let digests = samples.compactMap { sample in
                sample.digest.flatMap { digest in sample.digestZxid.map { (zxid: $0, digest: digest) } }
            }
            if samples.count == servers.count, digests.isEmpty { return nil }
            if digests.count == servers.count, let first = digests.first, digests.allSatisfy({ $0.zxid == first.zxid })
            {
                let agree = digests.allSatisfy { $0.digest == first.digest }
                return DigestComparison(zxid: first.zxid, digests: digests.map(\.digest), agree: agree)
            }
            guard zb_monotonic_nanoseconds() < deadline else { return nil }
            try? await Task.sleep(for: .milliseconds(20))
        }
        return nil
    }
}

/// The digests of all servers at one zxid, by server.
public struct DigestComparison: Sendable, Hashable {
    public var zxid: UInt64
    public var digests: [UInt64]
    public var agree: Bool
}
