import Client
import Foundation
import NIOCore
import NIOPosix
import Targets
import Testing
import Workload

/// Real servers with the harness's proxy between them.
@Suite(.serialized) struct PartitionTests {
    @Test func anIsolatedLeaderIsReplacedAndComesBack() async throws {
        try await TestEnsemble.with(links: PlannedLinks(isProxied: true)) { ensemble, group in
            let servers = ensemble.servers
            let links = try #require(servers.links)
            let old = try #require(await servers.leader())
            links.isolate(old.id, of: servers.size)
            var new: EnsembleServer?
            let deadline = ContinuousClock.now + .seconds(60)
            while new == nil, ContinuousClock.now < deadline {
                new = await servers.reports().first { $0.server.id != old.id && $0.report?.isLeading == true }?.server
            }
            let leader = try #require(new)
            let client = try await ZooKeeperClient.connect(
                endpoints: [leader.endpoint.description],
                eventLoopGroup: group
            )
            // Committed by the two that still hear each other.
            for index in 0..<50 { _ = try await client.create("/n\(index)", data: [1, 2, 3]) }
            links.rejoin(old.id, of: servers.size)
            try await servers.waitUntilServing(seconds: 60)
            let digests = try #require(await servers.commonDigest(seconds: 30))
            #expect(digests.agree)
            await client.close()
            let back = try await ZooKeeperClient.connect(
                endpoints: [old.endpoint.description],
                eventLoopGroup: group
            )
            try await back.sync("/")
            #expect(try await back.getChildren("/").count { $0.hasPrefix("n") } == 50)
            await back.close()
        }
    }
}
