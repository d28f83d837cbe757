import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// What apply does with transactions that it has already applied, that do not fit, or that are none.
@Suite struct ApplyTests {
    private func apply(_ transaction: [UInt8], to state: ReplicatedState) throws -> TransactionHeader {
        var events: [WatchEvent] = []
        return try transaction.withUnsafeBytes { try state.apply($0, reply: nil, events: &events) }
    }

    /// The same record under another zxid and type.
    private func changed(_ transaction: [UInt8], zxid: Zxid, type: OpCode? = nil) -> [UInt8] {
        transaction.withUnsafeBytes { bytes in
            var reader = ByteReader(bytes)
            var header = try! TransactionHeader(from: &reader)
            header.zxid = zxid
            if let type { header.type = type.rawValue }
            return Request.make {
                header.encode(into: $0)
                $0.append(bytes: reader.rest)
            }
        }
    }

    @Test func appliedTwiceIsAppliedOnce() throws {
        var load = RandomLoad(seed: 5)
        let leader = Leader()
        for _ in 0..<200 {
            let request = load.request()
            _ = leader.run(request.op, request.body, session: request.session)
        }
        let digest = leader.state.digest
        let last = leader.state.lastApplied
        // Once more from the beginning, from the middle, and each one twice in a row.
        for log in [leader.log, Array(leader.log.dropFirst(50))] {
            #expect(try log.replayed(onto: leader.state).digest == digest)
        }
        let twice = leader.log.flatMap { [$0, $0] }
        #expect(try twice.replayed().digest == digest)
        #expect(leader.state.lastApplied == last)
        // A skipped transaction answers nothing and fires nothing.
        var events: [WatchEvent] = []
        let reply = ByteWriter()
        _ = leader.read(.getChildren, "/", watcher: 1)
        for transaction in leader.log {
            _ = try transaction.withUnsafeBytes { try leader.state.apply($0, reply: reply, events: &events) }
        }
        #expect(reply.count == 0)
        #expect(events.isEmpty)
    }

    /// What a leader proposes to prove that it leads.
    @Test func anErrorChangesNothingButTheZxid() throws {
        let leader = Leader()
        _ = leader.read(.getChildren, "/", watcher: 1)
        let digest = leader.state.digest
        let zxid = leader.state.lastApplied.advanced(by: 1)
        let transaction = Request.make { writer in
            TransactionHeader(sessionID: 0, cxid: 0, zxid: zxid, time: 5, type: TransactionHeader.errorType)
                .encode(into: writer)
            writer.append(ErrorCode.noNode.rawValue)
        }
        var events: [WatchEvent] = []
        let reply = ByteWriter()
        _ = try transaction.withUnsafeBytes { try leader.state.apply($0, reply: reply, events: &events) }
        #expect(leader.state.lastApplied == zxid && leader.state.digest == digest)
        #expect(reply.count == 0 && events.isEmpty)
    }

    @Test func replayFromASnapshotAtAnyPlaceEndsTheSame() throws {
        var load = RandomLoad(seed: 6)
        let leader = Leader()
        var snapshots: [[UInt8]] = []
        for step in 0..<120 {
            if step % 20 == 0 { snapshots.append(leader.state.snapshot()) }
            let request = load.request()
            _ = leader.run(request.op, request.body, session: request.session)
        }
        for snapshot in snapshots {
            let loader = SnapshotLoader()
            try snapshot.withUnsafeBytes { try loader.feed($0) }
            let state = try loader.finish()
            #expect(try leader.log.replayed(onto: state).digest == leader.state.digest)
        }
    }

    @Test func gapIsRefused() throws {
        let leader = Leader()
        leader.create("/a")
        leader.create("/b")
        #expect(throws: WireError.self) { try [leader.log[0], leader.log[2]].replayed() }
        #expect(throws: WireError.self) { try apply(leader.log[1], to: ReplicatedState()) }
        let state = try [leader.log[0]].replayed()
        #expect(throws: WireError.self) {
            try apply(changed(leader.log[1], zxid: Zxid(epoch: 2, counter: 2)), to: state)
        }
        // The first of a later epoch follows.
        let header = try apply(changed(leader.log[1], zxid: Zxid(epoch: 3, counter: 1)), to: state)
        #expect(state.lastApplied == header.zxid)
        #expect(header.zxid == Zxid(epoch: 3, counter: 1))
    }

    @Test func transactionsThatDoNotFitAreRefusedAndChangeNothing() throws {
        let leader = Leader()
        leader.create("/a")
        leader.create("/a/b")
        leader.create("/e", flags: 1)
        let state = leader.state
        let next = state.lastApplied.advanced(by: 1)
        func make(_ type: OpCode, session: Int64 = 1, _ record: [UInt8]) -> [UInt8] {
            Request.make {
                TransactionHeader(sessionID: session, cxid: 0, zxid: next, time: 0, type: type.rawValue).encode(
                    into: $0
                )
                record.withUnsafeBytes($0.append(bytes:))
            }
        }
        func createRecord(_ path: String, isEphemeral: Bool = false) -> [UInt8] {
            Array(Request.create(path).dropLast(4)) + [isEphemeral ? 1 : 0, 0, 0, 0, 1]
        }
        func paths(_ list: [String]) -> [UInt8] {
            Request.make {
                $0.append(Int32(list.count))
                for path in list { $0.append(string: path) }
            }
        }
        let misfits: [[UInt8]] = [
            make(.create, createRecord("/a")), make(.create, createRecord("/x/y")), make(.create, createRecord("bad")),
            make(.create, createRecord("/new/")), make(.create, session: 9, createRecord("/n", isEphemeral: true)),
            make(.delete, Array(Request.delete("/a").dropLast(4))),
            make(.delete, Array(Request.delete("/").dropLast(4))),
            make(.delete, Array(Request.delete("/x").dropLast(4))), make(.setData, Request.setData("/x")),
            make(.setData, Array(Request.setData("/a").dropLast())),
            make(.setACL, Request.setACL("/x", ACL.openUnsafe)), make(.closeSession, session: 9, []),
            make(.closeSession, paths([])), make(.closeSession, paths(["/a"])), make(.closeSession, paths(["/x"])),
            make(.createSession, [1, 2, 3]), make(.getData, Request.read("/a")), make(.ping, []), [1, 2, 3], [],
            make(
                .multi,
                Request.make {
                    $0.append(Int32(1)); $0.append(OpCode.multi.rawValue); $0.append(Int32(0))
                }
            ),
            make(.multi, Request.make { $0.append(Int32(1 << 30)) }),
        ]
        let digest = state.digest
        for misfit in misfits {
            #expect(throws: WireError.self) { try apply(misfit, to: state) }
            #expect(state.digest == digest)
            #expect(state.lastApplied.advanced(by: 1) == next)
        }
        // A closeSession without a list takes all.
        _ = try apply(make(.closeSession, []), to: state)
        #expect(state.stat("/e") == nil)
        #expect(state.sessionCount == 0)
    }

    /// Transactions with flipped, missing or random bytes: an error or a transaction, never a crash.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func anyBytesAreSafe(seed: UInt64) throws {
        var load = RandomLoad(seed: seed)
        let leader = Leader()
        for _ in 0..<40 {
            let request = load.request()
            _ = leader.run(request.op, request.body, session: request.session)
        }
        var refused = 0
        for _ in 0..<400 {
            let cut = Int.random(in: 0..<leader.log.count, using: &load.random)
            let state = try Array(leader.log[..<cut]).replayed()
            var bytes = leader.log[cut]
            for _ in 0..<Int.random(in: 1...3, using: &load.random) where !bytes.isEmpty {
                bytes[Int.random(in: 0..<bytes.count, using: &load.random)] = UInt8.random(
                    in: 0...255,
                    using: &load.random
                )
            }
            if Bool.random(using: &load.random) {
                bytes.removeLast(Int.random(in: 0..<bytes.count, using: &load.random))
            }
            do { _ = try apply(bytes, to: state) } catch { refused += 1 }
        }
        #expect(refused > 100)
    }

    /// The same for requests: prep refuses or makes a transaction that applies.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func anyRequestIsSafe(seed: UInt64) throws {
        var load = RandomLoad(seed: seed)
        let leader = Leader()
        var results: [ErrorCode: Int] = [:]
        for step in 0..<1500 {
            let request = load.request()
            var body = request.body
            for _ in 0..<Int.random(in: 0...2, using: &load.random) where !body.isEmpty {
                body[Int.random(in: 0..<body.count, using: &load.random)] = [0, 1, 0x2f, 0x7f, 0x80, 0xff]
                    .randomElement(
                        using: &load.random
                    )!
            }
            if step % 8 == 0 { body.removeLast(Int.random(in: 0...body.count, using: &load.random)) }
            // Hints take any bytes, and change nothing.
            let digest = leader.state.digest
            body.withUnsafeBytes {
                leader.state.prefetch(body: $0)
                leader.state.prefetch(transaction: $0)
            }
            #expect(leader.state.digest == digest)
            results[leader.prepare(request.op, body, session: request.session), default: 0] += 1
            if leader.changes.count > 20 { leader.apply() }
        }
        leader.apply()
        #expect(leader.changes.paths.live == 0)
        #expect(results[.marshallingError, default: 0] > 50)
        #expect(results[.ok, default: 0] > 100)
        #expect(try leader.log.replayed().digest == leader.state.digest)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
    }

    @Test func readsRefuseOtherBytes() {
        let leader = Leader()
        leader.create("/a")
        for op in [OpCode.exists, .getData, .getChildren, .getChildren2] {
            #expect(leader.read(op, "/x").0 == .noNode)
            for path in ["x", "/a/", "//", "/a//b", "/./a", "/\u{1}", "/a/.."] {
                #expect(leader.read(op, path).0 == .noNode, "\(op) \(path)")
            }
            #expect(leader.read(op, "/a\0").0 == (op == .exists ? .badArguments : .noNode))
            #expect(leader.read(op, "") == leader.read(op, "/"), "ZooKeeper's root has two names")
            let request = Request.read("/a")
            for count in 0..<request.count {
                let reply = ByteWriter()
                let result = request[..<count].withUnsafeBytes {
                    leader.state.read(op, body: $0, watcher: 1, reply: reply)
                }
                #expect(result == .marshallingError)
                #expect(reply.count == 0)
            }
        }
        #expect(leader.read(.getACL, "/x").0 == .noNode)
        #expect(leader.read(.getACL, "x/").0 == .noNode)
        #expect(leader.read(.getACL, "") == leader.read(.getACL, "/"))
        #expect(leader.read(.create, "/a").0 == .unimplemented)
        #expect(leader.state.watchCount == 0)
    }

    @Test func nullAndEmptyDataDiffer() {
        let leader = Leader()
        leader.create("/null", data: nil)
        leader.create("/empty", data: [])
        #expect(leader.state.data("/null") == .some(nil))
        #expect(leader.state.data("/empty") == .some([]))
        #expect(leader.stat("/null")?.dataLength == 0)
        #expect(leader.run(.setData, Request.setData("/empty", nil)) == .ok)
        #expect(leader.state.data("/empty") == .some(nil))
    }

    /// Data grow, shrink and grow again, on short and on long paths.
    @Test(arguments: ["/a", "/" + String(repeating: "a", count: 40), "/" + String(repeating: "b", count: 500)])
    func dataOfAllSizes(path: String) throws {
        let leader = Leader()
        leader.create(path)
        for size in [0, 1, 15, 16, 17, 4096, 5000, 1_000_000, 5001, 1000, 3, 0, 64, 200_000] {
            let data = (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) }
            #expect(leader.run(.setData, Request.setData(path, data)) == .ok)
            #expect(leader.state.data(path) == .some(data))
            #expect(leader.stat(path)?.dataLength == Int32(size))
            #expect(try leader.state.reloaded().digest == leader.state.digest)
        }
    }
}
