import Wire
import Zab
import Znodes

@testable import Simulator

extension PlantedAnomaly {
    static let watches = [
        PlantedAnomaly("an event without a watch", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .getData(path: "/a", watch: !isWrong))
            scene.write(other, set("/a", [1]))
            scene.event(client, WatchEvent.dataChanged, "/a")
        },
        PlantedAnomaly("an event without a change", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .getData(path: "/a", watch: true))
            if !isWrong { scene.write(other, set("/a", [1])) }
            scene.event(client, WatchEvent.dataChanged, "/a")
        },
        PlantedAnomaly("an event twice", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.read(client, .exists(path: "/a", watch: true))
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.created, "/a")
            if isWrong { scene.event(client, WatchEvent.created, "/a") }
        },
        PlantedAnomaly("an event of a lost connection's watch", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.read(client, .getChildren(path: "/", watch: true))
            if isWrong { scene.reconnect(client) }
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.childrenChanged, "/")
        },
        PlantedAnomaly("an event of a watch that is not answered yet", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let id = scene.invoke(client, .getChildren(path: "/", watch: true))
            let (zxid, body) = (scene.zxid, scene.look(.getChildren(path: "/")).body)
            if !isWrong { scene.answer(id, zxid, body) }
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.childrenChanged, "/")
            if isWrong { scene.answer(id, scene.zxid, scene.look(.getChildren(path: "/")).body) }
        },
        PlantedAnomaly("an event of a getData that found nothing", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.read(client, isWrong ? .getData(path: "/a", watch: true) : .exists(path: "/a", watch: true))
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.created, "/a")
        },
        PlantedAnomaly("two events of one delete", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .getData(path: "/a", watch: true))
            scene.read(client, .getChildren(path: "/a", watch: true))
            scene.write(other, .delete(path: "/a"))
            scene.event(client, WatchEvent.deleted, "/a")
            if isWrong { scene.event(client, WatchEvent.deleted, "/a") }
        },
        PlantedAnomaly("an event of another type", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .exists(path: "/a", watch: true))
            scene.write(other, .delete(path: "/a"))
            scene.event(client, isWrong ? WatchEvent.dataChanged : WatchEvent.deleted, "/a")
        },
        PlantedAnomaly("an event that setWatches does not owe", .spuriousEvent) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let since = scene.zxid
            if !isWrong { scene.write(client, set("/a", [1])) }
            scene.reconnect(client)
            let id = scene.invoke(client, .setWatches(relativeZxid: since, data: ["/a"], exist: [], children: []))
            scene.event(client, WatchEvent.dataChanged, "/a")
            scene.answer(id, scene.zxid)
        },
        PlantedAnomaly("the reply to a write before its own event", .missedEvent) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            scene.read(client, .getData(path: "/a", watch: true))
            let id = scene.invoke(client, set("/a", [1]))
            let made = scene.make(set("/a", [1]), client: client, xid: scene.xid(client))
            scene.commit(made)
            if !isWrong { scene.event(client, WatchEvent.dataChanged, "/a") }
            scene.answer(id, made.zxid, made.reply)
        },
        PlantedAnomaly("a read of the change before its event", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.read(client, .getChildren(path: "/", watch: true))
            scene.write(other, create("/a"))
            if !isWrong { scene.event(client, WatchEvent.childrenChanged, "/") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("a ping's reply before the event of a delete", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            scene.read(client, .getChildren(path: "/a", watch: true))
            scene.write(other, .delete(path: "/a"))
            if !isWrong { scene.event(client, WatchEvent.deleted, "/a") }
            scene.answer(scene.invoke(client, .ping), scene.zxid)
        },
        PlantedAnomaly("no event of a change between a watch's reply and now", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let id = scene.invoke(client, .getChildren(path: "/", watch: true))
            let (zxid, body) = (scene.zxid, scene.look(.getChildren(path: "/")).body)
            scene.write(other, create("/a"))
            // A server that is behind answers; what it does not know yet is still to come.
            scene.answer(id, zxid, body)
            if !isWrong { scene.event(client, WatchEvent.childrenChanged, "/") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("no event of an expired session's node", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/e", ephemeral: true))
            scene.read(client, .exists(path: "/e", watch: true))
            scene.wait(2000)
            scene.commit(scene.make(.closeSession, { _ in }, session: scene.session(other), cxid: 0))
            if !isWrong { scene.event(client, WatchEvent.deleted, "/e") }
            scene.read(client, .exists(path: "/e"))
        },
        PlantedAnomaly("the reply to setWatches before its event", .missedEvent) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a"))
            let since = scene.zxid
            scene.write(client, create("/a/b"))
            scene.reconnect(client)
            let id = scene.invoke(
                client,
                .setWatches(relativeZxid: since, data: ["/a"], exist: ["/x"], children: ["/a"])
            )
            if !isWrong { scene.event(client, WatchEvent.childrenChanged, "/a") }
            scene.answer(id, scene.zxid)
        },
        PlantedAnomaly("no event of a watch that setWatches set again", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(client, create("/a"))
            scene.reconnect(client)
            let id = scene.invoke(
                client,
                .setWatches(relativeZxid: scene.zxid, data: ["/a"], exist: ["/x"], children: ["/a"])
            )
            scene.answer(id, scene.zxid)
            scene.write(other, create("/a/b"))
            scene.event(client, WatchEvent.childrenChanged, "/a")
            scene.write(other, set("/a", [1]))
            scene.event(client, WatchEvent.dataChanged, "/a")
            scene.write(other, create("/x"))
            if !isWrong { scene.event(client, WatchEvent.created, "/x") }
            scene.read(client, .exists(path: "/x"))
        },
        PlantedAnomaly("events in another order than their changes", .eventOrder) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.read(client, .exists(path: "/a", watch: true))
            scene.read(client, .exists(path: "/b", watch: true))
            scene.write(other, create("/a"))
            scene.write(other, create("/b"))
            for path in isWrong ? ["/b", "/a"] : ["/a", "/b"] { scene.event(client, WatchEvent.created, path) }
        },
    ]

    // MARK: Sessions

    static let sessions = [
        PlantedAnomaly("a session that expires while it is heard", .expiredTooEarly) { scene, isWrong in
            let client = scene.open()
            scene.wait(5000)
            scene.checker.heard(session: scene.session(client), at: scene.time)
            scene.wait(isWrong ? 600 : 800)
            scene.commit(
                scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0),
                proposedAt: scene.time
            )
        },
        PlantedAnomaly("a session that expires at once under a new leader", .expiredTooEarly) { scene, isWrong in
            let client = scene.open()
            scene.checker.heard(session: scene.session(client), at: scene.time)
            scene.wait(5000)
            scene.checker.leaderEstablished(at: scene.time)
            scene.wait(isWrong ? 10 : 800)
            scene.commit(scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0))
        },
        PlantedAnomaly("a new session that expires", .expiredTooEarly) { scene, isWrong in
            let client = scene.open()
            scene.wait(isWrong ? 10 : 800)
            scene.commit(scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0))
        },
        PlantedAnomaly("an expiry that is not committed", .expiredWithoutClose) { scene, isWrong in
            let client = scene.open()
            scene.wait(2000)
            scene.checker.disconnected(client: client)
            let end = scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0)
            if !isWrong { scene.commit(end) }
            scene.checker.connected(client: client, at: scene.time)
            scene.checker.sessionExpired(client: client, session: scene.session(client), at: scene.time)
        },
        PlantedAnomaly("the error of an expired session for an open one", .expiredWithoutClose) { scene, isWrong in
            let client = scene.open()
            scene.wait(2000)
            let id = scene.invoke(client, create("/a"))
            let end = scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0)
            let before = Zxid(rawValue: end.zxid.rawValue - 1)
            scene.commit(end)
            scene.answer(id, isWrong ? before : end.zxid, code: .sessionExpired)
        },
        PlantedAnomaly("a closed session given back", .reconnectAfterClose) { scene, isWrong in
            let client = scene.open()
            scene.wait(2000)
            scene.checker.disconnected(client: client)
            let end = scene.make(.closeSession, { _ in }, session: scene.session(client), cxid: 0)
            if isWrong { scene.commit(end) }
            scene.checker.connected(client: client, at: scene.time)
            if !isWrong { scene.commit(end) }
            scene.checker.sessionOpened(client: client, session: scene.session(client), at: scene.time)
        },
        PlantedAnomaly("a session that nobody created", .sessionNotCreated) { scene, isWrong in
            let client = scene.open()
            scene.checker.disconnected(client: client)
            scene.checker.connected(client: client, at: scene.time)
            let session = isWrong ? 4711 : scene.session(client)
            scene.checker.sessionOpened(client: client, session: session, at: scene.time)
        },
        PlantedAnomaly("one session for two clients", .sessionShared) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.checker.disconnected(client: other)
            scene.checker.connected(client: other, at: scene.time)
            scene.checker.sessionOpened(
                client: other,
                session: scene.session(isWrong ? client : other),
                at: scene.time
            )
        },
        PlantedAnomaly("a moved session that never moved", .unjustifiedError) { scene, isWrong in
            let client = scene.open()
            if !isWrong { scene.reconnect(client) }
            scene.answer(scene.invoke(client, create("/a")), scene.zxid, code: .sessionMoved)
        },
    ]
}
