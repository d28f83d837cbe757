import Host
import Log
import Replica
import Stepped
import TestSupport
import Testing
import Wire
import Zab
import Znodes

@Suite struct DurableStoreTests {
    private let folder = TemporaryFolder()

    private func zxid(_ counter: UInt32) -> Zxid { Zxid(epoch: 1, counter: counter) }

    /// A server that has applied so many transactions.
    private func applied(_ count: Int, policy: SnapshotPolicy = SnapshotPolicy(sliceBytes: 512)) throws -> StoredServer
    {
        do {
            var server = try StoredServer(folder)
            server.append(count)
            try server.log.sync()
        }
        return try StoredServer(folder, policy: policy)
    }

    @Test func whatTheLogHasNoRoomForWaitsInOrder() throws {
        var server = try StoredServer(folder, logCapacity: 2)
        for _ in 0..<5 { server.append(1) }
        #expect(server.store.isBehind)
        for _ in 0..<2 {
            try server.log.sync()
            server.store.drainBacklog()
        }
        #expect(!server.store.isBehind && server.store.durable == zxid(4))
        try server.log.sync()
        #expect(server.store.durable == zxid(5))
        #expect(try server.store.read(after: zxid(2), through: zxid(5), maxBytes: 1 << 20).count == 3)
        #expect(throws: LogError.notInLog(zxid(5), base: .zero, last: zxid(5))) {
            try server.store.read(after: zxid(5), through: zxid(6), maxBytes: 100)
        }
    }

    @Test func aCutTakesWhatWaitsWithIt() throws {
        var server = try StoredServer(folder, logCapacity: 1)
        for _ in 0..<4 { server.append(3) }
        try server.store.truncate(after: zxid(8))
        #expect(server.store.durable == zxid(8) && server.log.last == zxid(8))
        #expect(server.log.waits == 2 && !server.store.isBehind)
    }

    @Test func aCutDoesNotWaitForALogThatHasFailed() throws {
        var server = try StoredServer(folder, logCapacity: 1)
        for _ in 0..<3 { server.append(3) }
        let failure = LogError.disk(DiskError(.fdatasync, "log", 5))
        server.log.failure = failure
        #expect(throws: failure) { try server.store.truncate(after: zxid(8)) }
    }

    @Test func aSnapshotIsDueByCountOrByBytesButNotWithoutNews() throws {
        var server = try applied(10, policy: SnapshotPolicy(snapCount: 20, snapshotLogBytes: 1 << 20, sliceBytes: 512))
        #expect(!server.store.snapshotIsDue(applied: zxid(10), dataBytes: 0))
        server.append(20)
        try server.log.sync()
        #expect(server.store.snapshotIsDue(applied: zxid(10), dataBytes: 0))
        #expect(!server.store.snapshotIsDue(applied: .zero, dataBytes: 0))
        _ = try server.takeSnapshot()
        #expect(!server.store.snapshotIsDue(applied: zxid(30), dataBytes: 0))
        // What was logged before this life counts as well: 30 records of 52 bytes, 20 of them behind the snapshot.
        let policy = SnapshotPolicy(snapshotLogBytes: 1040)
        let next = try StoredServer(folder, policy: policy)
        #expect(next.store.snapshotIsDue(applied: zxid(30), dataBytes: 520))
        #expect(!next.store.snapshotIsDue(applied: zxid(30), dataBytes: 521))
    }

    @Test func theLogIsKeptFromTheOlderSnapshotOnAndForSlowLinks() throws {
        do {
            var server = try applied(400)
            let base = try server.takeSnapshot()
            #expect(base == .zero)
            server.append(800)
            try server.log.sync()
        }
        do {
            var server = try StoredServer(folder)
            let base = try server.takeSnapshot(neededByLinks: zxid(100))!
            #expect(base <= zxid(100))
            server.append(400)
            try server.log.sync()
        }
        var server = try StoredServer(folder)
        let base = try server.takeSnapshot(neededByLinks: zxid(1500))!
        #expect(base > zxid(800) && base <= zxid(1200))
        #expect(folder.names.filter { $0.hasPrefix("snapshot.") }.count == 2)
    }

    @Test func aRefusedSliceIsOfferedAgain() throws {
        var server = try applied(400)
        server.snapshots.refusesEvery = 3
        _ = try server.takeSnapshot()
        #expect(server.snapshots.refusals > 3)
        let next = try StoredServer(folder)
        #expect(next.snapshot.zxid == zxid(400) && next.member.state.sessionCount == 400)
    }

    /// A leader's snapshot arrives while one of our own is under way, and another waits for its sync.
    @Test func anInstalledSnapshotReplacesLogAndOwnSnapshots() throws {
        let leader = TemporaryFolder()
        let frames = ByteWriter()
        let position: LogPosition
        do {
            var server = try StoredServer(leader)
            server.append(900)
            try server.log.sync()
            server = try StoredServer(leader)
            _ = try server.takeSnapshot()
            position = server.snapshots.finished[0]
            let sender = try server.store.snapshotSender(position.zxid)
            while try sender.writeNext(into: frames) {}
        }
        var server = try applied(400)
        let isBegun = server.beginSnapshot()
        let goesOn = server.advanceSnapshot()
        #expect(isBegun && goesOn)
        if server.store.abandonSnapshot() { server.member.abandonSnapshot() }
        try receive(frames, into: &server)
        let isUnderWay = server.advanceSnapshot()
        #expect(!isUnderWay && server.snapshots.finished.isEmpty)
        #expect(server.log.base == position.zxid && server.store.durable == position.zxid)
        #expect(try server.store.snapshotIsDurable(zxid(400), neededByLinks: nil) == nil)
        #expect(folder.names.filter { $0.hasPrefix("snapshot.") } == ["snapshot.0000000100000384"])
        let next = try StoredServer(folder)
        #expect(next.snapshot == position && next.member.state.sessionCount == 900)
    }

    /// Carries out a whole transfer as a member would ask for it; checks the order of its frames.
    private func receive(_ frames: ByteWriter, into server: inout StoredServer) throws {
        var reader = ByteReader(frames.bytes)
        var position = LogPosition.zero
        var chunks = 0
        var isWhole = false
        while reader.remaining > 0 {
            #expect(!isWhole)
            let count = Int(try reader.uint32())
            switch try PeerFrame(decoding: try reader.bytes(count)) {
            case .snapshotBegin(let zxid, let chain):
                #expect(chunks == 0)
                position = LogPosition(zxid: zxid, chain: chain)
                try server.store.beginIncomingSnapshot(position)
            case .snapshotChunk(let bytes):
                chunks += 1
                try server.store.writeIncomingSnapshot(bytes)
            case .snapshotEnd:
                isWhole = true
                try server.store.installIncomingSnapshot(position)
            default: Issue.record("a frame of another kind")
            }
        }
        #expect(isWhole && chunks > 0)
    }
}
