import Testing
import Wire
import Zab

@testable import Znodes

/// Random requests of somebody who may do everything, prepared with many outstanding and applied later, against `Model`.
@Suite struct ModelTests {
    private func compare(_ state: ReplicatedState, _ model: Model) {
        state.setIdentities(of: 0, to: state.somebody([.superUser]))
        defer { state.removeWatcher(0) }
        #expect(state.nodeCount == model.nodes.count)
        #expect(state.sessionCount == model.sessions.count)
        var ephemerals = 0
        var sweepable: [String] = []
        var size = 0
        for path in model.nodes.keys.sorted() {
            let node = model.nodes[path]!
            #expect(state.stat(path) == model.stat(path), "\(path)")
            #expect(state.data(path) == .some(node.data), "\(path)")
            #expect(state.acl(path, watcher: 0) == node.acl, "\(path)")
            let prefix = path == "/" ? "/" : path + "/"
            #expect(state.children(path)?.map { prefix + $0 } == model.children(path))
            if node.stat.ephemeralOwner != 0 { ephemerals += 1 }
            let owner = node.ttl.map(ExtendedOwner.ttl) ?? (node.isContainer ? ExtendedOwner.container : 0)
            #expect(state.extendedOwner(path) == owner, "\(path)")
            if owner != 0 { sweepable.append(path) }
            size += path.utf8.count + (node.data?.count ?? 0)
        }
        #expect(state.ephemeralCount == ephemerals)
        #expect(state.sweepablePaths == sweepable)
        #expect(state.sweepable.count == sweepable.count)
        #expect(state.approximateDataSize == size)
        for (id, timeout) in model.sessions { #expect(state.session(id) == timeout) }
    }

    /// Returns how many nodes went.
    @discardableResult
    private func sweep(_ leader: Leader, _ model: inout Model) -> Int {
        let first = leader.log.count
        _ = leader.sweep(applies: false)
        for transaction in leader.log[first...] {
            let path = String(decoding: transaction[36...], as: UTF8.self)
            #expect(model.sweepable(at: leader.time).contains(path), "\(path)")
            let zxid = transaction[12..<20].reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
            model.remove(path, zxid: Int64(bitPattern: zxid))
        }
        return leader.log.count - first
    }

    @Test(arguments: 1...12 as ClosedRange<UInt64>, [1, 7, 64]) func prepareThenApply(seed: UInt64, depth: Int) throws {
        var load = RandomLoad(seed: seed)
        let leader = Leader(session: nil)
        var model = Model()
        var accepted = 0
        for step in 0..<600 {
            let request = load.request()
            let zxid = leader.zxid.advanced(by: 1)
            let expected = model.perform(
                request.op,
                request.body,
                session: request.session,
                zxid: Int64(bitPattern: zxid.rawValue),
                time: leader.time + 1
            )
            let asker = leader.superUser
            let result = leader.prepare(request.op, request.body, session: request.session, as: asker)
            #expect(result == expected, "step \(step): \(request.op)")
            if result != expected { return }
            if result == .ok { accepted += 1 }
            let isFailedMulti =
                request.op == .multi && ![.ok, .sessionExpired, .marshallingError].contains(result)
            #expect((leader.changes.multiFailure != nil) == isFailedMulti)
            if leader.changes.count >= depth { leader.apply(Int.random(in: 1...depth, using: &load.random)) }
            #expect(leader.changes.count == leader.log.count - leader.appliedCount)
            if step % 50 == 25 {
                leader.time += Int64.random(in: 0...100, using: &load.random)
                sweep(leader, &model)
            }
            if step % 100 == 99 {
                leader.apply()
                while sweep(leader, &model) > 0 { leader.apply() }
                #expect(model.sweepable(at: leader.time) == [], "with nothing under way all that may go has gone")
                #expect(leader.changes.paths.live == 0)
                #expect(leader.changes.sessionChanges.live == 0)
                compare(leader.state, model)
                #expect(try leader.state.reloaded().digest == leader.state.digest)
            }
        }
        #expect(accepted > 100)
        #expect(try leader.log.replayed().digest == leader.state.digest)
    }

    /// An answer for each accepted request, the same on a server that only applies.
    @Test func followerWithoutReplyOrWatchesHasTheSameState() throws {
        var load = RandomLoad(seed: 99)
        let leader = Leader()
        for watcher in WatcherID(0)..<5 {
            _ = leader.read(.exists, "/a", watcher: watcher)
            _ = leader.read(.getChildren, "/", watcher: watcher)
        }
        let digests = (0..<500).map { _ in
            let request = load.request()
            _ = leader.run(request.op, request.body, session: request.session)
            return leader.state.digest
        }
        #expect(!leader.events.isEmpty)
        #expect(Set(digests).count > 50)
        let follower = try leader.log.replayed()
        #expect(follower.digest == leader.state.digest)
        #expect(follower.lastApplied == leader.state.lastApplied)
    }
}
