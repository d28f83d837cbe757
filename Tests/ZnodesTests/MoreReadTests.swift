import Randomness
import TestSupport
import Testing
import Wire

@testable import Znodes

/// getEphemerals, getAllChildrenNumber and multiRead, as ZooKeeper 3.8.0 was seen to answer them.
@Suite struct MoreReadTests {
    private static func answer(
        _ state: ReplicatedState,
        _ op: OpCode,
        _ body: [UInt8],
        _ bounds: ListingBounds = .unlimited
    ) -> (code: ErrorCode, body: [UInt8]) {
        let reply = ByteWriter()
        let result = body.withUnsafeBytes { state.read(op, body: $0, watcher: 1, reply: reply, bounds: bounds) }
        guard case .whole(let code, _) = result else { return (.systemError, []) }
        return (code, Array(reply.bytes))
    }

    // MARK: getEphemerals

    private static func ephemerals(
        _ state: ReplicatedState,
        _ body: [UInt8],
        session: Int64 = 1,
        _ bounds: ListingBounds = .unlimited
    ) -> [String]? {
        let reply = ByteWriter()
        let result = body.withUnsafeBytes {
            state.readEphemerals(of: session, body: $0, reply: reply, bounds: bounds)
        }
        guard case .whole(.ok, _) = result else { return nil }
        var reader = ByteReader(reply.bytes)
        let count = try! reader.vectorCount(minimumSize: 4)!
        let paths = (0..<count).map { _ in try! reader.string() }
        #expect(reader.remaining == 0)
        return paths.sorted()
    }

    @Test func prefixesOfEphemerals() {
        let leader = Leader()
        #expect(leader.run(.createSession, Request.createSession(), session: 2) == .ok)
        leader.create("/w")
        for path in ["/w/e1", "/w/e2", "/we3"] { #expect(leader.create(path, flags: 1) == .ok) }
        leader.create("/w/other", flags: 1, session: 2)
        leader.create("/w/none")
        let all = ["/w/e1", "/w/e2", "/we3"]
        let wanted: [(String?, [String])] = [
            (nil, all), ("", all), ("/", all), (" / ", all), ("  ", all), ("\t", all), ("/\0", all), ("\0", all),
            ("/w", all), ("/w/", ["/w/e1", "/w/e2"]), ("/w/e1", ["/w/e1"]), (" /w", []), ("/w ", []), ("nope", []),
            ("\u{a0}", []), ("/w/e11", []), ("//", []),
        ]
        for (prefix, expected) in wanted {
            let body = prefix.map(Request.path) ?? [255, 255, 255, 255]
            #expect(Self.ephemerals(leader.state, body) == expected, "\(prefix ?? "null")")
        }
        #expect(Self.ephemerals(leader.state, Request.path("/"), session: 2) == ["/w/other"])
        #expect(Self.ephemerals(leader.state, Request.path("/"), session: 3) == [])
        #expect(Self.ephemerals(leader.state, [0, 0, 0, 2, 47]) == nil)
        #expect(Self.ephemerals(leader.state, []) == nil)
        _ = leader.run(.delete, Request.delete("/w/e2"))
        #expect(Self.ephemerals(leader.state, Request.path("/")) == ["/w/e1", "/we3"])
        #expect(leader.state.costOfEphemerals(of: 1) == 4 + (4 + 5) + (4 + 4))
        let bounds = ListingBounds(sliceChildren: 1, sliceBytes: 1, bytesMax: 1, costMax: 17 + 2 * 10, childCost: 10)
        #expect(Self.ephemerals(leader.state, Request.path("/"), bounds) == ["/w/e1", "/we3"])
        leader.create("/f", flags: 1)
        #expect(Self.ephemerals(leader.state, Request.path("/nope"), bounds) == nil, "too many to look at in one go")
    }

    @Test func ephemeralsOfALoadedSnapshotAreCounted() throws {
        let leader = Leader()
        for index in 0..<50 { leader.create("/e\(index)", flags: 1) }
        let loaded = try leader.state.reloaded()
        #expect(loaded.costOfEphemerals(of: 1) == leader.state.costOfEphemerals(of: 1))
        #expect(Self.ephemerals(loaded, Request.path("/"))?.count == 50)
    }

    // MARK: getAllChildrenNumber

    private static func count(_ state: ReplicatedState, _ path: String, slice: Int = .max) -> Int32 {
        let reply = ByteWriter()
        let bounds = ListingBounds(sliceChildren: slice, sliceBytes: .max, bytesMax: .max)
        let result = Request.path(path).withUnsafeBytes {
            state.read(.getAllChildrenNumber, body: $0, watcher: 1, reply: reply, bounds: bounds)
        }
        switch result {
        case .whole(.ok, _): break
        case .whole(let code, _): return code.rawValue
        case .begun(let size):
            #expect(size == 4)
            while !state.continueListing(of: 1, childrenMax: slice, bytesMax: .max).isWhole {}
        }
        var reader = ByteReader(reply.bytes)
        let count = try! reader.int32()
        #expect(reader.remaining == 0)
        return count
    }

    @Test func nodesBelow() {
        let leader = Leader()
        for path in ["/w", "/w/a", "/w/a/b", "/w/a/c", "/w/a/c/d", "/w/e", "/wx", "/wx/y"] { leader.create(path) }
        let counts: [(String, Int32)] = [
            ("/", 11), ("", 12), ("/w", 5), ("/w/a", 3), ("/w/a/c", 1), ("/w/e", 0), ("/wx", 1), ("/zookeeper", 2),
            ("/zookeeper/quota", 0), ("nope", -101), ("/w/", -101), ("/nope", -101),
        ]
        for (path, expected) in counts {
            for slice in [1, 2, 3, 100] { #expect(Self.count(leader.state, path, slice: slice) == expected, "\(path)") }
        }
        #expect(Self.answer(leader.state, .getAllChildrenNumber, [0, 0, 0, 9]).code == .marshallingError)
        #expect(leader.state.counts.isEmpty)
    }

    /// However the tree changes between the slices, the answer is of the moment at which it began.
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func aCountInSlicesIsOfOneMoment(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let leader = Leader()
        var paths = ["/w", "/v"]
        for path in paths { leader.create(path) }
        func grow() {
            let path = paths[random.below(paths.count)] + "/\(random.below(1000))"
            if leader.create(path) == .ok { paths.append(path) }
        }
        func shrink() {
            let index = 2 + random.below(max(1, paths.count - 2))
            guard index < paths.count, leader.run(.delete, Request.delete(paths[index])) == .ok else { return }
            paths.remove(at: index)
        }
        for _ in 0..<300 { grow() }
        for _ in 0..<20 {
            for _ in 0..<40 { shrink() }
            let expected = Int32(paths.count { $0.hasPrefix("/w/") })
            let reply = ByteWriter()
            let bounds = ListingBounds(sliceChildren: 7, sliceBytes: .max, bytesMax: .max)
            let result = Request.path("/w").withUnsafeBytes {
                leader.state.read(.getAllChildrenNumber, body: $0, watcher: 1, reply: reply, bounds: bounds)
            }
            if case .begun = result {
                repeat {
                    for _ in 0..<4 { random.below(2) == 0 ? grow() : shrink() }
                } while !leader.state.continueListing(of: 1, childrenMax: 7, bytesMax: .max).isWhole
            }
            var reader = ByteReader(reply.bytes)
            let found = try? reader.int32()
            #expect(found == expected)
            for _ in 0..<40 { grow() }
        }
        #expect(leader.state.counts.isEmpty)
    }

    @Test func anAbandonedCountIsForgotten() {
        let leader = Leader()
        leader.create("/w")
        for index in 0..<10 { leader.create("/w/\(index)") }
        let bounds = ListingBounds(sliceChildren: 2, sliceBytes: .max, bytesMax: .max)
        _ = Request.path("/w").withUnsafeBytes {
            leader.state.read(.getAllChildrenNumber, body: $0, watcher: 4, reply: ByteWriter(), bounds: bounds)
        }
        #expect(leader.state.counts.count == 1)
        leader.state.abandonListing(of: 4)
        #expect(leader.state.counts.isEmpty)
    }

    // MARK: multiRead

    @Test func eachOfAMultiReadFailsByItself() {
        let leader = Leader()
        leader.create("/m")
        leader.create("/m/a", data: [65])
        leader.create("/m/n", data: nil)
        let body = Request.multi([
            (.getData, Request.read("/m/a", watch: true)), (.getChildren, Request.read("/m", watch: true)),
            (.getData, Request.read("/zz")), (.getChildren, Request.read("zz/")), (.getData, Request.read("/m/n")),
        ])
        let (code, answer) = Self.answer(leader.state, .multiRead, body)
        #expect(code == .ok)
        let expected = Request.make { writer in
            func header(_ type: Int32, _ done: Bool, _ error: Int32) {
                writer.append(type)
                writer.append(done)
                writer.append(error)
            }
            header(4, false, 0)
            [UInt8(65)].withUnsafeBytes(writer.append(buffer:))
            leader.stat("/m/a")!.encode(into: writer)
            header(8, false, 0)
            writer.append(Int32(2))
            for name in ["n", "a"] { writer.append(string: name) }
            for _ in 0..<2 {
                header(-1, false, -101)
                writer.append(Int32(-101))
            }
            header(4, false, 0)
            writer.appendNull()
            leader.stat("/m/n")!.encode(into: writer)
            header(-1, true, -1)
        }
        #expect(answer == expected)
        #expect(leader.state.watchCount == 0, "a multiRead sets no watch")
        let cost = body.withUnsafeBytes { leader.state.cost(of: .multiRead, body: $0) }
        #expect(cost.bytes >= answer.count)
        #expect(Self.answer(leader.state, .multiRead, body + [1, 2, 3]) == (.ok, answer))
        #expect(Self.answer(leader.state, .multiRead, Request.multi([])) == (.ok, bytes(hex: "ffffffff01ffffffff")))
    }

    @Test func whatIsNoMultiRead() {
        let leader = Leader()
        let read = (OpCode.getData, Request.read("/"))
        let others: [(OpCode, [UInt8])] = [
            (.exists, Request.read("/")), (.getChildren2, Request.read("/")), (.getACL, Request.path("/")),
            (.delete, Request.delete("/z")), (.check, Request.delete("/")), (.create, Request.create("/z")),
            (.getData, [255, 255, 255, 255, 0]),
        ]
        for other in others {
            #expect(Self.answer(leader.state, .multiRead, Request.multi([other])).code == .marshallingError)
            #expect(Self.answer(leader.state, .multiRead, Request.multi([read, other])).code == .marshallingError)
        }
        let whole = Request.multi([read, read])
        for count in 0..<whole.count {
            #expect(Self.answer(leader.state, .multiRead, Array(whole[..<count])).code == .marshallingError)
        }
    }

    @Test func aMultiReadThatCostsTooMuchIsRefused() {
        let leader = Leader()
        leader.create("/big", data: Array(repeating: 1, count: 1000))
        leader.create("/many")
        for index in 0..<20 { leader.create("/many/\(index)") }
        let bounds = ListingBounds(sliceChildren: 5, sliceBytes: 10, bytesMax: 10, costMax: 2300, childCost: 50)
        func code(_ data: Int, _ lists: Int) -> ErrorCode {
            let parts =
                Array(repeating: (OpCode.getData, Request.read("/big")), count: data)
                + Array(repeating: (OpCode.getChildren, Request.read("/many")), count: lists)
            return Self.answer(leader.state, .multiRead, Request.multi(parts), bounds).code
        }
        #expect(code(2, 0) == .ok)
        #expect(code(3, 0) == .marshallingError)
        #expect(code(0, 2) == .ok)
        #expect(code(0, 3) == .marshallingError)
        #expect(code(2, 1) == .marshallingError)
        let body = Request.multi(Array(repeating: (OpCode.getData, Request.read("/big")), count: 1000))
        let cost = body.withUnsafeBytes { leader.state.cost(of: .multiRead, body: $0, bounds: bounds) }
        #expect(cost.bytes == bounds.costMax)
    }
}
