import Log
import Replica
import Storage
import Testing
import Wire
import Zab
import Znodes

@Suite struct RecoveryTests {
    private let folder = TemporaryFolder()

    private func zxid(_ counter: UInt32) -> Zxid { Zxid(epoch: 1, counter: counter) }

    private func recoveryError(_ body: () throws -> Void) -> RecoveryError? {
        do {
            try body()
            return nil
        } catch { return error as? RecoveryError }
    }

    /// Three lives of 400 transactions each, and a snapshot at the beginning of each but the first.
    private func liveThrice() throws {
        for life in 0..<4 {
            var server = try StoredServer(folder)
            if life > 0 { _ = try server.takeSnapshot() }
            if life < 3 {
                server.append(400)
                try server.log.sync()
            }
        }
    }

    @Test func anEmptyFolderIsAnEmptyServer() throws {
        let server = try StoredServer(folder)
        #expect(server.warnings.isEmpty && server.snapshot == .zero)
        #expect(server.durable.history.last == .zero && server.durable.committed == .zero)
        #expect(server.member.committed == .zero)
    }

    @Test func whatIsKnownToBeCommittedIsAppliedAndTheRestWaits() throws {
        do {
            var server = try StoredServer(folder)
            server.append(5)
            server.append(5, committed: zxid(7))
            try server.log.sync()
            try server.store.persistAcceptedEpoch(3)
            try server.store.persistCurrentEpoch(1)
        }
        let server = try StoredServer(folder)
        #expect(server.member.committed == zxid(7) && server.member.state.sessionCount == 7)
        #expect(server.member.history.last == zxid(10) && server.durable.history.last == zxid(10))
        #expect(server.durable.acceptedEpoch == 3 && server.durable.currentEpoch == 1)
    }

    @Test func aDamagedNewestSnapshotCostsNothing() throws {
        try liveThrice()
        #expect(folder.names.filter { $0.hasPrefix("snapshot.") }.count == 2)
        let digest = try StoredServer(folder).member.state.digest
        try folder.flipByte(of: "snapshot.00000001000004b0", at: 200)
        let server = try StoredServer(folder)
        #expect(server.warnings.count == 1 && server.warnings[0].contains("snapshot.00000001000004b0"))
        #expect(server.warnings[0].hasPrefix("snapshot passed over: "))
        #expect(server.snapshot.zxid == zxid(800) && server.member.committed == zxid(1200))
        #expect(server.member.state.sessionCount == 1200 && server.member.state.digest == digest)
    }

    @Test func withBothDamagedTheHistoryIsMissing() throws {
        try liveThrice()
        for name in folder.names where name.hasPrefix("snapshot.") { try folder.flipByte(of: name, at: 200) }
        let error = recoveryError { _ = try StoredServer(folder) }
        guard case .historyMissing(after: .zero, let base, let damage?)? = error else {
            Issue.record("threw \(String(describing: error))")
            return
        }
        #expect(base > zxid(400) && base <= zxid(800))
        #expect("\(error!)".hasPrefix("the log starts after \(base), but the newest whole snapshot is of 0.0: "))
        #expect("\(error!)".hasSuffix("so that it is repaired from its peers (\(damage))"))
    }

    /// The crash between the two steps of an installation: the snapshot is durable, the log is still the old one.
    @Test(arguments: [40, 10, 5])
    func aSnapshotAheadOfTheLogOrBesideItReplacesIt(records: Int) throws {
        let leader = TemporaryFolder()
        let chain: UInt32
        do {
            var server = try StoredServer(leader)
            server.append(10)
            try server.log.sync()
            server = try StoredServer(leader)
            _ = try server.takeSnapshot()
            chain = server.snapshots.finished[0].chain
        }
        do {
            // Another history, longer, as long, or shorter.
            let server = try StoredServer(folder)
            server.store.append(StoredServer.batch(records, after: .zero, chain: 0, salt: 99), committed: .zero)
            try server.log.sync()
        }
        let name = "snapshot.000000010000000a"
        try copy(name, from: leader)
        let server = try StoredServer(folder)
        #expect(server.snapshot == LogPosition(zxid: zxid(10), chain: chain))
        #expect(server.log.base == zxid(10) && server.log.last == zxid(10))
        #expect(server.member.state.sessionCount == 10 && server.durable.snapshot == zxid(10))
    }

    private func copy(_ name: String, from other: TemporaryFolder) throws {
        let store = try SnapshotStore(other.path, on: PosixDisk())
        let position = try #require(try store.newestValid().newest).position
        let reader = try store.open(position.zxid)
        let writer = try SnapshotStore(folder.path, on: PosixDisk()).begin(position)
        while let chunk = try reader.next() { try writer.append(chunk) }
        try writer.finish()
        try #require(folder.names.contains(name))
    }

    @Test func aTransactionThatIsNoneIsSaidInOneLine() throws {
        do {
            let server = try StoredServer(folder)
            var builder = RecordBatchBuilder(chain: 0)
            builder.beginRecord()
            builder.writer.append(Int32(7))
            builder.endRecord(zxid: zxid(1))
            server.store.append(builder.finish(), committed: zxid(1))
            try server.log.sync()
        }
        let error = recoveryError { _ = try StoredServer(folder) }
        guard case .badTransaction(let bad, _)? = error else {
            Issue.record("threw \(String(describing: error))")
            return
        }
        #expect(bad == zxid(1))
        #expect("\(error!)".hasPrefix("transaction 1.1 of the log cannot be applied: "))
    }
}
