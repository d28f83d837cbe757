import Wire
import Zab
import Znodes

@testable import Simulator

/// Access lists, nodes below nodes, and multis.
extension PlantedAnomaly {
    private static let user = [
        ACL(permissions: 31, scheme: "digest", id: "u:h"), ACL(permissions: 17, scheme: "world", id: "anyone"),
    ]
    private static let nobody = [ACL(permissions: 31, scheme: "auth", id: "")]

    /// `SetACLTxn`.
    private static func record(_ path: String, _ acl: [ACL], version: Int32) -> (ByteWriter) -> Void {
        { writer in
            writer.append(string: path)
            ACL.encode(acl, into: writer)
            writer.append(version)
        }
    }

    private static func listReply(_ scene: Scene, _ path: String, _ acl: [ACL]) -> [UInt8] {
        let writer = ByteWriter()
        ACL.encode(acl, into: writer)
        return Array(writer.bytes) + scene.look(.exists(path: path)).body
    }

    private static let owned = [ACL(permissions: 31, scheme: "digest", id: "u:h")]

    static let access = [
        PlantedAnomaly("a write for which its client has no right", .noRight) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(
                client,
                .setACL(path: "/a", acl: isWrong ? owned : user + [ACL(permissions: 2, scheme: "world", id: "anyone")])
            )
            _ = scene.invoke(client, set("/a", [1]))
            scene.commit(scene.raw(.setData, client: client, cxid: scene.xid(client), record("/a", [1], version: 1)))
        },
        PlantedAnomaly("data that its client may not read", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, .setACL(path: "/a", acl: isWrong ? owned : user))
            let id = scene.invoke(client, .getData(path: "/a"))
            scene.answer(id, scene.zxid, [0, 0, 0, 0] + scene.look(.exists(path: "/a")).body)
        },
        PlantedAnomaly("no right where there is one", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, .setACL(path: "/a", acl: isWrong ? user : owned))
            let id = scene.invoke(client, .getData(path: "/a"))
            scene.answer(id, scene.zxid, code: .noAuth)
        },
        PlantedAnomaly("a digest that is shown", .wrongRead) { scene, isWrong in
            let client = scene.open()
            let list = [
                ACL(permissions: 31, scheme: "digest", id: "u:h"), ACL(permissions: 1, scheme: "world", id: "anyone"),
            ]
            scene.write(client, create("/a"))
            scene.write(client, .setACL(path: "/a", acl: list))
            let id = scene.invoke(client, .getACL(path: "/a"))
            var masked = list
            masked[0].id = "u:x"
            scene.answer(id, scene.zxid, listReply(scene, "/a", isWrong ? list : masked))
        },
        PlantedAnomaly("an event of what may not be read", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .exists(path: "/a", watch: true))
            scene.write(other, .setACL(path: "/a", acl: owned))
            scene.write(other, .delete(path: "/a"))
            if isWrong { scene.event(client, WatchEvent.deleted, "/a") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("an access list that was never set", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, .setACL(path: "/a", acl: user))
            let id = scene.invoke(client, .getACL(path: "/a"))
            scene.answer(id, scene.zxid, listReply(scene, "/a", isWrong ? ACL.openUnsafe : user))
        },
        PlantedAnomaly("an access list's version that skips one", .impossibleTransaction) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, .setACL(path: "/a", acl: user))
            scene.commit(
                scene.raw(.setACL, client: client, cxid: 2, record("/a", user, version: isWrong ? 2 : 1))
            )
        },
        PlantedAnomaly("a setACL of another version", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            _ = scene.invoke(client, .setACL(path: "/a", acl: user, version: isWrong ? 3 : 0))
            scene.commit(scene.raw(.setACL, client: client, cxid: 2, record("/a", user, version: 1)))
        },
        PlantedAnomaly("an access list that must be refused", .wrongEffect) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let acl = isWrong ? nobody : user
            _ = scene.invoke(client, .setACL(path: "/a", acl: acl))
            scene.commit(scene.raw(.setACL, client: client, cxid: 2, record("/a", acl, version: 1)))
        },
        PlantedAnomaly("a list refused that may be had", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let acl = isWrong ? user : nobody
            let id = scene.invoke(client, .create(path: "/a/b", data: nil, acl: acl))
            scene.answer(id, scene.zxid, code: .invalidACL)
        },
        PlantedAnomaly("a node said to have children", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            if !isWrong { scene.write(client, create("/a/b")) }
            let id = scene.invoke(client, .delete(path: "/a"))
            scene.answer(id, scene.zxid, code: .notEmpty)
        },
        PlantedAnomaly("a multi that fails without results", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            let part: ClientOperation = isWrong ? .delete(path: "/a") : .setACL(path: "/", acl: user)
            let id = scene.invoke(client, .multi([create("/b"), part]))
            scene.answer(id, scene.zxid, code: isWrong ? .noNode : .marshallingError)
        },
        PlantedAnomaly("an ephemeral below that stays", .ephemeralOutlivesSession) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.write(client, create("/a/e", ephemeral: true))
            let id = scene.invoke(client, .closeSession)
            scene.commit(
                scene.raw(.closeSession, client: client, cxid: scene.xid(client)) { writer in
                    writer.append(Int32(isWrong ? 0 : 1))
                    if !isWrong { writer.append(string: "/a/e") }
                }
            )
            scene.checker.lost(id: id)
        },
        PlantedAnomaly("the end of a node that is watched for its children", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.write(other, create("/a/b"))
            scene.read(client, .getChildren(path: "/a/b", watch: true, wantsStat: false))
            scene.write(other, .delete(path: "/a/b"))
            if !isWrong { scene.event(client, WatchEvent.deleted, "/a/b") }
            scene.read(client, .exists(path: "/a"))
        },
    ]
}
