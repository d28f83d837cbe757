import Client
import Foundation
import NIOCore
import NIOPosix
import Targets
import Workload

/// Three real server processes in a temporary folder, gone when the test is over, however it ends.
final class TestEnsemble: Sendable {
    let servers: ProcessEnsemble
    let folder: String
    private let janitor: JanitorLink

    init(
        size: Int = 3,
        settings: ServerSettings = TestEnsemble.settings,
        links: PlannedLinks = PlannedLinks()
    ) async throws {
        // The servers under test: those of this build, or the ones that the environment names (make torture).
        let program = try ProcessInfo.processInfo.environment["ZABBENCH_PROGRAM"] ?? ZabbenchProgram.path()
        folder = NSTemporaryDirectory() + "zabbench-test-\(UUID().uuidString)"
        janitor = try JanitorLink(executable: program)
        try janitor.send(.remove(folder: folder))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        servers = ProcessEnsemble(
            size: size,
            settings: settings,
            links: links,
            folder: folder,
            executable: program,
            janitor: janitor,
            startSeconds: 60
        )
        try await servers.start()
    }

    /// Short ticks, so that sessions and leaders are given up soon; small snapshots, so that a test has some.
    static let settings = ServerSettings(
        tickTimeMilliseconds: 500,
        initLimit: 20,
        syncLimit: 6,
        snapCount: 20_000
    )

    func stop() async {
        await servers.stop()
        await janitor.finish()
    }

    /// Runs `body` with an ensemble and one event loop for clients, and stops both.
    static func with<Result: Sendable>(
        size: Int = 3,
        settings: ServerSettings = TestEnsemble.settings,
        links: PlannedLinks = PlannedLinks(),
        _ body: (TestEnsemble, MultiThreadedEventLoopGroup) async throws -> Result
    ) async throws -> Result {
        let ensemble = try await TestEnsemble(size: size, settings: settings, links: links)
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        do {
            let result = try await body(ensemble, group)
            await ensemble.stop()
            try await group.shutdownGracefully()
            return result
        } catch {
            await ensemble.stop()
            try? await group.shutdownGracefully()
            throw error
        }
    }
}
