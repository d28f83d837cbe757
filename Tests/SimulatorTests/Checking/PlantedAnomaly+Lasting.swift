import Wire
import Zab
import Znodes

@testable import Simulator

extension PlantedAnomaly {
    private static let ok = [UInt8](repeating: 0, count: 4)

    private static func add(_ scene: Scene, _ client: Int, _ path: String, recursive: Bool = false) {
        let id = scene.invoke(client, .more(.addWatch(path: path, recursive: recursive)))
        scene.answer(id, scene.zxid, ok)
    }

    static let lasting = [
        PlantedAnomaly("a persistent watch that ends with its first event", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            add(scene, client, "/a")
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.created, "/a")
            scene.write(other, set("/a", [1]))
            scene.event(client, WatchEvent.dataChanged, "/a")
            scene.write(other, create("/a/b"))
            scene.event(client, WatchEvent.childrenChanged, "/a")
            scene.write(other, .delete(path: "/a/b"))
            scene.event(client, WatchEvent.childrenChanged, "/a")
            scene.write(other, .delete(path: "/a"))
            scene.event(client, WatchEvent.deleted, "/a")
            scene.write(other, create("/a"))
            if !isWrong { scene.event(client, WatchEvent.created, "/a") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("a recursive watch that does not see far", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            add(scene, client, "/", recursive: true)
            scene.write(other, .multi([create("/a"), create("/a/b")]))
            scene.event(client, WatchEvent.created, "/a")
            if !isWrong { scene.event(client, WatchEvent.created, "/a/b") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("a recursive watch that hears of children", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            add(scene, client, "/", recursive: isWrong)
            scene.write(other, create("/a"))
            if isWrong { scene.event(client, WatchEvent.created, "/a") }
            scene.event(client, WatchEvent.childrenChanged, "/")
        },
        PlantedAnomaly("an event of a watch that was removed", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            add(scene, client, "/a", recursive: true)
            let id = scene.invoke(client, .more(.removeWatches(path: "/a", type: isWrong ? .data : .children)))
            scene.answer(id, scene.zxid)
            scene.write(other, create("/a"))
            scene.event(client, WatchEvent.created, "/a")
        },
        PlantedAnomaly("a persistent watch that a one-shot one has replaced", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(other, create("/a"))
            if isWrong { add(scene, client, "/a") }
            scene.read(client, .getData(path: "/a", watch: true))
            if !isWrong { add(scene, client, "/a") }
            for value in 0..<2 {
                scene.write(other, set("/a", [UInt8(value)]))
                scene.event(client, WatchEvent.dataChanged, "/a")
            }
        },
        PlantedAnomaly("no event of a persistent watch that was set again", .missedEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(client, create("/a"))
            let lists = SetWatchesLists(since: scene.zxid, data: ["/a"], persistent: ["/a"], recursive: ["/b"])
            // Lasting watches are owed nothing.
            scene.reconnect(client)
            let id = scene.invoke(client, .more(.setWatches2(lists)))
            scene.answer(id, scene.zxid)
            for value in 0..<2 {
                scene.write(other, set("/a", [UInt8(value)]))
                scene.event(client, WatchEvent.dataChanged, "/a")
            }
            scene.write(other, create("/b"))
            scene.event(client, WatchEvent.created, "/b")
            scene.write(other, create("/b/c"))
            if !isWrong { scene.event(client, WatchEvent.created, "/b/c") }
            scene.read(client, .exists(path: "/a"))
        },
        PlantedAnomaly("an event of a watch that came after", .spuriousEvent) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            let id = scene.invoke(client, .more(.addWatch(path: "/a", recursive: true)))
            let before = scene.zxid
            scene.write(other, create("/a"))
            // A server that is behind has added it before.
            scene.answer(id, isWrong ? scene.zxid : before, ok)
            scene.event(client, WatchEvent.created, "/a")
        },
        PlantedAnomaly("a watch that is removed and was not there", .wrongWatches) { scene, isWrong in
            let client = scene.open()
            if !isWrong { add(scene, client, "/a") }
            scene.answer(scene.invoke(client, .more(.removeWatches(path: "/a", type: .any))), scene.zxid)
        },
        PlantedAnomaly("a watch that is there and is not found", .wrongWatches) { scene, isWrong in
            let client = scene.open()
            if isWrong { scene.read(client, .exists(path: "/a", watch: true)) }
            let id = scene.invoke(client, .more(.checkWatches(path: "/a", type: .data)))
            scene.answer(id, scene.zxid, code: .noWatcher)
        },
        PlantedAnomaly("a count of some other moment", .wrongRead) { scene, isWrong in
            let client = scene.open()
            for path in ["/a", "/a/b", "/a/b/c", "/ab"] { scene.write(client, create(path)) }
            let id = scene.invoke(client, .more(.getAllChildrenNumber(path: "/a")))
            scene.answer(id, scene.zxid, [0, 0, 0, isWrong ? 1 : 2])
        },
        PlantedAnomaly("another session's ephemeral node", .wrongRead) { scene, isWrong in
            let (client, other) = (scene.open(), scene.open())
            scene.write(client, create("/e", ephemeral: true))
            scene.write(other, create("/f", ephemeral: true))
            let id = scene.invoke(client, .more(.getEphemerals(prefix: "/")))
            let reply = ByteWriter()
            reply.append(Int32(1))
            reply.append(string: isWrong ? "/f" : "/e")
            scene.answer(id, scene.zxid, Array(reply.bytes))
        },
        PlantedAnomaly("a multiRead from two states", .wrongRead) { scene, isWrong in
            let client = scene.open()
            scene.write(client, create("/a", [1]))
            scene.write(client, create("/b", [1]))
            let read = MoreOperation.multiRead([.init(path: "/a", isData: true), .init(path: "/b", isData: true)])
            let old = scene.look(.more(read)).body
            scene.write(client, .multi([set("/a", [2]), set("/b", [2])]))
            let new = scene.look(.more(read)).body
            let half = old.count / 2 - 4
            let id = scene.invoke(client, .more(read))
            scene.answer(id, scene.zxid, isWrong ? Array(new[..<half] + old[half...]) : new)
        },
    ]
}
