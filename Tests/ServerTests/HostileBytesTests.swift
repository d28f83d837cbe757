import Client
import Foundation
import Glibc
import NIOCore
import NIOPosix
import Targets
import Testing
import Wire
import Zab

/// Strangers on every port: each costs its own connection, never the server.
@Suite(.serialized) struct HostileBytesTests {
    /// Sends bytes to a loopback port and waits until the server closes, or sends nothing more for `patience`.
    static func send(_ bytes: [UInt8], to port: Int, thenClose: Bool = false) throws -> Bool {
        let socket = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(socket) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(UInt16(port).bigEndian)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var patience = timeval(tv_sec: 20, tv_usec: 0)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(connected == 0)
        _ = Glibc.send(socket, bytes, bytes.count, Int32(MSG_NOSIGNAL))
        if thenClose { return true }
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = recv(socket, &buffer, buffer.count, 0)
            // 0: closed; reset counts as closed, a timeout does not.
            if count == 0 || (count < 0 && errno == ECONNRESET) { return true }
            if count < 0 { return false }
        }
    }

    /// The ports of server 1, from its zoo.cfg: client, quorum, election.
    static func ports(of ensemble: TestEnsemble) throws -> [Int] {
        let text = try String(contentsOfFile: ensemble.folder + "/server1/zoo.cfg", encoding: .utf8)
        let lines = text.split(separator: "\n")
        let client = try #require(lines.first { $0.hasPrefix("clientPort=") }?.split(separator: "=").last)
        let peers = try #require(lines.first { $0.hasPrefix("server.1=") }?.split(separator: ":"))
        return try [client, peers[1], peers[2]].map { try #require(Int($0)) }
    }

    private static func hello(_ magic: UInt32, _ id: UInt8) -> [UInt8] {
        let writer = ByteWriter()
        Hello(id: ServerID(id)).encode(magic: magic, into: writer)
        return Array(writer.bytes)
    }

    static let noise: [[UInt8]] = [
        [0x7f, 0xff, 0xff, 0xff, 1, 2, 3],  // a frame of 2 GiB
        [0xff, 0xff, 0xff, 0xff],  // a negative length
        Array("GET / HTTP/1.1\r\n\r\n".utf8),
        hello(PeerLink.quorumMagic, 99),  // a peer that is not in the ensemble
        hello(PeerLink.quorumMagic, 2) + [0x7f, 0, 0, 0],  // a peer with an oversized frame
        hello(PeerLink.quorumMagic, 2) + [0, 0, 0, 2, 250, 1],  // a frame of unknown kind
        hello(PeerLink.electionMagic, 2) + [0, 0, 0, 3, 1, 2, 3],  // a notification cut short
        [0x5a, 0x41, 0x42, 0x45, 0, 9, 0, 2],  // another version
        [0, 0, 0, 4, 0, 0, 0, 9],  // a connect request of an unknown version
        [0, 0, 0, 45] + Array(repeating: 0xee, count: 45),
    ]

    @Test func noiseOnEveryPortCostsOneConnection() async throws {
        try await TestEnsemble.with { ensemble, group in
            let ports = try Self.ports(of: ensemble)
            for port in ports {
                for bytes in Self.noise {
                    // Half of each: a peer that dies in the middle of a frame.
                    _ = try Self.send(Array(bytes.prefix(bytes.count / 2)), to: port, thenClose: true)
                }
            }
            for bytes in Self.noise[0...1] + Self.noise[8...] {
                #expect(try Self.send(bytes, to: ports[0]), "client port, \(bytes.prefix(8))")
            }
            for bytes in Self.noise[2...5] { #expect(try Self.send(bytes, to: ports[1]), "quorum port, \(bytes)") }
            for bytes in Self.noise[6...7] { #expect(try Self.send(bytes, to: ports[2]), "election port, \(bytes)") }
            #expect(try Self.send([0, 0, 0, 45, 0, 0], to: ports[0]), "half a frame, then silence")
            #expect(try Self.send([0x5a, 0x41], to: ports[1]), "half a hello, then silence")
            try await ensemble.servers.waitUntilServing(seconds: 60)
            #expect(ensemble.servers.servers.allSatisfy { ensemble.servers.exit(of: $0.id) == nil })
            let client = try await ZooKeeperClient.connect(
                endpoints: ensemble.servers.endpoints.map(\.description),
                eventLoopGroup: group
            )
            #expect(try await client.create("/after", data: []) == "/after")
            await client.close()
        }
    }
}
