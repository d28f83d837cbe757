import Randomness
import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct WatchTests {
    private func event(_ watcher: WatcherID, _ type: Int32, _ path: String) -> WatchEvent {
        WatchEvent(watcher: watcher, type: type, path: Array(path.utf8))
    }

    /// The events since the last call, sorted so that no test depends on their order among watchers.
    private func take(_ leader: Leader) -> [WatchEvent] {
        defer { leader.events = [] }
        return leader.events.sorted {
            ($0.watcher, $0.type, $0.path.count) < ($1.watcher, $1.type, $1.path.count)
        }
    }

    @Test func setDataFiresDataAndExistsOnce() {
        let leader = Leader()
        leader.create("/a")
        #expect(leader.read(.getData, "/a", watcher: 1).0 == .ok)
        #expect(leader.read(.exists, "/a", watcher: 2).0 == .ok)
        #expect(leader.read(.exists, "/a", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/a", watcher: 3).0 == .ok)
        #expect(leader.state.watchCount == 3)
        #expect(leader.run(.setData, Request.setData("/a")) == .ok)
        #expect(take(leader) == [event(1, 3, "/a"), event(2, 3, "/a")])
        #expect(leader.state.watchCount == 1)
        #expect(leader.run(.setData, Request.setData("/a")) == .ok)
        #expect(take(leader) == [])
    }

    @Test func createFiresExistsAndTheParentsChildren() {
        let leader = Leader()
        #expect(leader.read(.exists, "/a", watcher: 1).0 == .noNode)
        #expect(leader.read(.exists, "/a", watcher: 1).0 == .noNode)
        #expect(leader.read(.exists, "/a/b", watcher: 1).0 == .noNode)
        #expect(leader.read(.getData, "/a", watcher: 2).0 == .noNode)
        #expect(leader.read(.getChildren2, "/", watcher: 3).0 == .ok)
        #expect(leader.state.watchCount == 3)
        leader.create("/a")
        #expect(take(leader) == [event(1, 1, "/a"), event(3, 4, "/")])
        #expect(leader.state.watchCount == 1)
        leader.create("/a/b")
        #expect(take(leader) == [event(1, 1, "/a/b")])
        #expect(leader.state.watches.missingCount == 0)
    }

    @Test func deleteFiresOncePerWatcherAndTheParentsChildren() {
        let leader = Leader()
        leader.create("/p")
        leader.create("/p/c")
        #expect(leader.read(.getData, "/p/c", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/p/c", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/p/c", watcher: 2).0 == .ok)
        #expect(leader.read(.exists, "/p/c", watcher: 3).0 == .ok)
        #expect(leader.read(.getChildren, "/p", watcher: 2).0 == .ok)
        #expect(leader.read(.getData, "/p", watcher: 4).0 == .ok)
        #expect(leader.run(.delete, Request.delete("/p/c")) == .ok)
        #expect(
            take(leader) == [
                event(1, 2, "/p/c"), event(2, 2, "/p/c"), event(2, 4, "/p"), event(3, 2, "/p/c"),
            ]
        )
        #expect(leader.state.watchCount == 1)
    }

    @Test func closeSessionFiresForItsNodes() {
        let leader = Leader()
        #expect(leader.run(.createSession, Request.createSession(), session: 2) == .ok)
        #expect(leader.create("/e", flags: 1, session: 2) == .ok)
        #expect(leader.read(.exists, "/e", watcher: 1).0 == .ok)
        #expect(leader.read(.getChildren, "/", watcher: 1).0 == .ok)
        #expect(leader.run(.closeSession, session: 2) == .ok)
        #expect(take(leader) == [event(1, 2, "/e"), event(1, 4, "/")])
    }

    @Test func removedWatcherHearsNothing() {
        let leader = Leader()
        leader.create("/a")
        for watcher in WatcherID(1)...50 {
            #expect(leader.read(.getData, "/a", watcher: watcher).0 == .ok)
            #expect(leader.read(.getChildren, "/a", watcher: watcher).0 == .ok)
            #expect(leader.read(.exists, "/missing", watcher: watcher).0 == .noNode)
        }
        #expect(leader.state.watchCount == 150)
        for watcher in WatcherID(1)...50 where watcher != 7 { leader.state.removeWatcher(watcher) }
        leader.state.removeWatcher(1000)
        #expect(leader.state.watchCount == 3)
        leader.create("/missing")
        #expect(leader.run(.delete, Request.delete("/a")) == .ok)
        #expect(take(leader) == [event(7, 1, "/missing"), event(7, 2, "/a")])
        #expect(leader.state.watchCount == 0)
        leader.state.removeWatcher(7)
    }

    @Test func setWatchesFiresWhatHasChanged() {
        let leader = Leader()
        leader.create("/old")
        leader.create("/changed")
        leader.create("/gone")
        let since = Int64(bitPattern: leader.state.lastApplied.rawValue)
        #expect(leader.run(.setData, Request.setData("/changed")) == .ok)
        leader.create("/changed/child")
        leader.create("/born")
        #expect(leader.run(.delete, Request.delete("/gone")) == .ok)
        let request = Request.setWatches(
            since: since,
            data: ["/old", "/changed", "/gone"],
            exist: ["/born", "/unborn", "bad path"],
            children: ["/old", "/changed", "/gone"]
        )
        var events: [WatchEvent] = []
        let result = request.withUnsafeBytes { leader.answer(.setWatches, $0, watcher: 5, &events) }
        #expect(result == .ok)
        #expect(
            events == [
                event(5, 3, "/changed"), event(5, 2, "/gone"), event(5, 1, "/born"), event(5, 4, "/changed"),
                event(5, 2, "/gone"),
            ]
        )
        #expect(
            leader.state.watchCount == 4,
            "nothing will ever be at the bad path, and it is watched, as in ZooKeeper"
        )
        #expect(leader.run(.setData, Request.setData("/old")) == .ok)
        leader.create("/old/child")
        leader.create("/unborn")
        #expect(take(leader) == [event(5, 1, "/unborn"), event(5, 3, "/old"), event(5, 4, "/old")])
    }

    @Test func setWatchesCutAnywhereDoesNothing() {
        let leader = Leader()
        let request = Request.setWatches(since: 0, data: ["/"], exist: ["/x"], children: ["/"])
        for count in 0..<request.count {
            var events: [WatchEvent] = []
            let result = request[..<count].withUnsafeBytes {
                leader.answer(.setWatches, $0, watcher: 5, &events)
            }
            #expect(result == .marshallingError)
            #expect(events == [])
        }
        #expect(leader.state.watchCount == 0)
    }

    /// The tables against a naive model, through thousands of random steps.
    @Test(arguments: [1, 2, 3] as [UInt64]) func randomWatchesAgainstSets(seed: UInt64) {
        struct Key: Hashable {
            var watcher: WatcherID
            var path: String
            var isChildren: Bool
        }
        var random = SplitMix64(seed: seed)
        let leader = Leader()
        var model: Set<Key> = []
        let paths = ["/a", "/b", "/a/c", "/a/d", "/b/e"]
        for _ in 0..<4000 {
            let path = paths.randomElement(using: &random)!
            let watcher = WatcherID.random(in: 0..<6, using: &random)
            let parent = path.utf8.count == 2 ? "/" : String(path.prefix(2))
            switch Int.random(in: 0..<7, using: &random) {
            case 0, 1:
                let result = leader.read(.exists, path, watcher: watcher).0
                #expect((result == .ok) == (leader.stat(path) != nil))
                model.insert(Key(watcher: watcher, path: path, isChildren: false))
            case 2:
                if leader.read(.getChildren, parent, watcher: watcher).0 == .ok {
                    model.insert(Key(watcher: watcher, path: parent, isChildren: true))
                }
            case 3:
                leader.state.removeWatcher(watcher)
                model = model.filter { $0.watcher != watcher }
            default:
                let exists = leader.stat(path) != nil
                let op: OpCode = exists ? (Bool.random(using: &random) ? .delete : .setData) : .create
                let body =
                    op == .create
                    ? Request.create(path) : op == .delete ? Request.delete(path) : Request.setData(path)
                guard leader.run(op, body) == .ok else { break }
                var expected: Set<WatchEvent> = []
                for key in model.sorted(by: { $0.watcher < $1.watcher }) {
                    let type: Int32
                    if key.path == path, !key.isChildren || op == .delete {
                        type = op == .create ? 1 : op == .delete ? 2 : 3
                    } else if key.path == parent, key.isChildren, op != .setData {
                        type = 4
                    } else {
                        continue
                    }
                    expected.insert(event(key.watcher, type, key.path))
                    model.remove(key)
                }
                #expect(Set(leader.events) == expected)
                #expect(leader.events.count == expected.count)
                leader.events = []
            }
            #expect(leader.state.watchCount == model.count)
        }
        #expect(leader.log.count > 500)
    }
}
