import Randomness
import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Persistent and recursive watches. Every scene was played with ZooKeeper 3.8.0, over a raw connection, and what is
/// expected here is what its client heard.
@Suite struct LastingWatchTests {
    /// What a scene does; all paths are below the one that it watches.
    enum Step {
        case add(recursive: Bool)
        case read(OpCode)
        case remove(Int32)
        case create(String = "")
        case set(String = "")
        case delete(String = "")
        case setACL
        /// The events since the last step of this kind.
        case hears([String])
    }

    struct Scene: CustomTestStringConvertible, Sendable {
        var testDescription: String
        var steps: [Step]
    }

    static let scenes = [
        Scene(
            testDescription: "a persistent watch on a path that comes and goes",
            steps: [
                .add(recursive: false), .create(), .hears(["created /w"]), .set(), .set(),
                .hears(["set /w", "set /w"]), .create("/k"), .hears(["children /w"]), .create("/k/g"), .set("/k"),
                .delete("/k/g"), .hears([]), .delete("/k"), .delete(), .hears(["children /w", "deleted /w"]),
                .create(), .setACL, .hears(["created /w"]),
            ]
        ),
        Scene(
            testDescription: "a recursive watch",
            steps: [
                .add(recursive: true), .create(), .set(), .hears(["created /w", "set /w"]), .create("/k"),
                .create("/k/g"), .hears(["created /w/k", "created /w/k/g"]), .set("/k"), .set("/k/g"),
                .hears(["set /w/k", "set /w/k/g"]), .delete("/k/g"), .delete("/k"), .delete(),
                .hears(["deleted /w/k/g", "deleted /w/k", "deleted /w"]), .create(), .create("x"),
                .hears(["created /w"]),
            ]
        ),
        Scene(
            testDescription: "a one-shot data watch replaces the data side of a persistent one",
            steps: [
                .create(), .add(recursive: false), .read(.getData), .set(), .set(), .hears(["set /w"]),
                .create("/k"), .delete("/k"), .hears(["children /w", "children /w"]), .delete(),
                .hears(["deleted /w"]), .create(), .hears([]),
            ]
        ),
        Scene(
            testDescription: "a persistent watch replaces a one-shot one",
            steps: [
                .create(), .read(.getData), .add(recursive: false), .set(), .set(), .hears(["set /w", "set /w"]),
            ]
        ),
        Scene(
            testDescription: "a one-shot child watch replaces the children's side of a persistent one",
            steps: [
                .create(), .add(recursive: false), .read(.getChildren), .create("/a"), .create("/b"), .set(),
                .hears(["children /w", "set /w"]),
            ]
        ),
        Scene(
            testDescription: "a one-shot child watch beside a recursive one",
            steps: [
                .create(), .add(recursive: true), .read(.getChildren), .create("/a"), .create("/b"), .set("/a"),
                .hears(["created /w/a", "children /w", "created /w/b", "set /w/a"]),
            ]
        ),
        Scene(
            testDescription: "a one-shot data watch leaves a recursive one its deletions",
            steps: [
                .create(), .add(recursive: true), .read(.exists), .create("/a"), .set("/a"), .set(), .set(),
                .delete("/a"), .hears(["set /w", "deleted /w/a"]),
            ]
        ),
        Scene(
            testDescription: "the mode that was asked for last",
            steps: [
                .create(), .add(recursive: false), .add(recursive: true), .create("/a"), .hears(["created /w/a"]),
                .add(recursive: false), .create("/b"), .set("/b"), .hears(["children /w"]),
            ]
        ),
        Scene(
            testDescription: "a persistent watch without its children's side",
            steps: [.create(), .add(recursive: false), .remove(1), .create("/a"), .set(), .hears(["set /w"])]
        ),
        Scene(
            testDescription: "a recursive watch without its data side",
            steps: [
                .create(), .add(recursive: true), .remove(2), .create("/b"), .set("/b"), .delete("/b"), .set(),
                .hears(["deleted /w/b"]),
            ]
        ),
        Scene(
            testDescription: "a recursive watch without its children's side",
            steps: [
                .create(), .add(recursive: true), .remove(1), .create("/b"), .set("/b"), .delete("/b"), .set(),
                .hears(["created /w/b", "set /w/b", "deleted /w/b", "set /w"]),
            ]
        ),
    ]

    @Test(arguments: scenes) func clientsHear(scene: Scene) {
        let leader = Leader()
        for (index, step) in scene.steps.enumerated() {
            switch step {
            case .add(let recursive): leader.addWatch("/w", recursive: recursive)
            case .read(let op): #expect(leader.read(op, "/w", watcher: 1).0 == .ok)
            case .remove(let type): #expect(leader.removeWatches("/w", type) == .ok)
            case .create(let path): #expect(leader.create("/w" + path) == .ok)
            case .set(let path): #expect(leader.run(.setData, Request.setData("/w" + path)) == .ok)
            case .delete(let path): #expect(leader.run(.delete, Request.delete("/w" + path)) == .ok)
            case .setACL: #expect(leader.run(.setACL, Request.setACL("/w", ACL.openUnsafe)) == .ok)
            case .hears(let expected): #expect(leader.heard() == expected, "step \(index)")
            }
        }
        leader.state.removeWatcher(1)
        #expect(leader.state.watchCount == 0 && leader.state.watches.count == 0)
        #expect(leader.state.watches.missingCount == 0)
        #expect(leader.state.watches.lasting == 0 && leader.state.watches.recursive == 0)
    }

    @Test func theRootsRecursiveWatchHearsAll() {
        let leader = Leader()
        leader.addWatch("/", recursive: true)
        leader.create("/a")
        _ = leader.run(.setData, Request.setData("/a"))
        _ = leader.run(.delete, Request.delete("/a"))
        _ = leader.run(.setData, Request.setData("/"))
        #expect(leader.heard() == ["created /a", "set /a", "deleted /a", "set /"])
    }

    @Test func aClientHearsOnceHoweverItWatches() {
        let leader = Leader()
        for path in ["/p", "/p/a", "/p/a/b"] { leader.create(path) }
        leader.addWatch("/p", recursive: true)
        leader.addWatch("/p/a", recursive: true)
        #expect(leader.read(.getData, "/p/a/b", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/p/a/b", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/p/a/b", watcher: 2).0 == .ok)
        _ = leader.run(.setData, Request.setData("/p/a/b"))
        #expect(leader.heard() == ["set /p/a/b"])
        _ = leader.run(.delete, Request.delete("/p/a/b"))
        #expect(leader.heard() == ["deleted /p/a/b"])
        #expect(leader.heard(2) == ["deleted /p/a/b"])
    }

    @Test func eventsOfAMultiComeInItsOrder() {
        let leader = Leader()
        leader.addWatch("/p", recursive: true)
        leader.addWatch("/q")
        let parts = [
            (OpCode.create, Request.create("/p")), (.create, Request.create("/p/a")), (.setData, Request.setData("/p")),
            (.create, Request.create("/q")), (.delete, Request.delete("/p/a")), (.delete, Request.delete("/p")),
            (.delete, Request.delete("/q")), (.create, Request.create("/q")), (.create, Request.create("/q/x")),
        ]
        #expect(leader.run(.multi, Request.multi(parts)) == .ok)
        #expect(
            leader.heard() == [
                "created /p", "created /p/a", "set /p", "created /q", "deleted /p/a", "deleted /p", "deleted /q",
                "created /q", "children /q",
            ]
        )
        _ = leader.run(.setData, Request.setData("/q"))
        #expect(leader.heard() == ["set /q"])
    }

    @Test func theEndOfASessionIsHeardByRecursiveWatches() {
        let leader = Leader()
        #expect(leader.run(.createSession, Request.createSession(), session: 2) == .ok)
        leader.addWatch("/p", recursive: true)
        leader.create("/p")
        #expect(leader.create("/p/e", flags: 1, session: 2) == .ok)
        #expect(leader.create("/p/f", flags: 1, session: 2) == .ok)
        #expect(leader.heard().count == 3)
        #expect(leader.run(.closeSession, session: 2) == .ok)
        #expect(leader.heard().sorted() == ["deleted /p/e", "deleted /p/f"])
    }

    @Test func addingAWatchIsRefusedForItsBytesOnly() {
        let leader = Leader()
        let reply = ByteWriter()
        var events: [WatchEvent] = []
        for path in ["/there", "/", "", "nowhere", "/a/", "/\0"] {
            for mode in [0, 1] as [Int32] {
                reply.removeAll()
                let code = Request.watch(path, mode).withUnsafeBytes {
                    leader.answer(.addWatch, $0, watcher: 1, &events, reply: reply)
                }
                #expect(code == .ok && Array(reply.bytes) == [0, 0, 0, 0], "\(path)")
            }
        }
        #expect(leader.state.watchCount == 12)
        for mode in [2, -1, 3, .max] as [Int32] {
            #expect(leader.watch(.addWatch, Request.watch("/x", mode), 1) == .marshallingError)
        }
        #expect(leader.watch(.addWatch, [255, 255, 255, 255, 0, 0, 0, 0], 1) == .marshallingError)
        let request = Request.watch("/x", 0)
        for op in [OpCode.addWatch, .removeWatches, .checkWatches] {
            for count in 0..<request.count {
                #expect(leader.watch(op, Array(request[..<count]), 1) == .marshallingError)
            }
        }
        #expect(leader.state.watchCount == 12)
    }

    @Test func removingAndChecking() {
        let leader = Leader()
        leader.create("/w")
        func codes(_ types: [Int32], _ path: String = "/w") -> [Int32] {
            types.map { leader.removeWatches(path, $0).rawValue }
        }
        #expect(codes([1, 2, 3, 0, 4, 5, -1]) == [-121, -121, -121, -5, -5, -5, -5])
        #expect(
            [1, 2, 3, 0, 4, 5, 6, -1].map { leader.checkWatches("/w", $0).rawValue }
                == [-121, -121, -121, -5, -5, -5, -5, -5]
        )
        _ = leader.read(.getData, "/w", watcher: 1)
        #expect([1, 2, 3].map { leader.checkWatches("/w", $0).rawValue } == [-121, 0, 0])
        #expect([1, 2, 3].map { leader.checkWatches("/w", $0, 2).rawValue } == [-121, -121, -121], "not as ZooKeeper")
        #expect(leader.removeWatches("/w", 3, 2) == .noWatcher)
        #expect(codes([1, 2, 2]) == [-121, 0, -121])
        _ = leader.read(.getData, "/w", watcher: 1)
        #expect(codes([3, 3]) == [0, -121])
        _ = leader.read(.getChildren, "/w", watcher: 1)
        #expect(codes([2, 1]) == [-121, 0])
        _ = leader.read(.getChildren, "/w", watcher: 1)
        _ = leader.read(.exists, "/w", watcher: 1)
        #expect(codes([3, 2]) == [0, -121])
        leader.addWatch("/w")
        #expect(codes([2, 1, 3]) == [0, 0, -121])
        leader.addWatch("/w", recursive: true)
        #expect(leader.checkWatches("/w", 3) == .ok)
        #expect(codes([1, 2, 3], "/w/a") == [-121, -121, -121])
        #expect(codes([1, 2, 3], "/") == [-121, -121, -121])
        #expect(leader.checkWatches("/w/a", 3) == .noWatcher && leader.checkWatches("/", 3) == .noWatcher)
        #expect(codes([3]) == [0])
        for path in ["/nowhere", "no path/"] {
            _ = leader.read(.exists, path, watcher: 1)
            #expect(codes([1, 2, 2], path) == [-121, 0, -121])
        }
        _ = leader.read(.getData, "", watcher: 1)
        _ = leader.read(.getChildren, "", watcher: 1)
        #expect(codes([3], "/") == [-121])
        #expect([1, 2, 3].map { leader.checkWatches("", $0).rawValue } == [-121, -121, -121])
        #expect(codes([2, 2, 1, 1], "") == [0, -121, 0, -121])
        #expect(leader.watch(.removeWatches, [255, 255, 255, 255, 0, 0, 0, 3], 1) == .noWatcher)
        #expect(leader.watch(.checkWatches, [255, 255, 255, 255, 0, 0, 0, 3], 1) == .marshallingError)
        #expect(leader.state.watchCount == 0 && leader.events.isEmpty)
    }

    @Test func comingBack() {
        let leader = Leader()
        leader.create("/w")
        leader.create("/w/same")
        let since = Int64(bitPattern: leader.state.lastApplied.rawValue)
        _ = leader.run(.setData, Request.setData("/w"))
        leader.create("/w/n")
        leader.create("/w/gone")
        _ = leader.run(.delete, Request.delete("/w/gone"))
        let request = Request.setWatches2(
            since: since,
            data: ["/w", "/w/gone", "/w/same"],
            exist: ["/w/n", "/w/no"],
            children: ["/w", "/w/same", "/w/gone"],
            persistent: ["/w", "/nix", "bad/"],
            recursive: ["/w/same"]
        )
        #expect(leader.watch(.setWatches2, request, 1) == .ok)
        #expect(leader.heard() == ["set /w", "deleted /w/gone", "created /w/n", "children /w", "deleted /w/gone"])
        leader.create("/w/same/x")
        _ = leader.run(.setData, Request.setData("/w/same"))
        leader.create("/w/no")
        _ = leader.run(.setData, Request.setData("/w"))
        leader.create("/nix")
        _ = leader.run(.delete, Request.delete("/nix"))
        #expect(
            leader.heard() == [
                "created /w/same/x", "set /w/same", "created /w/no", "children /w", "set /w", "created /nix",
                "deleted /nix",
            ]
        )
        for count in 0..<request.count {
            #expect(leader.watch(.setWatches2, Array(request[..<count]), 2) == .marshallingError)
        }
        let null: [UInt8] = [255, 255, 255, 255]
        #expect(leader.watch(.setWatches2, Array(repeating: 0, count: 24) + null, 2) == .marshallingError)
        #expect(leader.watch(.setWatches, Array(repeating: 0, count: 16) + [255, 255, 255, 251], 2) == .ok)
        #expect(leader.watch(.setWatches, Array(repeating: 0, count: 20) + null, 2) == .ok, "more is ignored")
        #expect(leader.heard(2) == [])
        let data = Request.make {
            $0.append(Int64(0))
            $0.append(Int32(1))
            $0.append(string: "/gone")
        }
        #expect(leader.watch(.setWatches, data + null + [0, 0, 0, 0], 2) == .marshallingError)
        #expect(leader.heard(2) == ["deleted /gone"], "what stands before a null list has been done")
    }

    /// Everything that can happen to watches, through thousands of random steps, against two plain tables.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func randomStepsAgainstTwoTables(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let leader = Leader()
        var model = WatchModel()
        let paths = ["/", "/a", "/b", "/a/c", "/a/d", "/a/c/e", "/a/c/f", "/b/g", "/a/c/e/h"]
        var most = 0
        for step in 0..<6000 {
            let path = paths[random.below(paths.count)]
            let watcher = WatcherID(random.below(5))
            let entry = WatchModel.Entry(path: path, watcher: watcher)
            let isThere = leader.stat(path) != nil
            switch random.below(18) {
            case 0...1:
                #expect((leader.read(.exists, path, watcher: watcher).0 == .ok) == isThere)
                model.data[entry] = .oneShot
            case 2:
                if leader.read(.getData, path, watcher: watcher).0 == .ok { model.data[entry] = .oneShot }
            case 3:
                if leader.read(.getChildren, path, watcher: watcher).0 == .ok { model.children[entry] = .oneShot }
            case 4...5:
                let isRecursive = random.below(2) == 0
                #expect(leader.addWatch(path, recursive: isRecursive, watcher) == .ok)
                model.data[entry] = isRecursive ? .recursive : .persistent
                model.children[entry] = isRecursive ? .recursive : .persistent
            case 6...7:
                let type = Int32(1 + random.below(3))
                #expect((leader.checkWatches(path, type, watcher) == .ok) == model.has(path, type: type, watcher))
                let isRemoved = model.remove(path, type: type, watcher)
                #expect((leader.removeWatches(path, type, watcher) == .ok) == isRemoved)
            case 8:
                guard random.below(8) == 0 else { continue }
                leader.state.removeWatcher(watcher)
                model.removeAll(of: watcher)
            default:
                guard path != "/" || isThere else { continue }
                let kind = path == "/" ? 2 : random.below(3)
                let op: OpCode = isThere ? (kind == 0 ? .delete : .setData) : .create
                let body =
                    op == .create
                    ? Request.create(path) : op == .delete ? Request.delete(path) : Request.setData(path)
                guard leader.run(op, body) == .ok else { continue }
                let expected =
                    op == .create ? model.created(path) : op == .delete ? model.deleted(path) : model.changed(path)
                #expect(Set(leader.events) == expected, "step \(step): \(op) \(path)")
                #expect(leader.events.count == expected.count)
                leader.events = []
            }
            #expect(leader.state.watchCount == model.count, "step \(step)")
            most = max(most, model.count)
        }
        #expect(most > 20 && leader.log.count > 1000)
        for watcher in WatcherID(0)..<5 { leader.state.removeWatcher(watcher) }
        #expect(leader.state.watchCount == 0 && leader.state.watches.count == 0)
        #expect(leader.state.watches.lasting == 0 && leader.state.watches.recursive == 0)
        #expect(leader.state.watches.missingCount == 0)
    }

    /// 10,000 clients at one node that comes and goes, and 100,000 watches of one client.
    @Test func manyWatchersAndManyWatches() {
        let leader = Leader()
        let clients = WatcherID(2)..<10_002
        for watcher in clients { leader.addWatch("/w", recursive: watcher % 2 == 0, watcher) }
        for index in 0..<50_000 {
            leader.addWatch("/none/\(index)")
            #expect(leader.read(.exists, "/nor/\(index)", watcher: 1).0 == .noNode)
        }
        for _ in 0..<5 {
            leader.create("/w")
            leader.create("/w/below")
            #expect(leader.events.count == 20_000)
            _ = leader.run(.delete, Request.delete("/w/below"))
            _ = leader.run(.delete, Request.delete("/w"))
            #expect(leader.events.count == 40_000)
            leader.events = []
        }
        for watcher in clients.reversed() { leader.state.removeWatcher(watcher) }
        #expect(leader.state.watchCount == 150_000)
        leader.state.removeWatcher(1)
        #expect(leader.state.watchCount == 0 && leader.state.watches.missingCount == 0)
    }
}
