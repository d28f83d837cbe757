import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct MultiTests {
    @Test func eachOperationSeesTheOnesBefore() throws {
        let leader = Leader()
        let request = Request.multi([
            (.create, Request.create("/m")), (.create2, Request.create("/m/s-", flags: 3)),
            (.create, Request.create("/m/s-", flags: 2)), (.setData, Request.setData("/m", [1, 2], version: 0)),
            (.check, Request.delete("/m", version: 1)), (.delete, Request.delete("/m/s-0000000000", version: 0)),
        ])
        #expect(leader.prepare(.multi, request) == .ok)
        #expect(leader.changes.count == 1)
        // create2 inside a multi is answered as create is.
        let reply = leader.apply()
        try reply.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            func header(_ type: Int32, done: Bool, error: Int32) throws {
                #expect(try reader.int32() == type)
                #expect(try reader.bool() == done)
                #expect(try reader.int32() == error)
            }
            try header(1, done: false, error: 0)
            #expect(try reader.string() == "/m")
            try header(1, done: false, error: 0)
            #expect(try reader.string() == "/m/s-0000000000")
            try header(1, done: false, error: 0)
            #expect(try reader.string() == "/m/s-0000000001")
            try header(5, done: false, error: 0)
            #expect(try Stat(from: &reader).version == 1)
            try header(13, done: false, error: 0)
            try header(2, done: false, error: 0)
            try header(-1, done: true, error: -1)
            #expect(reader.remaining == 0)
        }
        #expect(leader.children("/m") == ["s-0000000001"])
        #expect(leader.stat("/m")?.czxid == leader.stat("/m/s-0000000001")?.czxid)
        #expect(leader.changes.paths.live == 0)
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    /// Each row fails at its last operation; everything before it must be undone, records and notes alike.
    static let failures: [([(OpCode, [UInt8])], ErrorCode)] = [
        ([(.setData, Request.setData("/a")), (.setData, Request.setData("/x"))], .noNode),
        ([(.setData, Request.setData("/b")), (.setData, Request.setData("/b", version: 1))], .badVersion),
        ([(.create, Request.create("/n")), (.create, Request.create("/n"))], .nodeExists),
        ([(.create, Request.create("/n", flags: 1)), (.create, Request.create("/n/x"))], .noChildrenForEphemerals),
        ([(.create, Request.create("/a/n")), (.delete, Request.delete("/a"))], .notEmpty),
        ([(.delete, Request.delete("/a")), (.check, Request.delete("/a"))], .noNode),
        ([(.delete, Request.delete("/e")), (.check, Request.delete("/", version: 9))], .badVersion),
        (
            [
                (.delete, Request.delete("/e")), (.create, Request.create("/e", flags: 1)),
                (.delete, Request.delete("/e")),
                (.delete, Request.delete("/zookeeper")),
            ], .badArguments
        ),
        ([(.create, Request.create("/n", acl: []))], .invalidACL),
        ([(.check, Request.delete("/pending", version: 1))], .badVersion),
        (
            [(.delete, Request.delete("/eph")), (.create, Request.create("/eph")), (.check, Request.delete("/nope"))],
            .noNode
        ),
    ]

    @Test(arguments: failures.indices, [false, true]) func failureChangesNothing(row: Int, outstanding: Bool) throws {
        let (operations, error) = Self.failures[row]
        let leader = Leader()
        for (op, body) in [
            (.create, Request.create("/a")), (.create, Request.create("/b")), (.setData, Request.setData("/b")),
            (.create, Request.create("/e", flags: 1)),
        ] as [(OpCode, [UInt8])] {
            #expect(leader.prepare(op, body) == .ok)
            leader.apply()
        }
        #expect(leader.prepare(.create, Request.create("/pending")) == .ok)
        #expect(leader.prepare(.create, Request.create("/eph", flags: 1)) == .ok)
        #expect(leader.prepare(.setData, Request.setData("/a")) == .ok)
        if !outstanding { leader.apply() }
        let paths = leader.changes.paths.live
        let queued = leader.changes.queue.count

        let tooMany = operations + [(.create, Request.create("/after"))]
        #expect(leader.prepare(.multi, Request.multi(tooMany)) == error)
        let failure = try #require(leader.changes.multiFailure)
        #expect(
            failure
                == MultiFailure(operationCount: tooMany.count, failedIndex: operations.count - 1, error: error)
        )
        #expect(leader.changes.paths.live == paths)
        #expect(leader.changes.queue.count == queued)
        // The versions are as before, outstanding or not.
        let after = Request.multi([
            (.check, Request.delete("/a", version: 1)), (.check, Request.delete("/b", version: 1)),
            (.check, Request.delete("/e", version: 0)), (.check, Request.delete("/pending", version: 0)),
            (.create, Request.create("/n")), (.create, Request.create("/after")),
        ])
        #expect(leader.prepare(.multi, after) == .ok)
        #expect(leader.changes.multiFailure == nil)
        #expect(leader.prepare(.closeSession) == .ok)
        leader.apply()
        // The two ephemeral ones and nothing else went with the session.
        #expect(leader.children("/") == ["a", "after", "b", "n", "pending", "zookeeper"])
        #expect(leader.changes.paths.live == 0)
        #expect(leader.changes.firstListed == -1)
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    @Test func emptyMultiIsAnswered() {
        let leader = Leader()
        #expect(leader.prepare(.multi, Request.multi([])) == .ok)
        #expect(hex(leader.apply()) == "ffffffff01ffffffff")
    }

    @Test func malformedMultiIsRefusedWhole() {
        let leader = Leader()
        let request = Request.multi([(.create, Request.create("/m")), (.setData, Request.setData("/m"))])
        for count in 0..<request.count {
            #expect(leader.prepare(.multi, Array(request[..<count])) == .marshallingError)
            #expect(leader.changes.multiFailure == nil)
        }
        for op in [OpCode.multi, .closeSession, .createSession, .getData, .setACL] {
            let strange = Request.multi([(.create, Request.create("/m")), (op, Request.delete("/m"))])
            #expect(leader.prepare(.multi, strange) == .marshallingError)
        }
        #expect(leader.changes.paths.live == 0)
        #expect(leader.prepare(.multi, request) == .ok)
    }

    /// A frame full of sequential creates makes a transaction larger than the frame.
    @Test func transactionThatWouldBeTooLargeIsRefused() {
        let leader = Leader()
        let one = (OpCode.create, Request.create("/", flags: 2))
        let size = Request.multi([one]).count - 9
        let count = 0xfffff / size
        let request = Request.multi(Array(repeating: one, count: count))
        #expect(request.count <= 0xfffff)
        #expect(leader.prepare(.multi, request) == .marshallingError)
        #expect(leader.changes.paths.live == 0)
        #expect(leader.prepare(.multi, Request.multi(Array(repeating: one, count: 1000))) == .ok)
        leader.apply()
        #expect(leader.stat("/")?.numChildren == 1001)
    }
}
