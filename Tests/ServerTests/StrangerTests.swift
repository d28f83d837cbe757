import Client
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Targets
import TestSupport
import Testing
import Wire
import Zab

/// Strangers under a server's id, through real sockets: the ensemble goes on, and the log says who was refused and why.
@Suite(.serialized) struct StrangerTests {
    private let temporary = TemporaryFolder()

    static let absurd: Epoch = 0xFFFF_FFFD

    /// What a stranger says who is server 3 and has accepted that epoch.
    static func learner() -> [UInt8] {
        let writer = ByteWriter()
        hello(PeerLink.quorumMagic, into: writer)
        PeerFrame.zab(.learnerInfo(acceptedEpoch: absurd, observer: false)).encode(into: writer)
        return Array(writer.bytes)
    }

    /// The same as a voter, in no matter which round.
    static func voter() -> [UInt8] {
        let writer = ByteWriter()
        hello(PeerLink.electionMagic, into: writer)
        for round in [1, UInt64.max / 2 - 1, .max] {
            for state in [PeerState.looking, .following, .leading] {
                let vote = Vote(peerEpoch: absurd, zxid: Zxid(epoch: absurd, counter: 1), leader: ServerID(3))
                writer.append(UInt32(Notification.encodedSize))
                Notification(state: state, round: round, vote: vote).encode(into: writer)
            }
        }
        return Array(writer.bytes)
    }

    static func hello(_ magic: UInt32, into writer: ByteWriter) {
        Hello(id: ServerID(3)).encode(magic: magic, into: writer)
    }

    /// Quorum and election ports of the first two servers, which are up.
    static func ports(of ensemble: TestEnsemble) throws -> [(quorum: Int, election: Int)] {
        let text = try String(contentsOfFile: ensemble.folder + "/server1/zoo.cfg", encoding: .utf8)
        return try [1, 2].map { id in
            let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("server.\(id)=") })
            let parts = line.split(separator: ":")
            return (try #require(Int(parts[1])), try #require(Int(parts[2])))
        }
    }

    static func log(of id: Int, in ensemble: TestEnsemble) throws -> String {
        try String(contentsOfFile: ensemble.folder + "/server\(id).log", encoding: .utf8)
    }

    static func stop(_ ids: [Int], of ensemble: TestEnsemble) async throws {
        for id in ids {
            try ensemble.servers.kill(id, signal: SIGKILL)
            try #require(await ensemble.servers.waitForExit(of: id, seconds: 30))
        }
    }

    /// Whether or not somebody listens there.
    static func say(_ bytes: [UInt8], to port: Int) {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if connected == 0 { _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL)) }
    }

    /// Waits until servers 1 and 2 serve, whatever the third does; `meanwhile` runs each time they do not yet.
    static func waitForTwo(_ ensemble: TestEnsemble, meanwhile: () throws -> Void = {}) async throws {
        let clock = ContinuousClock()
        let deadline = clock.now + .seconds(60)
        while true {
            let reports = await ensemble.servers.reports().filter { $0.server.id != 3 }
            if reports.allSatisfy({ $0.report?.isServing == true }) { return }
            for id in [1, 2] {
                try #require(
                    ensemble.servers.exit(of: id) == nil,
                    "\(ensemble.servers.lastLogLines(of: id, count: 4))"
                )
            }
            try #require(clock.now < deadline, "servers 1 and 2 do not serve")
            try meanwhile()
        }
    }

    static func client(_ ensemble: TestEnsemble, _ group: MultiThreadedEventLoopGroup) async throws -> ZooKeeperClient {
        try await ZooKeeperClient.connect(
            endpoints: ensemble.servers.servers.filter { $0.id != 3 }.map(\.endpoint.description),
            eventLoopGroup: group
        )
    }

    @Test(.timeLimit(.minutes(4)))
    func aStrangerWhoKnowsTheLastEpochIsNotBelieved() async throws {
        try await TestEnsemble.with { ensemble, group in
            try await Self.stop([3], of: ensemble)
            let ports = try Self.ports(of: ensemble)
            func lie() {
                for port in ports {
                    Self.say(Self.voter(), to: port.election)
                    Self.say(Self.learner(), to: port.quorum)
                }
            }
            try await Self.waitForTwo(ensemble)
            for port in ports { #expect(try HostileBytesTests.send(Self.learner(), to: port.quorum)) }
            for _ in 0..<2 {
                // Into an election, too, at any of its moments.
                try await Self.stop([1, 2], of: ensemble)
                for id in [1, 2] { try await ensemble.servers.restart(id) }
                try await Self.waitForTwo(ensemble) { lie() }
            }
            let client = try await Self.client(ensemble, group)
            #expect(try await client.create("/after", data: []) == "/after")
            await client.close()
            for port in ports { #expect(try HostileBytesTests.send(Self.learner(), to: port.quorum)) }
            let logs = try [1, 2].map { try Self.log(of: $0, in: ensemble) }
            #expect(logs.contains { $0.contains("server 3") && $0.contains("epoch \(Self.absurd)") }, "\(logs)")
            try await ensemble.servers.restart(3)
            try await ensemble.servers.waitUntilServing(seconds: 60)
            for report in await ensemble.servers.reports() {
                let epoch = try #require(report.report?.number("zab_epoch"))
                #expect(epoch < 100)
            }
        }
    }

    /// The folder of server 3 of an ensemble that has lived longer: a copy, since its owner removes it.
    func foreignFolder(_ group: MultiThreadedEventLoopGroup) async throws -> String {
        let copy = temporary.path(of: "data")
        try await TestEnsemble.with { ensemble, _ in
            for round in 0..<3 {
                let client = try await ZooKeeperClient.connect(
                    endpoints: ensemble.servers.endpoints.map(\.description),
                    eventLoopGroup: group
                )
                for index in 0..<20 { _ = try await client.create("/foreign-\(round)-\(index)", data: [1]) }
                await client.close()
                let leader = try #require(await ensemble.servers.leader())
                try await Self.stop([leader.id], of: ensemble)
                try await ensemble.servers.restart(leader.id)
                try await ensemble.servers.waitUntilServing(seconds: 60)
            }
            try await Self.stop([3], of: ensemble)
            try FileManager.default.copyItem(atPath: ensemble.folder + "/server3/data", toPath: copy)
        }
        return copy
    }

    /// Each of these once elected the newcomer, and the others' znodes were gone.
    @Test(.timeLimit(.minutes(6)))
    func theFolderOfAnotherEnsembleIsRefusedByName() async throws {
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let foreign = try await foreignFolder(group)
        try await group.shutdownGracefully()
        try await TestEnsemble.with { ensemble, group in
            let first = try await Self.client(ensemble, group)
            for index in 0..<5 { _ = try await first.create("/ours-\(index)", data: [UInt8(index)]) }
            await first.close()
            try await Self.stop([3], of: ensemble)
            let data = ensemble.folder + "/server3/data"
            try FileManager.default.removeItem(atPath: data)
            try FileManager.default.copyItem(atPath: foreign, toPath: data)
            try await ensemble.servers.restart(3)
            // All at once, too: the newcomer is there before the others have a leader.
            try await Self.stop([1, 2], of: ensemble)
            for id in [1, 2] { try await ensemble.servers.restart(id) }
            try await Self.waitForTwo(ensemble)
            let clock = ContinuousClock()
            let deadline = clock.now + .seconds(60)
            var logs: [String] = []
            while true {
                logs = try [1, 2, 3].map { try Self.log(of: $0, in: ensemble) }
                let others = logs[...1].allSatisfy { $0.contains("server 3 has the data of another ensemble") }
                if others, logs[2].contains("move this server's dataDir") { break }
                try #require(clock.now < deadline, "nobody is named: \(logs)")
                _ = await ensemble.servers.reports()
            }
            #expect(ensemble.servers.exit(of: 3) == nil, "it goes on, so that its log can be read and it be stopped")
            let client = try await Self.client(ensemble, group)
            for index in 0..<5 { #expect(try await client.getData("/ours-\(index)").data == [UInt8(index)]) }
            #expect(try await client.create("/still", data: []) == "/still")
            await client.close()
            // As the line says: emptied, it is one of them again.
            try await Self.stop([3], of: ensemble)
            for name in try FileManager.default.contentsOfDirectory(atPath: data) where name != "myid" {
                try FileManager.default.removeItem(atPath: data + "/" + name)
            }
            try await ensemble.servers.restart(3)
            try await ensemble.servers.waitUntilServing(seconds: 60)
            let digests = try #require(await ensemble.servers.commonDigest(seconds: 30))
            #expect(digests.agree, "\(digests.digests)")
        }
    }
}
