import Client
import Foundation
import NIOCore
import NIOPosix
import Targets
import TestSupport
import Testing
import Wire

/// What a person does with an ensemble, through real sockets and real processes.
@Suite(.serialized) struct EnsembleTests {
    @Test func everyOperationThroughAFollower() async throws {
        try await TestEnsemble.with { ensemble, group in
            let leader = try #require(await ensemble.servers.leader())
            let follower = try #require(ensemble.servers.servers.first { $0.id != leader.id })
            let client = try await ZooKeeperClient.connect(
                endpoints: [follower.endpoint.description],
                eventLoopGroup: group
            )
            #expect(try await client.create("/app", data: [1]) == "/app")
            #expect(try await client.create("/app/q-", data: [], mode: .persistentSequential) == "/app/q-0000000000")
            #expect(try await client.create("/app/e", data: [], mode: .ephemeral) == "/app/e")
            let stat = try await client.setData("/app", data: [2, 3])
            #expect(stat.version == 1 && stat.dataLength == 2)
            let read = try await client.getData("/app")
            #expect(read.data == [2, 3] && read.stat == stat)
            #expect(try await client.getChildren("/app").sorted() == ["e", "q-0000000000"])
            #expect(try await client.getChildren2("/app").stat.numChildren == 2)
            #expect(try await client.exists("/nothing") == nil)
            try await client.sync("/app")
            try await client.delete("/app/q-0000000000")
            await client.close()
            // The same from the leader: the ephemeral went with its session.
            let other = try await ZooKeeperClient.connect(
                endpoints: [leader.endpoint.description],
                eventLoopGroup: group
            )
            try await other.sync("/app")
            #expect(try await other.getChildren("/app") == [])
            await other.close()
        }
    }

    @Test func fourLetterWordsAnswer() async throws {
        try await TestEnsemble.with { ensemble, _ in
            let leader = try #require(await ensemble.servers.leader())
            #expect(try await fourLetterWord("ruok", leader.endpoint) == "imok")
            #expect(try await fourLetterWord("isro", leader.endpoint) == "rw")
            #expect(try await fourLetterWord("srvr", leader.endpoint).contains("Mode: leader"))
            #expect(try await fourLetterWord("stat", leader.endpoint).contains("Clients:"))
            #expect(try await fourLetterWord("mntr", leader.endpoint).contains("zk_server_state\tleader"))
        }
    }

    @Test func aSessionAndItsEphemeralSurviveTheLeader() async throws {
        try await TestEnsemble.with { ensemble, group in
            let leader = try #require(await ensemble.servers.leader())
            let all = ensemble.servers.endpoints.map(\.description)
            let client = try await ZooKeeperClient.connect(
                endpoints: [leader.endpoint.description] + all.filter { $0 != leader.endpoint.description },
                eventLoopGroup: group
            )
            let before = try await client.session()
            _ = try await client.create("/mine", data: [], mode: .ephemeral)
            try ensemble.servers.kill(leader.id, signal: SIGKILL)
            #expect(await ensemble.servers.waitForExit(of: leader.id, seconds: 30))
            // Requests fail with the connection until the client is back on another server.
            var found: Stat?
            for _ in 0..<1000 {
                do {
                    found = try await client.exists("/mine")
                    break
                } catch let error as ClientError {
                    guard case .connectionLoss = error else { throw error }
                }
            }
            #expect(found?.ephemeralOwner == before.id)
            #expect(try await client.session().id == before.id)
            await client.close()
        }
    }

    @Test func aServerThatWasAwayIsBroughtUpToDate() async throws {
        try await TestEnsemble.with { ensemble, group in
            let leader = try #require(await ensemble.servers.leader())
            let follower = try #require(ensemble.servers.servers.first { $0.id != leader.id })
            try ensemble.servers.kill(follower.id, signal: SIGKILL)
            #expect(await ensemble.servers.waitForExit(of: follower.id, seconds: 30))
            // While it is away its port is nobody else's, whose answers would be taken for its own.
            #expect(!PortProbe.canListen(on: follower.endpoint.port))
            let client = try await ZooKeeperClient.connect(
                endpoints: [leader.endpoint.description],
                eventLoopGroup: group
            )
            for index in 0..<200 { _ = try await client.create("/n\(index)", data: [UInt8](repeating: 1, count: 1000)) }
            try await ensemble.servers.restart(follower.id)
            try await ensemble.servers.waitUntilServing(seconds: 60)
            let digests = try #require(await ensemble.servers.commonDigest(seconds: 30))
            #expect(digests.agree)
            await client.close()
        }
    }
}
