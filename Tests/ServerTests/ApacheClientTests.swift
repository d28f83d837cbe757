import Client
import Foundation
import Targets
import Testing

/// Apache ZooKeeper's own shell against our servers. Where Debian's zookeeper package is installed (`.ci/run` sees to it).
@Suite(.serialized) struct ApacheClientTests {
    static let shell = "/usr/share/zookeeper/bin/zkCli.sh"
    static let isInstalled = FileManager.default.isExecutableFile(atPath: shell)

    /// Types `commands` into zkCli.sh and returns what it prints.
    static func run(_ commands: [String], on server: String) throws -> String {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: shell)
        process.arguments = ["-server", server]
        let input = Pipe()
        let output = Pipe()
        process.standardInput = input
        process.standardOutput = output
        // "Created …" is printed there.
        process.standardError = output
        try process.run()
        input.fileHandleForWriting.write(Data((commands + ["quit"]).joined(separator: "\n").utf8 + [10]))
        try input.fileHandleForWriting.close()
        let text = try output.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return String(decoding: text, as: UTF8.self)
    }

    @Test(.enabled(if: isInstalled, "apt-get install zookeeper to run it"))
    func zkCliCreatesReadsSetsListsAndDeletesThroughAFollower() async throws {
        try await TestEnsemble.with { ensemble, _ in
            let leader = try #require(await ensemble.servers.leader())
            let follower = try #require(ensemble.servers.servers.first { $0.id != leader.id })
            let written = try Self.run(
                [
                    "create /app hello", "get /app", "set /app world", "get -s /app", "create -e -s /app/e- x",
                    "create /app/c y", "ls /app", "stat /app", "delete /app/c", "sync /app",
                ],
                on: follower.endpoint.description
            )
            for line in [
                "Created /app", "hello", "world", "dataVersion = 1", "Created /app/e-0000000000", "numChildren = 2",
            ] {
                #expect(written.contains(line), "\(line) in:\n\(written)")
            }
            #expect(written.contains("[c, e-0000000000]") || written.contains("[e-0000000000, c]"), "\(written)")
            let read = try Self.run(["ls /app", "get /app", "delete /app", "ls /"], on: leader.endpoint.description)
            #expect(read.contains("[]"), "the ephemeral is gone with its session:\n\(read)")
            #expect(read.contains("world") && read.contains("[zookeeper]"), "\(read)")
        }
    }

    @Test(.enabled(if: isInstalled, "apt-get install zookeeper to run it"))
    func zkCliMakesContainersAndQuotasAndReadsTheConfiguration() async throws {
        try await TestEnsemble.with { ensemble, _ in
            let server = try #require(ensemble.servers.servers.first).endpoint.description
            let printed = try Self.run(
                [
                    "create -c /box", "create /box/a x", "create -t 60000 /late x", "create /q hello",
                    "create /q/a world",
                    "setquota -n 10 /q", "listquota /q", "create /q/b x", "listquota /q", "delquota /q", "listquota /q",
                    "config",
                ],
                on: server
            )
            for line in [
                "Created /box", "Created /box/a", "KeeperErrorCode = Unimplemented for /late",
                "Output quota for /q count=10,bytes=-1", "Output stat for /q count=2,bytes=10",
                "Output stat for /q count=3,bytes=11", "quota for /q does not exist.", "server.1=127.0.0.1:",
                ":participant", "version=0",
            ] {
                #expect(printed.contains(line), "\(line) in:\n\(printed)")
            }
        }
    }
}
