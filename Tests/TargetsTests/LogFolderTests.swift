import Foundation
import Log
import TestSupport
import Testing
import Workload

@testable import Targets

@Suite struct LogFolderTests {
    private static let ports = (1...3).map { ServerPorts(client: $0, peer: 10 + $0, election: 20 + $0) }

    private func lines(
        _ planned: PlannedLog,
        id: Int = 2,
        logFolders: [String] = []
    ) -> [String] {
        let settings = ServerSettings(PlannedEnsemble(log: planned))
        let text = ServerFolder(id: id, in: "/e", logFolders: logFolders)
            .configuration(settings: settings, ports: Self.ports)
        return text.split(separator: "\n").map(String.init)
    }

    @Test func theDefaultLogSaysNothingThatOlderServersDoNotKnow() {
        let lines = lines(PlannedLog())
        #expect(lines.contains("zabbench.log.strategy=fdatasync_recycled"))
        #expect(lines.contains("zabbench.log.batching=natural"))
        #expect(lines.contains("dataDir=/e/server2/data"))
        #expect(!lines.contains { $0.hasPrefix("zabbench.log.inFlight") || $0.hasPrefix("dataLogDir") })
    }

    @Test func otherLogsStandInTheFile() throws {
        let strategy = SyncStrategy.recycledFdatasync
        let overlapped = try PlannedLog(
            strategy: SyncStrategy(.ioUring, .prewritten),
            commit: CommitOptions(.overlapped, for: strategy)
        )
        let its = lines(overlapped)
        #expect(its.contains("zabbench.log.strategy=io_uring_prewritten"))
        #expect(its.contains("zabbench.log.batching=overlapped"))
        // Two in flight are what it wants by itself.
        #expect(!its.contains { $0.hasPrefix("zabbench.log.inFlight") })
        let deep = try PlannedLog(commit: CommitOptions(.natural, inFlight: 4, for: strategy))
        #expect(lines(deep).contains("zabbench.log.inFlight=4"))
    }

    @Test func separateLogsAreInTheServersFolderOrDealtOut() {
        let separate = PlannedLog(directories: .separate)
        #expect(lines(separate).contains("dataLogDir=/e/server2/log"))
        let dealt = (1...3).map { id in
            lines(separate, id: id, logFolders: ["/a/run", "/b/run"]).first { $0.hasPrefix("dataLogDir") }
        }
        #expect(dealt == ["dataLogDir=/a/run/server1", "dataLogDir=/b/run/server2", "dataLogDir=/a/run/server3"])
    }

    @Test func theFoldersAreMade() throws {
        let folder = TemporaryFolder()
        let root = folder.path
        for hasLogFolders in [false, true] {
            let server = ServerFolder(id: 1, in: root + "/\(hasLogFolders)", logFolders: [root + "/logs"])
            try server.write(settings: ServerSettings(hasLogFolders: hasLogFolders), ports: Self.ports)
            #expect(FileManager.default.fileExists(atPath: server.dataPath + "/myid"))
            #expect(FileManager.default.fileExists(atPath: root + "/logs/server1") == hasLogFolders)
        }
    }
}

@Suite struct DataFolderTests {
    /// Nothing stays, neither of the data nor of the logs, and what was there before does.
    @Test func allRootsAreCleanedUp() async throws {
        let temporary = TemporaryFolder()
        let root = temporary.path
        try temporary.make("one/theirs")
        try temporary.make("empty")
        let janitor = try JanitorLink(executable: ZabbenchProgram.path())
        // One root serves as a log root, too.
        let data = try DataFolder(
            root: root + "/one",
            logRoots: [root + "/one", root + "/two", root + "/empty"],
            name: "n",
            keep: false,
            janitor: janitor
        )
        let folder = try data.makeFolder(named: "run-1")
        let logs = try data.makeLogFolders(named: "run-1")
        #expect(logs.count == 3)
        #expect(logs[1].hasPrefix(root + "/two/n-"))
        #expect(Set(logs + [folder]).count == 4)
        data.removeFolder(logs[0])
        data.removeFolder(root + "/one/theirs")
        #expect(!FileManager.default.fileExists(atPath: logs[0]))
        #expect(FileManager.default.fileExists(atPath: logs[1]))
        await data.finish()
        // An empty folder that was there is somebody's as well.
        #expect(temporary.names == ["empty", "one"])
        #expect(temporary.names(in: "one") == ["theirs"])
    }
}
