import Randomness
import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct SnapshotTests {
    private func load(_ bytes: [UInt8], cuts: (inout SplitMix64) -> Int, seed: UInt64 = 1) throws
        -> ReplicatedState
    {
        var random = SplitMix64(seed: seed)
        let loader = SnapshotLoader()
        var offset = 0
        while offset < bytes.count {
            let count = min(cuts(&random), bytes.count - offset)
            try bytes[offset..<offset + count].withUnsafeBytes { try loader.feed($0) }
            offset += count
        }
        return try loader.finish()
    }

    /// Writes go on between the chunks; what comes out is the state at the beginning.
    @Test(arguments: 1...8 as ClosedRange<UInt64>, [1, 60, 700, 100_000])
    func isTheStateAtTheBeginning(seed: UInt64, maxBytes: Int) throws {
        var random = RandomLoad(seed: seed)
        let leader = Leader()
        func write(_ count: Int) {
            for _ in 0..<count {
                let request = random.request()
                _ = leader.run(request.op, request.body, session: request.session)
            }
        }
        write(150)
        for _ in 0..<3 {
            let expected = leader.state.snapshot()
            let zxid = leader.state.lastApplied
            let digest = leader.state.digest
            leader.state.beginSnapshot()
            #expect(leader.state.isSnapshotting)
            write(Int.random(in: 0..<20, using: &random.random))
            let writer = ByteWriter()
            var chunks = 1
            while true {
                let before = writer.count
                let more = leader.state.nextSnapshotChunk(into: writer, maxBytes: maxBytes)
                #expect(writer.count - before <= maxBytes + 1100)
                if !more { break }
                chunks += 1
                if Int.random(in: 0..<(maxBytes == 1 ? 40 : 2), using: &random.random) == 0 { write(3) }
            }
            #expect(!leader.state.isSnapshotting)
            #expect(chunks > 1 || writer.count <= maxBytes + 1100)
            // The same records, if in another order.
            #expect(writer.count == expected.count)
            let state = try load(Array(writer.bytes), cuts: { Int.random(in: 1..<300, using: &$0) }, seed: seed)
            #expect(state.digest == digest)
            #expect(state.lastApplied == zxid)
            let counts = [state.nodeCount, state.sessionCount, state.ephemeralCount, state.approximateDataSize]
            // Not only the digest: the tree answers, and the log goes on from here to the same end.
            let reference = try leader.log[..<Int(zxid.counter)].map { $0 }.replayed()
            #expect(
                counts == [
                    reference.nodeCount, reference.sessionCount, reference.ephemeralCount,
                    reference.approximateDataSize,
                ]
            )
            for name in random.names {
                #expect(state.stat("/" + name) == reference.stat("/" + name))
                #expect(state.children("/" + name) == reference.children("/" + name))
            }
            #expect(try leader.log.replayed(onto: state).digest == leader.state.digest)
        }
    }

    @Test func everyCutGivesTheSame() throws {
        var random = RandomLoad(seed: 4)
        let leader = Leader()
        for _ in 0..<60 {
            let request = random.request()
            _ = leader.run(request.op, request.body, session: request.session)
        }
        let bytes = leader.state.snapshot()
        #expect(try load(bytes, cuts: { _ in 1 }).digest == leader.state.digest)
        #expect(try load(bytes, cuts: { _ in 7 }).digest == leader.state.digest)
        #expect(try load(bytes, cuts: { _ in 1 << 20 }).digest == leader.state.digest)
        // Incomplete at every other place.
        for count in stride(from: 0, to: bytes.count, by: 11) {
            #expect(throws: WireError.self) { try load(Array(bytes[..<count]), cuts: { _ in 64 }) }
        }
        #expect(throws: WireError.self) { try load(bytes + [0], cuts: { _ in 64 }) }
        #expect(throws: WireError.self) { try load(bytes + bytes, cuts: { _ in 64 }) }
    }

    @Test func abandonedSnapshotLeavesNoTrace() throws {
        let leader = Leader()
        for index in 0..<50 { leader.create("/n\(index)", data: [UInt8](repeating: 1, count: 100)) }
        let writer = ByteWriter()
        leader.state.beginSnapshot()
        #expect(leader.state.nextSnapshotChunk(into: writer, maxBytes: 500))
        #expect(leader.run(.setData, Request.setData("/n40", [2])) == .ok)
        #expect(leader.state.capture.saved.count > 0)
        leader.state.abandonSnapshot()
        #expect(!leader.state.isSnapshotting)
        #expect(leader.run(.setData, Request.setData("/n41", [2])) == .ok)
        #expect(leader.state.capture.saved.count == 0)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
        // Beginning anew abandons, too.
        leader.state.beginSnapshot()
        #expect(leader.run(.setData, Request.setData("/n42", [2])) == .ok)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
    }

    @Test func leaderGoesOnFromALoadedState() throws {
        let leader = Leader()
        leader.create("/q")
        leader.create("/q/n-", flags: 3)
        #expect(leader.run(.setACL, Request.setACL("/q", [.anybody(5)])) == .ok)
        let next = Leader(try leader.state.reloaded(), session: nil)
        #expect(next.state.acl("/q") == [.anybody(5)])
        #expect(next.create("/q/n-", flags: 2) == .ok)
        #expect(next.children("/q") == ["n-0000000000", "n-0000000001"])
        #expect(next.stat("/q")?.cversion == 2)
        #expect(next.run(.closeSession) == .ok)
        #expect(next.children("/q") == ["n-0000000001"])
    }

    /// Flipped bits, cut and joined pieces, lengths gone wild: an error, or the very state.
    @Test(arguments: 1...4 as ClosedRange<UInt64>) func loaderSurvivesAnyBytes(seed: UInt64) throws {
        var random = RandomLoad(seed: seed)
        let leader = Leader()
        for _ in 0..<40 {
            let request = random.request()
            _ = leader.run(request.op, request.body, session: request.session)
        }
        let good = leader.state.snapshot()
        var refused = 0
        for round in 0..<1500 {
            var bytes = good
            switch round % 4 {
            case 0:
                let bit = Int.random(in: 0..<bytes.count * 8, using: &random.random)
                bytes[bit / 8] ^= 1 << UInt8(bit % 8)
            case 1:
                for _ in 0..<8 {
                    bytes[Int.random(in: 0..<bytes.count, using: &random.random)] =
                        [0, 0xff, 0x7f, 0x80, 1].randomElement(using: &random.random)!
                }
            case 2:
                let from = Int.random(in: 0..<bytes.count, using: &random.random)
                bytes.removeSubrange(from..<min(bytes.count, from + Int.random(in: 1..<60, using: &random.random)))
            default:
                let from = Int.random(in: 20..<bytes.count, using: &random.random)
                bytes.insert(contentsOf: good[from..<min(good.count, from + 50)], at: from)
            }
            do {
                let state = try load(bytes, cuts: { Int.random(in: 1..<200, using: &$0) }, seed: seed)
                #expect(state.digest == leader.state.digest)
                // Only the header's zxid is not under the digest; the file's checksum is.
                #expect(bytes[20...] == good[20...])
            } catch {
                #expect(error is WireError)
                refused += 1
            }
        }
        #expect(refused > 1300)
    }

    @Test func loaderRefusesTreesThatCannotBe() throws {
        func node(_ path: String, owner: Int64 = 0) -> [UInt8] {
            let record = Request.make {
                $0.append(string: path)
                $0.appendNull()
                for _ in 0..<5 { $0.append(Int64(0)) }
                $0.append(owner)
                for _ in 0..<3 { $0.append(Int32(0)) }
                $0.append(false)
            }
            return [2] + Request.make { $0.append(Int32(record.count)) } + record
        }
        func session(_ id: Int64) -> [UInt8] {
            [1]
                + Request.make {
                    $0.append(Int32(12))
                    $0.append(id)
                    $0.append(Int32(1000))
                }
        }
        func problem(_ records: [[UInt8]], nodes: UInt64, sessions: UInt64 = 0) -> String? {
            let bytes =
                Request.make {
                    $0.append(SnapshotFormat.magic)
                    $0.append(SnapshotFormat.version)
                    $0.append(UInt64(1))
                } + records.flatMap { $0 } + [3]
                + Request.make {
                    $0.append(Int32(24))
                    $0.append(nodes)
                    $0.append(sessions)
                    $0.append(UInt64(0))
                }
            do {
                _ = try load(bytes, cuts: { _ in 4096 })
                return nil
            } catch { return (error as? WireError)?.description }
        }
        #expect(problem([node("/")], nodes: 1)?.contains("digest") == true)
        #expect(problem([node("/")], nodes: 2)?.contains("2 and 0 expected") == true)
        #expect(problem([node("/a")], nodes: 1)?.contains("without a parent: /a") == true)
        #expect(problem([], nodes: 0)?.contains("no root") == true)
        #expect(problem([node("/"), node("/")], nodes: 2)?.contains("twice: /") == true)
        #expect(problem([node("/a/")], nodes: 1)?.contains("invalid path") == true)
        #expect(problem([node("/e", owner: 5)], nodes: 1)?.contains("unknown session: /e") == true)
        #expect(
            problem([session(5), node("/"), node("/e", owner: 5), node("/e/x")], nodes: 3, sessions: 1)?
                .contains("below an ephemeral node: /e/x") == true
        )
        #expect(problem([session(5), session(5)], nodes: 0)?.contains("out of order") == true)
        #expect(problem([node("/"), session(5)], nodes: 1)?.contains("session after a node") == true)
        #expect(problem([[9, 0, 0, 0, 0]], nodes: 0)?.contains("kind 9") == true)
        #expect(problem([[2, 0x7f, 0, 0, 0]], nodes: 0)?.contains("record of") == true)
    }

    @Test func loaderStaysRefusedOnceItIs() throws {
        let good = ReplicatedState().snapshot()
        let loader = SnapshotLoader()
        #expect(throws: WireError.self) { try [UInt8](repeating: 0, count: 20).withUnsafeBytes { try loader.feed($0) } }
        #expect(throws: WireError.self) { try good.withUnsafeBytes { try loader.feed($0) } }
        #expect(throws: WireError.self) { try loader.finish() }
        let other = SnapshotLoader()
        try good.withUnsafeBytes { try other.feed($0) }
        #expect(try other.finish().digest == ReplicatedState().digest)
        #expect(throws: WireError.self) { try other.finish() }
    }
}
