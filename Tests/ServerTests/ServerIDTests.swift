import Client
import TestSupport
import Testing
import Wire

@Suite struct ServerIDTests {
    /// ZooKeeper 3.8 runs with such ids; there, servers 0 and 256 may give out one session id twice.
    @Test(arguments: [[0, 256, 512], [300, -2, 1 << 40]])
    func anyIDsMakeAnEnsemble(ids: [Int]) async throws {
        let ensemble = try NodeEnsemble(ids)
        try await ensemble.start()
        var clients: [ZooKeeperClient] = []
        var sessions: Set<Int64> = []
        for id in ids {
            for number in 0..<3 {
                let client = try await ensemble.client(id)
                let path = try await client.create("/\(id)-\(number)", data: [], mode: .ephemeral)
                let session = try await client.session().id
                #expect(UInt64(bitPattern: session) >> 56 == UInt64(bitPattern: Int64(id)) & 0xff)
                #expect(try await client.exists(path)?.ephemeralOwner == session)
                sessions.insert(session)
                clients.append(client)
            }
        }
        #expect(sessions.count == 9)
        #expect(try await clients[0].getChildren("/").count { $0 != "zookeeper" } == 9)
        for client in clients { await client.close() }
        await ensemble.stop()
    }
}
