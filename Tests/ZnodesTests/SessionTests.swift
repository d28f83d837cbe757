import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct SessionTests {
    @Test func tableIsReplicatedAndSorted() throws {
        let leader = Leader(session: nil)
        for (id, timeout) in [(Int64(7), Int32(4000)), (-3, 5000), (1 << 60, 6000), (5, 7000)] {
            #expect(leader.run(.createSession, Request.createSession(timeout: timeout), session: id) == .ok)
        }
        #expect(leader.state.session(7) == 4000)
        #expect(leader.state.session(8) == nil)
        #expect(leader.run(.closeSession, session: 5) == .ok)
        var seen: [Int64] = []
        leader.state.forEachSession { id, timeout in
            seen.append(id)
            #expect(leader.state.session(id) == timeout)
        }
        #expect(seen == [-3, 7, 1 << 60])
        #expect(leader.state.sessionCount == 3)
        // Made again, it gets the new timeout.
        #expect(leader.run(.createSession, Request.createSession(timeout: 1), session: 7) == .ok)
        #expect(leader.state.session(7) == 1)
        #expect(leader.state.sessionCount == 3)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
    }

    @Test(arguments: [OpCode.create, .create2, .delete, .setData, .setACL, .multi, .closeSession])
    func requestsOfUnknownOrClosingSessionsAreExpired(op: OpCode) {
        let leader = Leader()
        leader.create("/a")
        let body: [UInt8] =
            switch op {
            case .create, .create2: Request.create("/b")
            case .delete: Request.delete("/a")
            case .setData: Request.setData("/a")
            case .setACL: Request.setACL("/a", ACL.openUnsafe)
            case .multi: Request.multi([])
            default: []
            }
        #expect(leader.prepare(op, body, session: 2) == .sessionExpired)
        #expect(leader.prepare(.createSession, Request.createSession(), session: 2) == .ok)
        #expect(leader.prepare(op, body, session: 2) == .ok)
        let leaves = op != .closeSession
        if leaves { #expect(leader.prepare(.closeSession, session: 2) == .ok) }
        #expect(leader.prepare(op, body, session: 2) == .sessionExpired)
        leader.apply()
        #expect(leader.prepare(op, body, session: 2) == .sessionExpired)
        #expect(leader.changes.sessionChanges.live == 0)
    }

    /// Ephemerals in the state, outstanding, deleted while outstanding, taken over by another session.
    @Test func closeListsWhatTheSessionWillOwn() throws {
        let leader = Leader()
        #expect(leader.run(.createSession, Request.createSession(), session: 2) == .ok)
        for name in ["/kept", "/deleted", "/taken", "/again"] { #expect(leader.create(name, flags: 1) == .ok) }
        leader.create("/dir")
        #expect(leader.state.ephemeralCount == 4)
        #expect(leader.prepare(.delete, Request.delete("/deleted")) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/taken")) == .ok)
        #expect(leader.prepare(.create, Request.create("/taken", flags: 1), session: 2) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/again")) == .ok)
        #expect(leader.prepare(.create, Request.create("/again", flags: 1)) == .ok)
        #expect(leader.prepare(.create, Request.create("/dir/new", flags: 1)) == .ok)
        #expect(leader.prepare(.create, Request.create("/brief", flags: 1)) == .ok)
        #expect(leader.prepare(.delete, Request.delete("/brief")) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/kept")) == .ok)
        #expect(leader.prepare(.closeSession) == .ok)
        let record = try #require(leader.log.last)
        let paths = try record.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            #expect(try TransactionHeader(from: &reader).type == OpCode.closeSession.rawValue)
            let count = try #require(try reader.vectorCount(minimumSize: 4))
            return try (0..<count).map { _ in try reader.string() }
        }
        #expect(paths.sorted() == ["/again", "/dir/new", "/kept"])
        // The parent is empty as soon as the close is outstanding.
        #expect(leader.prepare(.delete, Request.delete("/dir"), session: 2) == .ok)
        #expect(leader.prepare(.create, Request.create("/kept"), session: 2) == .ok)
        leader.apply()
        #expect(leader.children("/") == ["kept", "taken", "zookeeper"])
        #expect(leader.stat("/taken")?.ephemeralOwner == 2)
        #expect(leader.state.ephemeralCount == 1)
        #expect(leader.state.session(1) == nil)
        #expect(leader.changes.paths.live == 0)
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    /// A list of ephemerals that no transaction can hold is left out, and apply deletes what the session owns.
    @Test func closeOfAHugeSessionHasNoList() throws {
        let leader = Leader()
        #expect(leader.run(.createSession, Request.createSession(), session: 2) == .ok)
        leader.create("/d")
        let long = String(repeating: "x", count: 20_000)
        for index in 0..<60 {
            #expect(leader.prepare(.create, Request.create("/d/\(long)\(index)", flags: 1), session: 2) == .ok)
            if index == 30 { leader.apply() }
        }
        #expect(leader.prepare(.closeSession, session: 2) == .ok)
        #expect(leader.log.last?.count == TransactionHeader.encodedSize + 4)
        #expect(leader.prepare(.delete, Request.delete("/d")) == .ok)
        leader.apply()
        #expect(leader.state.ephemeralCount == 0)
        #expect(leader.stat("/d") == nil)
        #expect(leader.state.nodeCount == 4)
        #expect(
            leader.state.approximateDataSize == "/".utf8.count
                + "/zookeeper/zookeeper/quota/zookeeper/config".utf8.count
        )
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    @Test func noEphemeralChildrenEvenWhileOutstanding() {
        let leader = Leader()
        #expect(leader.prepare(.create, Request.create("/e", flags: 1)) == .ok)
        #expect(leader.prepare(.create, Request.create("/e/x")) == .noChildrenForEphemerals)
        #expect(leader.prepare(.create, Request.create("/s-", flags: 3)) == .ok)
        #expect(leader.prepare(.create, Request.create("/s-0000000001/x")) == .noChildrenForEphemerals)
        leader.apply()
        #expect(leader.stat("/e")?.ephemeralOwner == 1)
        #expect(leader.stat("/s-0000000001")?.ephemeralOwner == 1)
    }
}
