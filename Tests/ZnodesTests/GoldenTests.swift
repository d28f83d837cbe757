import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Our bytes are ZooKeeper's: see `Golden`.
@Suite struct GoldenTests {
    private let session: Int64 = 0x1_0000_0001
    private let restricted = [
        ACL(permissions: 1, scheme: "world", id: "anyone"), ACL(permissions: 31, scheme: "digest", id: "u:h"),
    ]

    /// The requests that lead to the golden transactions.
    private func requests() -> [(OpCode, [UInt8])] {
        [
            (.createSession, Request.createSession(timeout: 30_000)),
            (.create, Request.create("/a", data: Array("data".utf8))),
            (.create2, Request.create("/a/s-", data: nil, flags: 3)),
            (.setData, Request.setData("/a", Array("other".utf8), version: 0)),
            (.setACL, Request.setACL("/a", restricted, version: 0)),
            (
                .multi,
                Request.multi([
                    (.check, Request.delete("/a", version: 1)), (.create, Request.create("/m")),
                    (.create, Request.create("/m/n", data: Array("data".utf8))),
                    (.setData, Request.setData("/m", Array("data".utf8), version: 0)),
                    (.delete, Request.delete("/m/n", version: 0)),
                ])
            ),
            (.closeSession, []),
            (.delete, Request.delete("/a", version: 1)),
        ]
    }

    private let transactions = [
        Golden.createSession, Golden.create, Golden.create2, Golden.setData, Golden.setACL, Golden.multi,
        Golden.closeSession, Golden.delete,
    ]

    /// Prepared one after the other without an apply in between, and once more with: the same bytes.
    @Test(arguments: [false, true]) func transactionsAreZooKeepers(applied: Bool) {
        let state = ReplicatedState()
        let changes = OutstandingChanges()
        var events: [WatchEvent] = []
        for (index, (op, body)) in requests().enumerated() {
            // closeSession closes the only session, so the delete comes from another.
            let counter = UInt32(index + 1)
            let writer = ByteWriter()
            if op == .delete {
                // The session of the golden delete is closed: its header is compared as it is, the session made again.
                changes.setAlive(session, true, zxid: Zxid(epoch: 1, counter: counter).rawValue)
            }
            let result = body.withUnsafeBytes {
                changes.prepare(
                    op: op,
                    body: $0,
                    sessionID: session,
                    cxid: Int32(counter),
                    zxid: Zxid(epoch: 1, counter: counter),
                    time: 999 + Int64(counter),
                    state: state,
                    into: writer
                )
            }
            #expect(result == .ok)
            #expect(hex(writer.bytes) == transactions[index])
            if applied {
                _ = try! state.apply(writer.bytes, reply: nil, events: &events)
                changes.committed(through: Zxid(epoch: 1, counter: counter), in: state)
            }
        }
    }

    @Test func repliesAndStatsAreZooKeepers() throws {
        let state = ReplicatedState()
        var events: [WatchEvent] = []
        let replies = [
            "", "000000022f61", Golden.create2Reply, Golden.setDataReply, Golden.setACLReply, Golden.multiReply, "", "",
        ]
        #expect(hex(state.read(.getACL, "/").1) == Golden.firstRootACL)
        #expect(hex(state.read(.getACL, "/zookeeper").1) == Golden.firstZookeeperACL)
        #expect(hex(state.read(.getACL, "/zookeeper/quota").1) == Golden.firstQuotaACL)
        #expect(hex(state.read(.getACL, "/zookeeper/config").1) == Golden.firstConfigACL)
        for (index, transaction) in transactions.enumerated() {
            let reply = ByteWriter()
            let header = try bytes(hex: transaction).withUnsafeBytes {
                try state.apply($0, reply: reply, events: &events)
            }
            #expect(header.zxid == Zxid(epoch: 1, counter: UInt32(index + 1)))
            #expect(header.cxid == Int32(index + 1) && header.sessionID == session)
            #expect(hex(reply.bytes) == replies[index])
            switch index {
            case 1:
                #expect(hex(state.read(.exists, "/a").1) == Golden.statOfCreated)
                #expect(hex(state.read(.exists, "/").1) == Golden.statOfRootAfterCreate)
            case 2: #expect(hex(state.read(.exists, "/a").1) == Golden.statOfParent)
            case 6: #expect(hex(state.read(.exists, "/a").1) == Golden.statAfterClose)
            default: break
            }
        }
        #expect(hex(state.read(.exists, "/").1) == Golden.statOfRootAtEnd)
        #expect(hex(state.read(.exists, "/m").1) == Golden.statOfMulti)
        #expect(state.lastApplied == Zxid(epoch: 1, counter: 8))
    }

    @Test func multiRequestOfZooKeepersClient() {
        let leader = Leader()
        leader.create("/a")
        #expect(leader.run(.setData, Request.setData("/a")) == .ok)
        // check /a 1, create /m, setData /m 0, delete /x: the last one fails.
        #expect(leader.prepare(.multi, bytes(hex: Golden.multiRequest)) == .noNode)
        #expect(leader.changes.multiFailure == MultiFailure(operationCount: 4, failedIndex: 3, error: .noNode))
        leader.create("/x")
        #expect(leader.run(.multi, bytes(hex: Golden.multiRequest)) == .ok)
        #expect(leader.stat("/m")?.version == 1)
        #expect(leader.stat("/x") == nil)
    }

    @Test func multiFailureIsZooKeepers() {
        let writer = ByteWriter()
        MultiFailure(operationCount: 3, failedIndex: 1, error: .noNode).encode(into: writer)
        #expect(hex(writer.bytes) == Golden.multiFailure)
    }

    @Test func eventIsZooKeepers() {
        let writer = ByteWriter()
        WatchEvent(watcher: 9, type: WatchEvent.dataChanged, path: Array("/a".utf8)).encode(into: writer)
        #expect(hex(writer.bytes) == Golden.watcherEvent)
    }

    @Test func setWatchesRequestIsZooKeepers() {
        let request = Request.setWatches(since: 0x1_0000_0004, data: ["/a"], exist: ["/b"], children: ["/c"])
        #expect(hex(request) == Golden.setWatches)
    }

    @Test(arguments: Golden.paths) func pathRuleIsZooKeepers(path: String, isValid: Bool) {
        bytes(hex: path).withUnsafeBytes { #expect(PathRules.isValid($0) == isValid) }
    }

    @Test(arguments: Golden.sequences) func sequenceIsZooKeepers(number: Int32, name: String) throws {
        let leader = Leader()
        leader.create("/p")
        leader.state.nodes[leader.state.nodes.find("/p")].pointee.cversion = number
        #expect(leader.prepare(.create, Request.create("/p/n-", flags: 2)) == .ok)
        let record = try #require(leader.log.last)
        let path = String(decoding: record[36..<(36 + Int(record[35]))], as: UTF8.self)
        #expect(path == "/p/n-" + name)
    }
}

extension NodeTable {
    /// The slot of the node, which must exist.
    func find(_ path: String) -> Int32 {
        let slot = Array(path.utf8).withUnsafeBytes { find(PathKey($0)) }
        precondition(slot >= 0)
        return slot
    }
}
