import Client
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Zab

/// A server whose disk fails stops with one line; the others go on.
@Suite(.serialized) struct FailingDiskTests {
    /// Whether this process may mount a small file system to fill up.
    static let mayMount = getuid() == 0 && FileManager.default.fileExists(atPath: "/bin/mount")

    private let temporary = TemporaryFolder()
    private var folder: String { temporary.path }

    @Test func anUnwritableDirectoryIsOneClearLine() async throws {
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: "/proc/zabbench-cannot-be", clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        let error = await #expect(throws: (any Error).self) { try await ServerNode.start(configuration: configuration) }
        #expect("\(error!)".contains("/proc/zabbench-cannot-be"))
        #expect(!"\(error!)".contains("\n"))
    }

    /// Files get a second name beside the journal, so both must be on one file system.
    @Test func aJournalOnAnotherFileSystemIsOneClearLine() async throws {
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: folder, clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        configuration.injectedUnsyncedJournal = "/proc"
        let error = await #expect(throws: ConfigurationError.self) {
            try await ServerNode.start(configuration: configuration)
        }
        #expect(error!.description.contains("zabbench.inject.unsyncedJournal"))
        #expect(!error!.description.contains("\n"))
    }

    @Test(.enabled(if: mayMount, "needs the right to mount a file system"))
    func aFullDiskStopsThatServerAndTheOthersGoOn() async throws {
        let mounted = try ProgramRun("/bin/mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", folder])
        try #require(mounted.status == 0, "\(mounted.errors)")
        defer { _ = try? ProgramRun("/bin/umount", ["-l", folder]) }
        var configuration = ServerConfiguration(myself: ServerID(1), dataDir: folder, clientPort: 0)
        configuration.clientHost = "127.0.0.1"
        configuration.segmentBytes = 256 << 10
        let failure = AsyncStream<String>.makeStream()
        let node = try await ServerNode.start(configuration: configuration) { failure.continuation.yield($0) }
        let client = try await ZooKeeperClient.connect(endpoints: ["127.0.0.1:\(node.clientPort)"])
        let writer = Task {
            // Ends when the server does: the connection is gone and nobody answers any more.
            for index in 0..<100_000 {
                _ = try await client.create("/n\(index)", data: [UInt8](repeating: 7, count: 50_000))
            }
        }
        let line = try #require(await failure.stream.first { _ in true })
        writer.cancel()
        #expect(line.contains("No space left on device"), "\(line)")
        #expect(!line.contains("\n"))
        await node.stop()
        await client.close()
    }
}
