import Client
import TestSupport
import Testing

/// Ensembles with groups, of real servers in this process.
@Suite struct HierarchyTests {
    /// Two of three servers, where one of the two weighs nothing, are no quorum; with a weight of two, one is.
    @Test func aServerWithoutWeightNeitherLeadsNorCounts() async throws {
        let ensemble = try NodeEnsemble([1, 2, 3], lines: "group.1=1:2:3\nweight.1=2\nweight.2=1\nweight.3=0\n")
        try await ensemble.start([1])
        // It weighs more than the others together.
        let client = try await ensemble.client(1)
        _ = try await client.create("/alone", data: [1])
        #expect(try await ensemble.mode(1) == "leader")
        try await ensemble.start([3])
        let other = try await ensemble.client(3)
        #expect(try await other.getData("/alone").data == [1])
        #expect(try await ensemble.mode(3) == "follower")
        _ = try await other.create("/through", data: [])
        await client.close()
        await other.close()
        await ensemble.stop()
    }

    @Test func aGroupMayBeDown() async throws {
        let ids = [1, 2, 3, 4, 5, 6]
        let ensemble = try NodeEnsemble(ids, lines: "group.1=1:2\ngroup.2=3:4\ngroup.3=5:6\n")
        try await ensemble.start([1, 2, 3, 4])
        let client = try await ensemble.client(1)
        _ = try await client.create("/a", data: [])
        try await ensemble.start([5, 6])
        let late = try await ensemble.client(6)
        try await late.sync("/a")
        #expect(try await late.exists("/a") != nil)
        await client.close()
        await late.close()
        await ensemble.stop()
    }
}
