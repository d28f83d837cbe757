import Wire
import Zab
import Znodes

@testable import Simulator

extension PlantedAnomaly {
    static let replies = [
        PlantedAnomaly("replies in another order", .replyOrder) { scene, isWrong in
            let client = scene.open()
            let ids = [scene.invoke(client, .exists(path: "/x")), scene.invoke(client, .exists(path: "/x"))]
            for id in isWrong ? ids.reversed() : ids { scene.answer(id, scene.zxid, code: .noNode) }
        },
        PlantedAnomaly("a second reply", .replyOrder) { scene, isWrong in
            let client = scene.open()
            let id = scene.invoke(client, .exists(path: "/x"))
            scene.answer(id, scene.zxid, code: .noNode)
            if isWrong { scene.answer(id, scene.zxid, code: .noNode) }
        },
        PlantedAnomaly("a reply after the connection broke", .replyOrder) { scene, isWrong in
            let client = scene.open()
            let id = scene.invoke(client, .exists(path: "/x"))
            if isWrong { scene.reconnect(client) }
            scene.answer(id, scene.zxid, code: .noNode)
        },
        PlantedAnomaly("a read on another server from before", .zxidWentBack) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let (zxid, old) = (scene.zxid, scene.look(.getData(path: "/a")).body)
            scene.write(client, set("/a", [1]))
            scene.reconnect(client)
            let id = scene.invoke(client, .getData(path: "/a"))
            if isWrong {
                scene.answer(id, zxid, old)
            } else {
                scene.answer(id, scene.zxid, scene.look(.getData(path: "/a")).body)
            }
        },
        PlantedAnomaly("a reply from before the connection's event", .zxidWentBack) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .getData(path: "/a", watch: true))
            let (zxid, old) = (scene.zxid, scene.look(.exists(path: "/a")).body)
            scene.write(other, set("/a", [1]))
            scene.event(client, WatchEvent.dataChanged, "/a")
            let id = scene.invoke(client, .exists(path: "/a"))
            if isWrong {
                scene.answer(id, zxid, old)
            } else {
                scene.answer(id, scene.zxid, scene.look(.exists(path: "/a")).body)
            }
        },
        PlantedAnomaly("a read of what is not committed", .uncommittedZxid) { scene, isWrong in
            let client = scene.open()
            _ = scene.invoke(client, create("/a"))
            let made = scene.make(create("/a"), client: client, xid: 1)
            if !isWrong { scene.commit(made) }
            let other = scene.checker.clients[client].unanswered[0]
            scene.checker.lost(id: other)
            scene.read(client, .exists(path: "/a"))
            if isWrong { scene.commit(made) }
        },
        PlantedAnomaly("an acknowledged write that is nowhere", .acknowledgedNotCommitted) { scene, isWrong in
            let client = scene.open()
            let before = scene.zxid
            let id = scene.invoke(client, create("/a"))
            let made = scene.make(create("/a"), client: client, xid: 1)
            if !isWrong { scene.commit(made) }
            scene.answer(id, isWrong ? before : made.zxid, made.reply)
        },
        PlantedAnomaly("an acknowledgement with another transaction's zxid", .acknowledgedNotCommitted) {
            scene,
            isWrong in
            let (client, other) = (scene.open(), scene.open())
            let id = scene.invoke(client, create("/a"))
            let made = scene.make(create("/a"), client: client, xid: 1)
            scene.commit(made)
            let next = scene.write(other, create("/b"))
            scene.answer(id, isWrong ? next.zxid : made.zxid, made.reply)
        },
        PlantedAnomaly("a wrong Stat after a write", .wrongWriteReply) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let id = scene.invoke(client, set("/a", [1]))
            var made = scene.make(set("/a", [1]), client: client, xid: 2)
            scene.commit(made)
            if isWrong { made.reply[35] ^= 1 }
            scene.answer(id, made.zxid, made.reply)
        },
        PlantedAnomaly("a wrong path after a sequential create", .wrongWriteReply) { scene, isWrong in
            let client = scene.open()
            let op = ClientOperation.create(path: "/s-", data: nil, sequential: true)
            let id = scene.invoke(client, op)
            var made = scene.make(op, client: client, xid: 1)
            scene.commit(made)
            if isWrong { made.reply[16] ^= 1 }
            scene.answer(id, made.zxid, made.reply)
        },
        PlantedAnomaly("a wrong result in a multi", .wrongWriteReply) { scene, isWrong in
            let client = scene.open()
            let op = ClientOperation.multi([
                create("/a"), set("/a", [1]), set("/a", [2]), .check(path: "/a", version: 2),
            ])
            let id = scene.invoke(client, op)
            var made = scene.make(op, client: client, xid: 1)
            scene.commit(made)
            // The version in the last setData's Stat, which stands before check's header and the end.
            if isWrong { made.reply[made.reply.count - 18 - 68 + 35] ^= 1 }
            scene.answer(id, made.zxid, made.reply)
        },
        PlantedAnomaly("old data under a new zxid", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, set("/a", [1]))
            let id = scene.invoke(client, .getData(path: "/a"))
            var body = scene.look(.getData(path: "/a")).body
            if isWrong { body[4] = 0 }
            scene.answer(id, scene.zxid, body)
        },
        PlantedAnomaly("a read without the write before it", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let old = scene.look(.exists(path: "/a")).body
            scene.write(client, set("/a", [1]))
            let id = scene.invoke(client, .exists(path: "/a"))
            scene.answer(id, scene.zxid, isWrong ? old : scene.look(.exists(path: "/a")).body)
        },
        PlantedAnomaly("a child too few", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, create("/b"))
            let id = scene.invoke(client, .getChildren(path: "/", wantsStat: false))
            let body = ByteWriter()
            let names = isWrong ? ["zookeeper", "b", "c"] : ["zookeeper", "b", "a"]
            body.append(Int32(3))
            for name in names { body.append(string: name) }
            scene.answer(id, scene.zxid, Array(body.bytes))
        },
        PlantedAnomaly("no node where there is one", .wrongRead) { scene, isWrong in
            let client = scene.open()
            if isWrong { scene.write(client, create("/a")) }
            let id = scene.invoke(client, .getData(path: "/a"))
            scene.answer(id, scene.zxid, code: .noNode)
        },
        PlantedAnomaly("a node where there is none", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let old = scene.look(.exists(path: "/a")).body
            if isWrong { scene.write(client, .delete(path: "/a")) }
            let id = scene.invoke(client, .exists(path: "/a"))
            scene.answer(id, scene.zxid, old)
        },
        PlantedAnomaly("bytes behind a reply", .malformed) { scene, isWrong in
            let client = scene.open()
            let id = scene.invoke(client, .ping)
            scene.answer(id, scene.zxid, [])
            let read = scene.invoke(client, .exists(path: "/"))
            scene.answer(read, scene.zxid, scene.look(.exists(path: "/")).body + (isWrong ? [0] : []))
        },
        PlantedAnomaly("an error that no state gives", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let id = scene.invoke(client, set("/a", [], 7))
            scene.answer(id, scene.zxid, code: isWrong ? .nodeExists : .badVersion)
        },
        PlantedAnomaly("a rolled-back multi that another operation failed in", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            let id = scene.invoke(client, .multi([create("/a"), create("/a/b"), create("/a")]))
            let body = ByteWriter()
            MultiFailure(operationCount: 3, failedIndex: isWrong ? 1 : 2, error: .nodeExists).encode(into: body)
            scene.answer(id, scene.zxid, Array(body.bytes))
        },
        PlantedAnomaly("an error after a write of one's own that makes it impossible", .unjustifiedError) {
            scene,
            isWrong in
            let client = scene.open()
            let first = scene.invoke(client, create("/a"))
            let second = scene.invoke(client, set("/a", [1]))
            let made = scene.make(create("/a"), client: client, xid: 1)
            scene.commit(made)
            scene.answer(first, made.zxid, made.reply)
            guard isWrong else { return scene.checker.lost(id: second) }
            scene.answer(second, made.zxid, code: .notEmpty)
        },
        PlantedAnomaly("an error that was right before", .staleError) { scene, isWrong in
            let client = scene.open()
            let other = scene.open()
            let before = scene.zxid
            if isWrong { scene.write(other, create("/a")) }
            let id = scene.invoke(client, set("/a", [1]))
            if !isWrong { scene.write(other, create("/a")) }
            scene.answer(id, isWrong ? before : scene.zxid, code: .noNode)
        },
        PlantedAnomaly("a sync that does not sync", .staleSync) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let before = scene.zxid
            if isWrong { scene.write(other, create("/a")) }
            let id = scene.invoke(client, .sync())
            scene.answer(id, before)
        },
    ]
}
