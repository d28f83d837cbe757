import Client
import Synchronization

/// A server that runs as threads in this process.
public protocol EmbeddedServer: Sendable {
    var clientPort: Int { get }
    func stop() async
}

/// Servers that are threads of this process: no set-up, one debugger, for tests and for a look inside. They share the
/// processors' caches, the allocator and the scheduler's favour with the load, so their figures are not those of
/// `processes`.
public final class EmbeddedEnsemble: Ensemble {
    /// Starts one server from its zoo.cfg, given by its path.
    public typealias Start = @Sendable (_ configurationPath: String) async throws -> any EmbeddedServer

    private struct State {
        var ports: [ServerPorts] = []
        var held: [HeldPort] = []
        var running: [Int: any EmbeddedServer] = [:]
    }

    public let size: Int
    public let settings: ServerSettings
    public let folder: String
    public let startSeconds: Double
    private let startServer: Start
    private let logFolders: [String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - size: of all servers, the observers of the settings among them.
    ///   - folder: an existing, empty folder on the disk to be measured.
    ///   - logFolders: as in `ServerFolder`.
    public init(
        size: Int,
        settings: ServerSettings,
        folder: String,
        logFolders: [String] = [],
        startSeconds: Double = 30,
        startServer: @escaping Start
    ) {
        self.size = size
        self.settings = settings
        self.folder = folder
        self.logFolders = logFolders
        self.startSeconds = startSeconds
        self.startServer = startServer
    }

    public var isShared: Bool { true }

    public var servers: [EnsembleServer] {
        state.withLock { state in
            state.ports.enumerated().map { index, ports in
                EnsembleServer(
                    id: index + 1,
                    endpoint: Endpoint(host: "127.0.0.1", port: ports.client),
                    isVoter: index < size - settings.observers
                )
            }
        }
    }

    public func start() async throws {
        let held = try HeldPort.take(3 * size)
        let ports = ServerPorts.all(held)
        state.withLock { ($0.ports, $0.held) = (ports, held) }
        do {
            for id in 1...size {
                let server = serverFolder(id)
                try server.write(settings: settings, ports: ports)
                try await restart(id)
            }
            try await waitUntilServing(seconds: startSeconds)
        } catch {
            await stop()
            throw error
        }
    }

    public func stop() async {
        let running = state.withLock { state in
            defer { state.running = [:] }
            return state.running
        }
        await withTaskGroup(of: Void.self) { group in
            for server in running.values { group.addTask { await server.stop() } }
        }
    }

    /// A thread cannot be killed alone: any signal is an orderly stop of that server.
    public func kill(_ id: Int, signal: Int32) async throws {
        guard let server = state.withLock({ $0.running.removeValue(forKey: id) }) else {
            throw TargetError("server \(id) is not running")
        }
        await server.stop()
    }

    public func restart(_ id: Int) async throws {
        guard state.withLock({ $0.running[id] }) == nil else { throw TargetError("server \(id) is still running") }
        let server = try await startServer(serverFolder(id).configurationPath)
        state.withLock { $0.running[id] = server }
    }

    private func serverFolder(_ id: Int) -> ServerFolder { ServerFolder(id: id, in: folder, logFolders: logFolders) }

    public func pid(of id: Int) -> Int32? { nil }
    public func exit(of id: Int) -> String? {
        state.withLock { $0.running[id] } == nil ? "stopped" : nil
    }
    public func lastLogLines(of id: Int, count: Int) -> [String] { [] }
    public func waitForExit(of id: Int, seconds: Double) async -> Bool { exit(of: id) != nil }
}
