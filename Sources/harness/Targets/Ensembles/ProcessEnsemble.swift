import Client
import Foundation
import Glibc
import Synchronization
import Workload

/// Servers that are processes of their own on this machine, on loopback: ours, or another system's.
public final class ProcessEnsemble: Ensemble {
    private struct State {
        var ports: [ServerPorts] = []
        /// The same, kept from everybody else, also while a server is down.
        var held: [HeldPort] = []
        var processes: [Int: ChildProcess] = [:]
        var proxy: LinkProxy?
    }

    /// Voters and observers.
    public let size: Int
    private let observers: Int
    /// What is to lie between the servers.
    public let plannedLinks: PlannedLinks
    /// Absolute; holds `server<id>/` and `server<id>.log`.
    public let folder: String
    /// How long the servers may take until they serve.
    public let startSeconds: Double
    /// How long a server may take to stop before it is killed.
    public let stopSeconds: Double
    private let launch: any ServerLaunch
    private let janitor: JanitorLink?
    private let logFolders: [String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - size: of all servers, the observers among them.
    ///   - observers: how many of them, the last ones, have no vote; `launch` is to tell them so.
    ///   - folder: an existing, empty folder on the disk to be measured.
    ///   - links: proxied ones have a `LinkProxy` in this process.
    ///   - logFolders: as in `ServerFolder`.
    ///   - janitor: who kills the servers if this process dies; nil leaves them to themselves then.
    public init(
        size: Int,
        observers: Int = 0,
        launch: any ServerLaunch,
        links: PlannedLinks = PlannedLinks(),
        folder: String,
        logFolders: [String] = [],
        janitor: JanitorLink?,
        startSeconds: Double = 30,
        stopSeconds: Double = 5
    ) {
        self.size = size
        self.observers = observers
        self.launch = launch
        plannedLinks = links
        self.folder = folder
        self.logFolders = logFolders
        self.janitor = janitor
        self.startSeconds = startSeconds
        self.stopSeconds = stopSeconds
    }

    public var isShared: Bool { false }

    public func report(of server: EnsembleServer) async -> MonitorReport? { await launch.report(of: server.endpoint) }

    public func fullReport(of server: EnsembleServer) async -> MonitorReport? {
        await launch.fullReport(of: server.endpoint)
    }

    /// Of the servers that run now; a start makes new ones, in which nothing is cut.
    public var links: (any LinkControl)? { state.withLock { $0.proxy } }

    public var traits: ServerTraits { launch.traits }

    public var servers: [EnsembleServer] {
        state.withLock { state in
            state.ports.enumerated().map { index, ports in
                EnsembleServer(
                    id: index + 1,
                    endpoint: Endpoint(host: "127.0.0.1", port: ports.client),
                    isVoter: index < size - observers
                )
            }
        }
    }

    public func start() async throws {
        var attempt = 1
        while true {
            do {
                try startAll()
                return try await waitUntilServing(seconds: startSeconds)
            } catch {
                await stop()
                // Whoever asks for a port by its number can have it before our server does.
                let isCollision =
                    (error as? TargetError)?.evidence.contains { $0.lowercased().contains("in use") } ?? false
                guard isCollision, attempt < 3 else { throw error }
                attempt += 1
            }
        }
    }

    private func startAll() throws(TargetError) {
        let proxy =
            plannedLinks.isProxied
            ? try LinkProxy(size: size, links: plannedLinks, dialling: launch.traits.dialling) : nil
        state.withLock { $0.proxy = proxy }
        let held = try HeldPort.take(3 * size)
        let ports = ServerPorts.all(held)
        state.withLock { ($0.ports, $0.held) = (ports, held) }
        for id in 1...size {
            let server = serverFolder(id)
            try launch.prepare(server, ports: proxy?.ports(seenBy: id, of: ports) ?? ports)
            try spawn(server)
        }
    }

    private func spawn(_ server: ServerFolder) throws(TargetError) {
        try janitor?.send(.starting(folder: server.path))
        let command = launch.command(for: server)
        let process: ChildProcess
        do throws(TargetError) {
            process = try ChildProcess(
                executable: command.program,
                arguments: command.arguments,
                directory: server.path,
                outputPath: server.logPath,
                takesGroupAlong: true
            )
        } catch {
            throw TargetError(error.message, evidence: error.evidence, fault: .neverServed)
        }
        let (proxy, ports) = state.withLock { state in
            state.processes[server.id] = process
            return (state.proxy, state.ports[server.id - 1])
        }
        proxy?.expect(server.id, on: ports, pid: process.pid)
        try janitor?.send(.started(pid: process.pid, startTicks: process.startTicks))
    }

    public func stop() async {
        let processes = state.withLock { $0.processes }
        await withTaskGroup(of: Void.self) { group in
            for process in processes.values {
                group.addTask { await process.stop(seconds: self.stopSeconds) }
            }
        }
        for process in processes.values { try? janitor?.send(.ended(pid: process.pid)) }
        let proxy = state.withLock { state in
            state.processes = [:]
            defer { state.proxy = nil }
            return state.proxy
        }
        await proxy?.stop()
    }

    public func kill(_ id: Int, signal: Int32) throws {
        guard let process = process(id) else { throw TargetError("server \(id) was not started") }
        guard process.send(signal: signal) else { throw TargetError("server \(id) has already exited") }
    }

    public func restart(_ id: Int) async throws {
        guard let process = process(id) else { throw TargetError("server \(id) was never started") }
        guard process.exit != nil else { throw TargetError("server \(id) is still running as process \(process.pid)") }
        try janitor?.send(.ended(pid: process.pid))
        try spawn(serverFolder(id))
    }

    public func waitForExit(of id: Int, seconds: Double) async -> Bool {
        guard let process = process(id) else { return true }
        return await process.waitForExit(seconds: seconds) != nil
    }

    public func pid(of id: Int) -> Int32? {
        process(id).flatMap { $0.exit == nil ? $0.pid : nil }
    }

    public func exit(of id: Int) -> String? { process(id)?.exit?.description }

    public func lastLogLines(of id: Int, count: Int) -> [String] {
        serverFolder(id).lastLogLines(count)
    }

    /// Where a server's files are.
    public func serverFolder(_ id: Int) -> ServerFolder { ServerFolder(id: id, in: folder, logFolders: logFolders) }

    private func process(_ id: Int) -> ChildProcess? { state.withLock { $0.processes[id] } }
}
