import Client
import Glibc
import Synchronization

/// One process, `zabbench null <port>`, that answers at once: what a load does against it bounds what the generator can
/// do. One is enough, and more would be worse: its thread does much less for an operation than the generator does, and
/// every further process would take a processor from the generator that is to be measured.
public final class NullEnsemble: Ensemble {
    private struct State {
        var held: HeldPort?
        var process: ChildProcess?
    }

    /// Absolute; where it runs and its log lies.
    public let folder: String
    public let startSeconds: Double
    private let executable: String
    private let janitor: JanitorLink?
    private let state = Mutex(State())

    /// - Parameters:
    ///   - folder: an existing folder of its own.
    ///   - executable: the zabbench program, absolute.
    ///   - janitor: who kills it if this process dies.
    public init(folder: String, executable: String, janitor: JanitorLink?, startSeconds: Double = 10) {
        self.folder = folder
        self.executable = executable
        self.janitor = janitor
        self.startSeconds = startSeconds
    }

    public var isShared: Bool { false }

    public var servers: [EnsembleServer] {
        guard let port = state.withLock({ $0.held?.port }) else { return [] }
        return [EnsembleServer(id: 1, endpoint: Endpoint(host: "127.0.0.1", port: port))]
    }

    public func start() async throws {
        do {
            try spawn(on: HeldPort())
            try await waitUntilServing(seconds: startSeconds)
        } catch {
            await stop()
            throw error
        }
    }

    private func spawn(on held: HeldPort) throws(TargetError) {
        try janitor?.send(.starting(folder: folder))
        let process = try ChildProcess(
            executable: executable,
            arguments: ["null", "\(held.port)"],
            directory: folder,
            outputPath: logPath
        )
        state.withLock { $0 = State(held: held, process: process) }
        try janitor?.send(.started(pid: process.pid, startTicks: process.startTicks))
    }

    public func stop() async {
        guard let process = state.withLock({ $0.process }) else { return }
        await process.stop(seconds: 5)
        try? janitor?.send(.ended(pid: process.pid))
        state.withLock { $0 = State() }
    }

    private var logPath: String { folder + "/null.log" }
    private func process(_ id: Int) -> ChildProcess? { id == 1 ? state.withLock { $0.process } : nil }

    public func kill(_ id: Int, signal: Int32) throws {
        guard let process = process(id), process.send(signal: signal) else {
            throw TargetError("the null target is not running")
        }
    }

    public func restart(_ id: Int) throws { throw TargetError("a null target has no state and is never restarted") }

    public func pid(of id: Int) -> Int32? { process(id).flatMap { $0.exit == nil ? $0.pid : nil } }
    public func exit(of id: Int) -> String? { process(id)?.exit?.description }
    public func lastLogLines(of id: Int, count: Int) -> [String] { ServerFolder.lastLines(count, of: logPath) }

    public func waitForExit(of id: Int, seconds: Double) async -> Bool {
        guard let process = process(id) else { return true }
        return await process.waitForExit(seconds: seconds) != nil
    }
}
