import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct DigestTests {
    /// A state with one node /n and one session, each field of the node and of the transaction's header at will.
    private func digest(
        path: String = "/n",
        data: [UInt8]? = [1, 2],
        acl: [ACL] = ACL.openUnsafe,
        isEphemeral: Bool = false,
        timeout: Int32 = 5000,
        session: Int64 = 1,
        time: Int64 = 7,
        counter: UInt32 = 2,
        cversion: Int32 = 1,
        then: [(OpCode, [UInt8])] = []
    ) throws -> UInt64 {
        var records: [(OpCode, [UInt8])] = [(.createSession, Request.createSession(timeout: timeout))]
        // Writes that leave nothing behind but the count.
        while records.count + 1 < counter { records.append((.createSession, Request.createSession(timeout: timeout))) }
        records.append(
            (
                .create,
                Array(Request.create(path, data: data, acl: acl).dropLast(4))
                    + Request.make {
                        $0.append(isEphemeral)
                        $0.append(cversion)
                    }
            )
        )
        records += then
        let log = records.enumerated().map { index, record in
            Request.make { writer in
                TransactionHeader(
                    sessionID: session,
                    cxid: 0,
                    zxid: Zxid(epoch: 1, counter: UInt32(index + 1)),
                    time: time,
                    type: record.0.rawValue
                ).encode(into: writer)
                record.1.withUnsafeBytes { writer.append(bytes: $0) }
            }
        }
        return try log.replayed().digest
    }

    @Test func anyFieldChangesIt() throws {
        let digests: [(String, UInt64)] = [
            ("base", try digest()), ("path", try digest(path: "/m")), ("data", try digest(data: [1, 3])),
            ("longer data", try digest(data: [1, 2, 0])), ("empty", try digest(data: [])),
            ("null", try digest(data: nil)),
            ("acl", try digest(acl: [ACL(permissions: 30, scheme: "world", id: "anyone")])),
            ("owner", try digest(isEphemeral: true)), ("timeout", try digest(timeout: 5001)),
            ("session id", try digest(session: 2)), ("ephemeral of another", try digest(isEphemeral: true, session: 2)),
            ("time", try digest(time: 8)), ("zxid", try digest(counter: 3)), ("cversion", try digest(cversion: 2)),
            ("version", try digest(then: [(.setData, Request.setData("/n", [1, 2], version: 1))])),
            ("other version", try digest(then: [(.setData, Request.setData("/n", [1, 2], version: 2))])),
            ("aversion", try digest(then: [(.setACL, Request.setACL("/n", ACL.openUnsafe, version: 1))])),
            ("nothing", ReplicatedState().digest),
        ]
        for (index, left) in digests.enumerated() {
            for right in digests[(index + 1)...] { #expect(left.1 != right.1, "\(left.0), \(right.0)") }
        }
        #expect(try digest() == digests[0].1)
    }

    /// Each field of a node by itself.
    @Test func everyFieldOfANodeCounts() {
        func digest(_ change: (UnsafeMutablePointer<Znode>) -> Void) -> UInt64 {
            let leader = Leader()
            leader.create("/n", data: [1])
            let node = leader.state.nodes[leader.state.nodes.find("/n")]
            leader.state.subtractDigest(node)
            change(node)
            leader.state.restructure(node)
            return leader.state.digest
        }
        let changes: [(UnsafeMutablePointer<Znode>) -> Void] = [
            { _ in }, { $0.pointee.czxid += 1 }, { $0.pointee.mzxid += 1 }, { $0.pointee.pzxid += 1 },
            { $0.pointee.ctime += 1 }, { $0.pointee.mtime += 1 }, { $0.pointee.version += 1 },
            { $0.pointee.cversion += 1 }, { $0.pointee.aversion += 1 }, { $0.pointee.ephemeralOwner += 1 },
            { $0.pointee.dataHash += 1 }, { $0.pointee.pathHash += 1 },
            { ($0.pointee.mzxid, $0.pointee.mtime) = ($0.pointee.mtime, $0.pointee.mzxid) },
            { ($0.pointee.czxid, $0.pointee.ctime) = ($0.pointee.ctime, $0.pointee.czxid) },
        ]
        let digests = changes.map(digest)
        #expect(Set(digests).count == changes.count)
    }

    /// The order in which unrelated nodes came into being, and slots used before, do not matter.
    @Test func isIndependentOfHistoryThatLeftNothing() throws {
        let leader = Leader()
        for index in 0..<20 { leader.create("/n\(index)") }
        for index in [3, 17, 4] { #expect(leader.run(.delete, Request.delete("/n\(index)")) == .ok) }
        leader.create("/late")
        // The loaded state has other slots, other lists and the same digest, before and after further writes.
        let other = Leader(try leader.state.reloaded(), session: nil)
        #expect(other.state.digest == leader.state.digest)
        other.time = leader.time
        for target in [leader, other] {
            #expect(target.run(.setData, Request.setData("/late", [9])) == .ok)
            #expect(target.create("/n3") == .ok)
            #expect(target.run(.delete, Request.delete("/n0")) == .ok)
        }
        #expect(other.state.digest == leader.state.digest)
        #expect(other.children("/") == leader.children("/"))
    }
}
