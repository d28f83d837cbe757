import Client
import NIOCore
import Synchronization

/// Somebody else's servers, ours or ZooKeeper's: nothing is started, stopped or killed.
public final class ExternalEnsemble: Ensemble {
    public let servers: [EnsembleServer]
    public let startSeconds: Double
    private let isEtcd: Bool
    private let pids = Mutex<[Int: Int32]>([:])
    /// Servers whose whitelist has only `srvr`, and that are spared the other question.
    private let onlySummary = Mutex<Set<Int>>([])

    /// - Parameters:
    ///   - endpoints: one for each server; their order gives the ids.
    ///   - isEtcd: whether they are etcd's.
    public init(endpoints: [Endpoint], isEtcd: Bool = false, startSeconds: Double = 15) {
        self.isEtcd = isEtcd
        servers = endpoints.enumerated().map { EnsembleServer(id: $0.offset + 1, endpoint: $0.element) }
        self.startSeconds = startSeconds
    }

    public var isShared: Bool { false }

    /// Waits until the servers serve, and finds those that run on this machine.
    public func start() async throws {
        try await waitUntilServing(seconds: startSeconds)
        let leaders = await reports().filter { $0.report?.isLeading == true }.map(\.server.endpoint.description)
        guard leaders.count <= 1 else {
            throw TargetError(
                "the servers are not one ensemble: \(leaders.joined(separator: " and ")) each lead one; "
                    + "list the servers of one ensemble with --connect"
            )
        }
        for server in servers where ["127.0.0.1", "localhost", "::1"].contains(server.endpoint.host) {
            guard let pid = ListeningProcess.pid(port: server.endpoint.port) else { continue }
            pids.withLock { $0[server.id] = pid }
        }
    }

    public func stop() async {}

    public func fullReport(of server: EnsembleServer) async -> MonitorReport? {
        isEtcd ? await EtcdStatus.fullReport(of: server.endpoint) : await report(of: server)
    }

    public func report(of server: EnsembleServer) async -> MonitorReport? {
        guard !isEtcd else { return await EtcdStatus.report(of: server.endpoint) }
        for word in ServerAnswer.words {
            let isFirst = word == ServerAnswer.words[0]
            if isFirst, onlySummary.withLock({ $0.contains(server.id) }) { continue }
            guard let text = try? await fourLetterWord(word, server.endpoint, timeout: .seconds(2)) else { return nil }
            switch ServerAnswer.read(text, to: word, of: server.endpoint) {
            case .report(let report): return await report.completed(at: server.endpoint, timeout: .seconds(2))
            // Who serves nobody says so, in its own words.
            case .notYet where isFirst:
                return await MonitorReport(parsing: text).completed(at: server.endpoint, timeout: .seconds(2))
            case .notYet, .problem: return nil
            case nil: if isFirst { _ = onlySummary.withLock { $0.insert(server.id) } }
            }
        }
        return nil
    }

    public func kill(_ id: Int, signal: Int32) throws {
        throw TargetError("server \(id) is not ours: external servers are never signalled")
    }

    public func restart(_ id: Int) throws {
        throw TargetError("server \(id) is not ours: external servers are never started")
    }

    public func pid(of id: Int) -> Int32? { pids.withLock { $0[id] } }
    public func exit(of id: Int) -> String? { nil }
    public func lastLogLines(of id: Int, count: Int) -> [String] { [] }
    public func waitForExit(of id: Int, seconds: Double) async -> Bool { false }
}
