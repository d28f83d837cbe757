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

    /// - Parameter descriptors: each server's hard limit of open descriptors; the soft one is less. Nil for this process's.
    init(
        size: Int = 3,
        settings: ServerSettings = TestEnsemble.settings,
        links: PlannedLinks = PlannedLinks(),
        descriptors: Int? = nil
    ) async throws {
        // The servers under test: those of this build, or the ones that the environment names (make torture).
        let program = try ProcessInfo.processInfo.environment["ZABBENCH_PROGRAM"] ?? ZabbenchProgram.path()
        folder = NSTemporaryDirectory() + "zabbench-test-\(UUID().uuidString)"
        janitor = try JanitorLink(executable: program)
        try janitor.send(.remove(folder: folder))
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        servers = ProcessEnsemble(
            size: size,
            launch: ZabbenchLaunch(
                program: try Self.limited(program, to: descriptors, in: folder),
                settings: settings
            ),
            links: links,
            folder: folder,
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

    /// A program that is `program` with a limit of its own.
    private static func limited(_ program: String, to descriptors: Int?, in folder: String) throws -> String {
        guard let descriptors else { return program }
        let path = folder + "/limited.sh"
        let text =
            "#!/bin/sh\nulimit -Sn \(descriptors - 50) && ulimit -Hn \(descriptors) && exec '\(program)' \"$@\"\n"
        try text.write(toFile: path, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
        return path
    }

    func stop() async {
        await servers.stop()
        await janitor.finish()
    }

    /// Runs `body` with an ensemble and one event loop for clients, and stops both.
    static func with<Result: Sendable>(
        size: Int = 3,
        settings: ServerSettings = TestEnsemble.settings,
        links: PlannedLinks = PlannedLinks(),
        descriptors: Int? = nil,
        _ body: (TestEnsemble, MultiThreadedEventLoopGroup) async throws -> Result
    ) async throws -> Result {
        let ensemble = try await TestEnsemble(
            size: size,
            settings: settings,
            links: links,
            descriptors: descriptors
        )
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
