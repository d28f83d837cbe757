import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

/// Containers and TTL nodes: who makes which, and what they are like.
@Suite struct NodeKindTests {
    @Test func transactionsAndAnswersAreZooKeepers() throws {
        let state = ReplicatedState()
        let changes = OutstandingChanges(extendedTypesEnabled: true)
        var events: [WatchEvent] = []
        for (index, golden) in GoldenNodeKinds.transactions.enumerated() {
            let transaction = bytes(hex: golden)
            let reply = ByteWriter()
            if (1...5).contains(index) {
                let header = try transaction.withUnsafeBytes { bytes in
                    var reader = ByteReader(bytes)
                    return try TransactionHeader(from: &reader)
                }
                let writer = ByteWriter()
                let result = bytes(hex: GoldenNodeKinds.exchanges[index - 1].request).withUnsafeBytes {
                    changes.prepare(
                        op: OpCode(rawValue: header.type)!,
                        body: $0,
                        sessionID: header.sessionID,
                        cxid: header.cxid,
                        zxid: header.zxid,
                        time: header.time,
                        state: state,
                        into: writer
                    )
                }
                #expect(result == .ok)
                #expect(hex(writer.bytes) == golden)
            }
            let header = try transaction.withUnsafeBytes { try state.apply($0, reply: reply, events: &events) }
            changes.committed(through: header.zxid, in: state)
            if (1...5).contains(index) { #expect(hex(reply.bytes) == GoldenNodeKinds.exchanges[index - 1].answer) }
            if index == 5 {
                #expect(state.sweepablePaths == ["/c", "/c/c", "/c/e", "/c/t", "/t", "/t/n-0000000000"])
            }
        }
        #expect(state.children("/") == ["t", "zookeeper"])
        #expect(state.sweepablePaths == ["/t", "/t/n-0000000000"])
        #expect(state.stat("/t")?.ephemeralOwner == 0 && state.ephemeralCount == 0)
    }

    struct Case: CustomTestStringConvertible, Sendable {
        var op: OpCode
        var flags: ClosedRange<Int32>
        var ttl: Int64 = 1000
        /// With `extendedTypesEnabled`, and without.
        var codes: (ErrorCode, ErrorCode) = (.ok, .ok)
        var owner: Int64 = 0
        var testDescription: String { "\(op) \(flags) \(ttl)" }
    }

    private static let ttlMax: Int64 = (1 << 40) - 1
    /// As ZooKeeper 3.8.0 answers; the last one ends its servers.
    static let cases = [
        Case(op: .create, flags: 0...0), Case(op: .create2, flags: 2...2),
        Case(op: .create, flags: 4...4), Case(op: .create2, flags: 4...4),
        Case(op: .create, flags: 5...6, codes: (.badArguments, .unimplemented)),
        Case(op: .create2, flags: 5...6, codes: (.badArguments, .unimplemented)),
        Case(op: .createContainer, flags: 0...4, owner: .min),
        Case(op: .createContainer, flags: 5...6, codes: (.badArguments, .unimplemented)),
        Case(op: .createContainer, flags: 7...9, codes: (.badArguments, .badArguments)),
        Case(op: .createTTL, flags: 5...6, codes: (.ok, .unimplemented), owner: ExtendedOwner.ttl(1000)),
        Case(op: .createTTL, flags: 5...6, ttl: 1, codes: (.ok, .unimplemented), owner: ExtendedOwner.ttl(1)),
        Case(op: .createTTL, flags: 5...5, ttl: ttlMax, codes: (.ok, .unimplemented), owner: ExtendedOwner.ttl(ttlMax)),
        Case(op: .createTTL, flags: 5...6, ttl: ttlMax + 1, codes: (.badArguments, .unimplemented)),
        Case(op: .createTTL, flags: 5...6, ttl: .max, codes: (.badArguments, .unimplemented)),
        Case(op: .createTTL, flags: 5...6, ttl: 0, codes: (.badArguments, .unimplemented)),
        Case(op: .createTTL, flags: 5...6, ttl: -1, codes: (.badArguments, .unimplemented)),
        Case(op: .createTTL, flags: 0...4, codes: (.badArguments, .badArguments)),
        Case(op: .createTTL, flags: 7...7, codes: (.badArguments, .badArguments)),
        Case(op: .createTTL, flags: 0...4, ttl: -1, codes: (.badArguments, .badArguments)),
    ]

    @Test(arguments: cases, [true, false]) func operationsAndFlags(row: Case, enabled: Bool) throws {
        for flags in row.flags {
            let leader = Leader(extendedTypesEnabled: enabled)
            let body =
                Request.create("/n", flags: flags) + (row.op == .createTTL ? Request.make { $0.append(row.ttl) } : [])
            let code = leader.run(row.op, body)
            #expect(code == (enabled ? row.codes.0 : row.codes.1), "flags \(flags)")
            guard code == .ok else { continue }
            let path = [2, 3, 6].contains(flags) ? "/n0000000000" : "/n"
            #expect(leader.state.extendedOwner(path) == row.owner)
            let isEphemeral = row.owner == 0 && flags == 1
            #expect(leader.stat(path)?.ephemeralOwner == (isEphemeral ? 1 : 0), "clients see sessions only")
            #expect(try leader.log.replayed().digest == leader.state.digest)
        }
    }

    @Test func aTTLWithoutItsTimeIsNoRequest() {
        let leader = Leader()
        #expect(leader.prepare(.createTTL, Request.create("/t", flags: 5)) == .marshallingError)
        #expect(leader.prepare(.multi, Request.multi([(.create, Request.create("/t", flags: 5))])) == .marshallingError)
        #expect(leader.changes.multiFailure == nil)
        // What fails before it is told all the same, as in ZooKeeper.
        let early = Request.multi([
            (.delete, Request.delete("/x")), (.create2, Request.create("/t", flags: 6)),
        ])
        #expect(leader.prepare(.multi, early) == .noNode)
        #expect(leader.changes.count == 0 && leader.changes.paths.live == 0)
    }

    /// Each part of a multi is what its flags say.
    @Test func flagsDecideInAMulti() {
        let leader = Leader()
        let parts: [(OpCode, [UInt8])] = [
            (.create, Request.create("/a", flags: 4)), (.createContainer, Request.create("/b", flags: 1)),
            (.createTTL, Request.createTTL("/c", flags: 0, ttl: -1)),
            (.createTTL, Request.createTTL("/d", flags: 4, ttl: 0)),
            (.createTTL, Request.createTTL("/e", ttl: 9)),
        ]
        #expect(leader.run(.multi, Request.multi(parts)) == .ok)
        #expect(
            ["/a", "/b", "/c", "/d", "/e"].map { leader.state.extendedOwner($0) } == [
                .min, 0, 0, .min, ExtendedOwner.ttl(9),
            ]
        )
        #expect(leader.stat("/b")?.ephemeralOwner == 1)
        #expect(leader.prepare(.multi, Request.multi([(.createTTL, Request.createTTL("/f", ttl: 0))])) == .badArguments)
        #expect(leader.prepare(.multi, Request.multi([(.deleteContainer, Request.delete("/a"))])) == .marshallingError)
        let off = Leader(extendedTypesEnabled: false)
        #expect(off.prepare(.multi, Request.multi([(.createTTL, Request.createTTL("/f", ttl: 9))])) == .unimplemented)
    }

    @Test func childrenAndNumbersBelowThem() {
        let leader = Leader()
        for (op, body) in [
            (.createContainer, Request.create("/c", flags: 4)), (.createTTL, Request.createTTL("/t", ttl: 9)),
            (.create, Request.create("/c/e", flags: 1)), (.create, Request.create("/c/s-", flags: 2)),
            (.createTTL, Request.createTTL("/t/s-", flags: 6, ttl: 9)), (.createContainer, Request.create("/t/c")),
        ] as [(OpCode, [UInt8])] {
            #expect(leader.prepare(op, body) == .ok)
        }
        leader.apply()
        #expect(leader.children("/c") == ["e", "s-0000000001"])
        #expect(leader.children("/t") == ["c", "s-0000000000"])
        #expect(leader.run(.delete, Request.delete("/c")) == .notEmpty)
        #expect(leader.run(.delete, Request.delete("/t/c")) == .ok)
        #expect(leader.state.sweepablePaths == ["/c", "/t", "/t/s-0000000000"])
        #expect(leader.run(.closeSession) == .ok)
        #expect(leader.children("/c") == ["s-0000000001"], "they are no session's")
        #expect(leader.state.sweepablePaths.count == 3)
    }

    /// A snapshot has them, and bytes that say what no node is are refused.
    @Test func snapshotsKeepTheirKinds() throws {
        let leader = Leader()
        let plain = leader.state.digest
        #expect(leader.run(.createContainer, Request.create("/c")) == .ok)
        #expect(leader.run(.createTTL, Request.createTTL("/t", ttl: 77)) == .ok)
        #expect(leader.run(.create, Request.create("/e", flags: 1)) == .ok)
        let loaded = try leader.state.reloaded()
        #expect(loaded.digest == leader.state.digest && plain != loaded.digest)
        #expect(loaded.sweepablePaths == ["/c", "/t"])
        #expect(loaded.extendedOwner("/t") == ExtendedOwner.ttl(77))
        #expect(loaded.extendedOwner("/e") == 0 && loaded.ephemeralCount == 1)
        for wrong in [0, 1, -1, Int64.max, ExtendedOwner.ttl(0), ExtendedOwner.ttl(1 << 40)] {
            #expect(!ExtendedOwner.isValid(wrong))
            let snapshot = try damaged(leader.state, owner: ExtendedOwner.ttl(77), to: wrong)
            #expect(throws: WireError.self) {
                let loader = SnapshotLoader()
                try snapshot.withUnsafeBytes { try loader.feed($0) }
            }
        }
    }

    private func damaged(_ state: ReplicatedState, owner: Int64, to wrong: Int64) throws -> [UInt8] {
        var snapshot = state.snapshot()
        let old = Request.make { $0.append(owner) }
        let place = try #require(snapshot.indices.first { snapshot[$0...].starts(with: old) })
        snapshot.replaceSubrange(place..<place + 8, with: Request.make { $0.append(wrong) })
        return snapshot
    }
}
