import Client
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Server
import Targets
import TestSupport
import Testing
import Wire
import Zab

/// Connections that say nothing, or too many of those that do: accepting never stops a server.
@Suite(.serialized) struct IdleConnectionTests {
    /// Asks the servers how they are, again and again until it is so; false after a minute.
    private static func until(
        _ servers: ProcessEnsemble,
        _ isSo: ([(server: EnsembleServer, report: MonitorReport?)]) async throws -> Bool
    ) async rethrows -> Bool {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if try await isSo(await servers.reports()) { return true }
        }
        return false
    }

    private static func leader(of servers: ProcessEnsemble) async -> EnsembleServer? {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            if let leader = await servers.leader() { return leader }
        }
        return nil
    }

    /// Client, quorum and election port of each server, from the first one's zoo.cfg and each one's own.
    static func ports(of ensemble: TestEnsemble) throws -> [Int] {
        try ensemble.servers.servers.flatMap { server in
            let text = try String(contentsOfFile: ensemble.folder + "/server\(server.id)/zoo.cfg", encoding: .utf8)
            let mine = try #require(text.split(separator: "\n").first { $0.hasPrefix("server.\(server.id)=") })
            return [server.endpoint.port] + mine.split(separator: ":").suffix(2).compactMap { Int($0) }
        }
    }

    /// The attack of issue 12, on all ports and all the time: before, all three servers stopped with "the disk failed
    /// (open …: Too many open files)".
    @Test func crowdsOnEveryPortStopNothing() async throws {
        try await TestEnsemble.with(descriptors: 256) { ensemble, group in
            let servers = ensemble.servers
            let ports = try Self.ports(of: ensemble)
            try #require(ports.count == 9)
            let crowd = IdleCrowd(ports: ports, each: 200)
            defer { crowd.leave() }
            #expect(
                await crowd.until { crowd in ports.allSatisfy { crowd.closed(on: $0) > 100 } },
                "the bound is reached"
            )
            // One that is late among the crowd is asked again.
            let areRaised = await Self.until(servers) { reports in
                reports.allSatisfy { $0.report?.number("zk_max_file_descriptor_count") == 256 }
            }
            #expect(areRaised, "the soft limit was 206")

            let endpoints = servers.endpoints.map(\.description)
            let client = try await ZooKeeperClient.connect(
                endpoints: endpoints,
                sessionTimeout: .seconds(20),
                eventLoopGroup: group
            )
            // A log that rolls and snapshots that are taken need descriptors: 70 MB are more than one segment.
            for index in 0..<100 {
                _ = try await client.create("/n\(index)", data: [UInt8](repeating: 1, count: 700_000))
            }
            for _ in 0..<2 {
                let leader = try #require(await Self.leader(of: servers))
                try servers.kill(leader.id, signal: SIGKILL)
                try #require(await servers.waitForExit(of: leader.id, seconds: 30))
                #expect(
                    await Self.until(servers) { reports in
                        reports.contains { $0.report?.isLeading == true && $0.server != leader }
                    },
                    "the others elect"
                )
                try await servers.restart(leader.id)
                try await servers.waitUntilServing(seconds: 60)
            }
            await client.close()
            let after = try await ZooKeeperClient.connect(endpoints: endpoints, eventLoopGroup: group)
            try await after.sync("/")
            #expect(try await after.getChildren("/").count { $0.hasPrefix("n") } == 100)
            #expect(try await after.create("/after", data: []) == "/after")
            await after.close()
            #expect(servers.servers.allSatisfy { servers.exit(of: $0.id) == nil })
            let areCounted = await Self.until(servers) { reports in
                reports.allSatisfy { ($0.report?.number("zab_turned_away") ?? 0) > 100 }
            }
            #expect(areCounted)

            // Nobody replaces them any more: each is closed because its time is over.
            crowd.comeBackNoMore()
            #expect(await crowd.until(\.isGone), "\(crowd.connected) are still open")
            for server in servers.servers {
                let log = try String(contentsOfFile: ensemble.folder + "/server\(server.id).log", encoding: .utf8)
                let lines = log.split(separator: "\n").count { $0.contains("connection closed") }
                #expect((1...40).contains(lines), "one line a minute and topic, not one for each: \(lines)")
            }
        }
    }

    /// A client's connection that has a session, without end: beyond the descriptors that are not reserved they are refused,
    /// with `maxClientCnxns` 0, too.
    @Test func sessionsBeyondTheBudgetAreRefusedAndTheServerGoesOn() async throws {
        try await TestEnsemble.with(size: 1, descriptors: 160) { ensemble, group in
            let port = ensemble.servers.servers[0].endpoint.port
            let first = try await ZooKeeperClient.connect(endpoints: ["127.0.0.1:\(port)"], eventLoopGroup: group)
            let crowd = SessionCrowd()
            for _ in 0..<300 { crowd.open(port, RawFrame.connect()) }
            #expect(crowd.answered > 20 && crowd.refused > 100, "\(crowd.answered) answered, \(crowd.refused) refused")
            for index in 0..<100 {
                _ = try await first.create("/n\(index)", data: [UInt8](repeating: 1, count: 700_000))
            }
            #expect(ensemble.servers.exit(of: 1) == nil)
            crowd.leave()
            let second = try await ZooKeeperClient.connect(endpoints: ["127.0.0.1:\(port)"], eventLoopGroup: group)
            #expect(try await second.getChildren("/").count { $0.hasPrefix("n") } == 100)
            await first.close()
            await second.close()
        }
    }

    /// Before, NIO asked again as fast as it could for as long as there was no descriptor.
    @Test func acceptingWithoutAnyDescriptorLeftWaitsAndGoesOn() async throws {
        try await TestEnsemble.with(size: 1, descriptors: 256) { ensemble, group in
            let server = ensemble.servers.servers[0]
            let pid = try #require(ensemble.servers.pid(of: 1))
            let client = try await ZooKeeperClient.connect(
                endpoints: [server.endpoint.description],
                sessionTimeout: .seconds(60),
                eventLoopGroup: group
            )
            _ = try await client.create("/a", data: [1])
            // Until the log has laid out what it will want next: from then on it opens nothing.
            var counts: [UInt64?] = []
            #expect(
                await Self.until(ensemble.servers) { reports in
                    counts.append(reports[0].report?.number("zk_open_file_descriptor_count"))
                    return counts.count > 1000 && Set(counts.suffix(1000)).count == 1
                }
            )
            try Self.limit(pid, descriptors: 3)
            let before = try Self.processorTicks(of: pid)
            let waiting = try #require(
                RawConnection(server.endpoint.port, says: Array("ruok".utf8), patienceSeconds: 2)
            )
            #expect(waiting.next() == nil, "it waits in the kernel's queue")
            #expect(try Self.processorTicks(of: pid) - before < 100, "the loop does not spin: 100 are 1 s")
            #expect(try await client.getChildren("/").contains("a"), "who is there already notices nothing")
            try Self.limit(pid, descriptors: 256)
            #expect(waiting.next() == Array("imok".utf8))
            let log = try String(contentsOfFile: ensemble.folder + "/server1.log", encoding: .utf8)
            #expect(log.split(separator: "\n").count { $0.contains("cannot accept a connection") } == 1)
            await client.close()
        }
    }

    /// Sets a server's soft limit of open descriptors.
    private static func limit(_ pid: Int32, descriptors: Int) throws {
        let run = try ProgramRun("/usr/bin/prlimit", ["--pid", "\(pid)", "--nofile=\(descriptors):256"])
        try #require(run.status == 0, "\(run.errors)")
    }

    /// Hundredths of a second, of user and system.
    private static func processorTicks(of pid: Int32) throws -> Int {
        let text = try String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8)
        // After the name in parentheses; utime and stime are the 14th and 15th field of all.
        let fields = try #require(text.split(separator: ")").last).split(separator: " ")
        return try #require(Int(fields[11])) + #require(Int(fields[12]))
    }

    @Test func aLimitThatIsTooSmallIsOneClearLine() async throws {
        let ensemble = try await #require(throws: TargetError.self) { try await TestEnsemble(descriptors: 110).stop() }
        let words = ensemble.evidence.filter { $0.contains("zabbench serve: ") }
        #expect(words.count == 1)
        #expect(words[0].contains("may open 110") && words[0].contains("ulimit -Hn"), "\(words)")
    }
}

/// Connections with sessions, all on one thread of the caller's.
private final class SessionCrowd {
    private var sockets: [Int32] = []
    private(set) var answered = 0
    private(set) var refused = 0

    func open(_ port: Int, _ hello: [UInt8]) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        sockets.append(socket)
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard IdleCrowd.connect(socket, to: port) else { return }
        _ = send(socket, hello, hello.count, Int32(MSG_NOSIGNAL))
        var buffer = [UInt8](repeating: 0, count: 64)
        if recv(socket, &buffer, buffer.count, 0) > 0 { answered += 1 } else { refused += 1 }
    }

    func leave() {
        for socket in sockets { close(socket) }
        sockets.removeAll()
    }

    deinit { leave() }
}
