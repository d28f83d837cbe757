import Testing
import Wire
import Zab
import Znodes

@testable import Simulator

/// One history in two forms: as it may be, and with one anomaly in it.
struct PlantedAnomaly: CustomTestStringConvertible, Sendable {
    let name: String
    let kind: ClientChecker.Violation.Kind
    /// Plays the history; with the anomaly if the flag is true.
    let play: @Sendable (Scene, Bool) -> Void

    var testDescription: String { name }

    init(
        _ name: String,
        _ kind: ClientChecker.Violation.Kind,
        _ play: @escaping @Sendable (Scene, Bool) -> Void
    ) {
        self.name = name
        self.kind = kind
        self.play = play
    }

    static let all = transactions + operations + replies + watches + lasting + sessions + access

    static func create(_ path: String, _ data: [UInt8]? = [], ephemeral: Bool = false) -> ClientOperation {
        .create(path: path, data: data, ephemeral: ephemeral)
    }

    static func set(_ path: String, _ data: [UInt8]? = [], _ version: Int32 = -1) -> ClientOperation {
        .setData(path: path, data: data, version: version)
    }

    /// `SetDataTxn`.
    static func record(_ path: String, _ data: [UInt8], version: Int32) -> (ByteWriter) -> Void {
        { writer in
            writer.append(string: path)
            data.withUnsafeBytes { writer.append(buffer: $0) }
            writer.append(version)
        }
    }

    /// `CreateTxn`.
    static func record(create path: String, parentCreates: Int32) -> (ByteWriter) -> Void {
        { writer in
            writer.append(string: path)
            writer.append(Int32(0))
            ACL.encode(ACL.openUnsafe, into: writer)
            writer.append(false)
            writer.append(parentCreates)
        }
    }

    // MARK: What transactions say by themselves

    static let transactions = [
        PlantedAnomaly("a transaction that is cut short", .malformed) { scene, isWrong in
            let client = scene.open()
            _ = scene.invoke(client, create("/a"))
            var made = scene.make(create("/a"), client: client, xid: 1)
            if isWrong { made.payload.removeLast(60) }
            // What is left has a header, and so an operation, and nothing to compare it with.
            scene.commit(made)
        },
        PlantedAnomaly("a transaction twice", .zxidOrder) { scene, isWrong in
            let client = scene.open()
            let made = scene.write(client, create("/a"))
            if isWrong { scene.commit(made) }
        },
        PlantedAnomaly("a version that skips one", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, set("/a", [1]))
            scene.commit(scene.raw(.setData, client: client, cxid: 2, record("/a", [1], version: isWrong ? 2 : 1)))
        },
        PlantedAnomaly("a create of an existing node", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let path = isWrong ? "/a" : "/b"
            _ = scene.invoke(client, create(path))
            scene.commit(scene.raw(.create2, client: client, cxid: 2, record(create: path, parentCreates: 2)))
        },
        PlantedAnomaly("a parent whose count of creates stands still", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, create("/b"))
            scene.commit(
                scene.raw(.create2, client: client, cxid: 2, record(create: "/b", parentCreates: isWrong ? 1 : 2))
            )
        },
        PlantedAnomaly("a delete of a node with children", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, create("/a/b"))
            let path = isWrong ? "/a" : "/a/b"
            _ = scene.invoke(client, .delete(path: path))
            scene.commit(scene.raw(.delete, client: client, cxid: 3) { $0.append(string: path) })
        },
        PlantedAnomaly("a delete of a missing node", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, create("/b"))
            if isWrong { scene.write(client, .delete(path: "/a")) }
            _ = scene.invoke(client, .delete(path: "/a"))
            scene.commit(
                scene.raw(.delete, client: client, cxid: scene.xid(client)) { $0.append(string: "/a") }
            )
        },
        PlantedAnomaly("a write of a closed session", .sessionRevived) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.wait(2000)
            _ = scene.invoke(client, set("/a", [1]))
            if isWrong { scene.commit(scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0)) }
            scene.commit(scene.raw(.setData, client: client, cxid: 2, record("/a", [1], version: 1)))
        },
        PlantedAnomaly("a session that is opened again", .sessionRevived) { scene, isWrong in
            let client = scene.open()
            scene.wait(2000)
            scene.commit(scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0))
            let session = isWrong ? scene.session(client) : 999
            scene.commit(scene.raw(.createSession, client: client, cxid: 0, session: session) { $0.append(Int32(1)) })
        },
        PlantedAnomaly("an ephemeral node left behind", .ephemeralOutlivesSession) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/e", ephemeral: true))
            _ = scene.invoke(client, .closeSession)
            scene.commit(
                scene.raw(.closeSession, client: client, cxid: 2) {
                    $0.append(Int32(isWrong ? 0 : 1))
                    if !isWrong { $0.append(string: "/e") }
                }
            )
        },
        PlantedAnomaly("a sequential name twice", .sequentialNameRepeats) { scene, isWrong in
            let client = scene.open()
            let op = ClientOperation.create(path: "/s-", data: [], sequential: true)
            scene.write(client, op)
            scene.write(client, .delete(path: "/s-0000000000"))
            _ = scene.invoke(client, op)
            let number: Int32 = isWrong ? 0 : 1
            scene.commit(
                scene.raw(
                    .create2,
                    client: client,
                    cxid: 3,
                    record(create: "/s-000000000\(number)", parentCreates: number + 1)
                )
            )
        },
    ]

    // MARK: Transactions and operations

    static let operations = [
        PlantedAnomaly("a transaction that nobody asked for", .neverInvoked) { scene, isWrong in
            let client = scene.open()
            if !isWrong { _ = scene.invoke(client, create("/a")) }
            scene.commit(scene.make(create("/a"), client: client, xid: 1))
        },
        PlantedAnomaly("a transaction before its operation", .committedBeforeInvocation) { scene, isWrong in
            let client = scene.open()
            let made = scene.make(create("/a"), client: client, xid: 1)
            if isWrong { scene.commit(made) }
            let id = scene.invoke(client, create("/a"))
            if !isWrong { scene.commit(made) }
            scene.answer(id, made.zxid, made.reply)
        },
        PlantedAnomaly("an operation that commits twice", .committedTwice) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let id = scene.invoke(client, set("/a", [1]))
            scene.commit(scene.make(set("/a", [1]), client: client, xid: 2))
            scene.checker.lost(id: id)
            if !isWrong { _ = scene.invoke(client, set("/a", [1])) }
            scene.commit(scene.make(set("/a", [1]), client: client, xid: isWrong ? 2 : 3))
        },
        PlantedAnomaly("a failed operation that commits later", .errorButCommitted) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let id = scene.invoke(client, set("/x", [1]))
            let made = scene.write(other, create("/x"))
            scene.answer(id, made.zxid, code: .noNode)
            let late = scene.make(set("/x", [1]), client: client, xid: 1)
            if isWrong { scene.commit(late) }
        },
        PlantedAnomaly("an error for a committed operation", .errorButCommitted) { scene, isWrong in
            let client = scene.open()
            let id = scene.invoke(client, create("/x"))
            let made = scene.make(create("/x"), client: client, xid: 1)
            scene.commit(made)
            scene.answer(id, made.zxid, isWrong ? [] : made.reply, code: isWrong ? .connectionLoss : .ok)
        },
        PlantedAnomaly("other data than asked for", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, set("/a", [1]))
            scene.commit(scene.make(set("/a", [isWrong ? 2 : 1]), client: client, xid: 2))
        },
        PlantedAnomaly("a version that was not expected", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            if isWrong { scene.write(client, set("/a", [1])) }
            let id = scene.invoke(client, set("/a", [1], 0))
            scene.commit(scene.make(set("/a", [1]), client: client, xid: scene.xid(client)))
            scene.checker.lost(id: id)
        },
        PlantedAnomaly("a persistent node where an ephemeral was asked for", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            _ = scene.invoke(client, create("/e", ephemeral: true))
            scene.commit(scene.make(create("/e", ephemeral: !isWrong), client: client, xid: 1))
        },
        PlantedAnomaly("half a multi", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            _ = scene.invoke(client, .multi([create("/a"), create("/b")]))
            let parts = isWrong ? [create("/a")] : [create("/a"), create("/b")]
            scene.commit(scene.make(.multi(parts), client: client, xid: 1))
        },
        PlantedAnomaly("a zxid below that of an acknowledged write", .realTimeOrder) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let first = scene.write(client, create("/a"))
            let id = scene.invoke(other, set("/a", [1]))
            scene.checker.lost(id: id)
            let made = scene.make(set("/a", [1]), client: other, xid: 1)
            guard isWrong else { return scene.commit(made) }
            let early = Zxid(rawValue: first.zxid.rawValue - 1)
            scene.commit(
                scene.raw(.setData, client: other, cxid: 1, zxid: early, record("/a", [1], version: 1))
            )
        },
        PlantedAnomaly("a session's writes in another order", .sessionOrder) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let ids = [scene.invoke(client, set("/a", [2])), scene.invoke(client, set("/a", [3]))]
            let order: [Int32] = isWrong ? [3, 2] : [2, 3]
            for xid in order { scene.commit(scene.make(set("/a", [UInt8(xid)]), client: client, xid: xid)) }
            for id in ids { scene.checker.lost(id: id) }
        },
        PlantedAnomaly("a write of a lost connection after a newer one", .sessionOrder) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, set("/a", [2]))
            let older = scene.xid(client)
            if !isWrong { scene.commit(scene.make(set("/a", [2]), client: client, xid: older)) }
            scene.reconnect(client)
            scene.write(client, set("/a", [3]))
            if isWrong { scene.commit(scene.make(set("/a", [2]), client: client, xid: older)) }
        },
    ]
}
