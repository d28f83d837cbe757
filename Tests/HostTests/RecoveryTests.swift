import Foundation
import Host
import Log
import Replica
import Stepped
import TestSupport
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
            let batch = RecordBatch.make([zxid(1)], chain: 0) { $1.append(Int32(7)) }
            server.store.append(batch, committed: zxid(1))
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

    // MARK: whose data these are

    /// A server of that ensemble with a log of 300 transactions in several segments, and snapshots.
    private func live(in folder: TemporaryFolder, of identity: UInt64) throws {
        for life in 0..<3 {
            var server = try StoredServer(folder)
            if life == 0 {
                try server.store.persistAcceptedEpoch(1)
                try server.store.persistCurrentEpoch(1, identity: identity)
                try server.store.confirmIdentity()
            } else {
                _ = try server.takeSnapshot()
            }
            server.append(300)
            try server.log.sync()
        }
    }

    private func move(_ names: (String) -> Bool, from: TemporaryFolder, to: TemporaryFolder) throws {
        for name in to.names where names(name) { try FileManager.default.removeItem(atPath: to.path + "/" + name) }
        for name in from.names where names(name) {
            try FileManager.default.copyItem(atPath: from.path + "/" + name, toPath: to.path + "/" + name)
        }
    }

    @Test func theLogOfAnotherEnsembleIsRefused() throws {
        let other = TemporaryFolder()
        try live(in: folder, of: 0xA1)
        try live(in: other, of: 0xB2)
        try move({ $0.hasPrefix("log.") }, from: other, to: folder)
        let before = folder.names
        let error = recoveryError { _ = try StoredServer(folder) }
        guard case .twoEnsembles(_, 0xA1, let path, 0xB2)? = error else {
            Issue.record("threw \(String(describing: error))")
            return
        }
        #expect(path.contains("log."))
        for text in ["00000000000000a1", "00000000000000b2", path, "dataLogDir"] { #expect("\(error!)".contains(text)) }
        #expect(folder.names == before)
    }

    @Test func theSnapshotsOfAnotherEnsembleAreRefused() throws {
        let other = TemporaryFolder()
        try live(in: folder, of: 0xA1)
        try live(in: other, of: 0xB2)
        try move({ $0.hasPrefix("snapshot.") }, from: other, to: folder)
        guard case .twoEnsembles? = recoveryError({ _ = try StoredServer(folder) }) else {
            Issue.record("started")
            return
        }
    }

    @Test func withoutEpochsTheLogSaysWhoseItIs() throws {
        try live(in: folder, of: 0xA1)
        try FileManager.default.removeItem(atPath: folder.path + "/epochs")
        for _ in 0..<2 {
            let server = try StoredServer(folder)
            #expect(server.durable.membership == Membership(identity: 0xA1, isConfirmed: true))
            #expect(server.member.peer.membership.shown == 0xA1)
        }
    }

    /// What the version before identities wrote, and every server until it has first served: zeros.
    @Test func dataOfNoEnsembleStart() throws {
        try liveThrice()
        let server = try StoredServer(folder)
        #expect(server.durable.membership == Membership())
        #expect(server.member.committed == zxid(1200))
    }
}
