import TestSupport
import Testing
import Wire
import Zab

@testable import Znodes

@Suite struct ListingTests {
    static let slices = ListingBounds(sliceChildren: 3, sliceBytes: .max, bytesMax: 1 << 20)

    /// A listing in progress, and what it must be in the end.
    private struct Expected {
        var names: [String]
        var stat: Stat
        var size: Int
        let reply = ByteWriter()
    }

    private func begin(_ state: ReplicatedState, _ path: String, _ watcher: WatcherID) throws -> Expected {
        let names = try #require(state.children(path))
        var expected = Expected(names: names, stat: try #require(state.stat(path)), size: 0)
        let result = Request.read(path, watch: false).withUnsafeBytes {
            state.read(.getChildren2, body: $0, watcher: watcher, reply: expected.reply, bounds: Self.slices)
        }
        guard case .begun(let size) = result else {
            Issue.record("\(result) for \(names.count) children")
            return expected
        }
        expected.size = size
        return expected
    }

    private func check(_ expected: Expected) throws {
        #expect(expected.reply.count == expected.size)
        try expected.reply.bytes.withMemoryRebound(to: UInt8.self) { _ in
            var reader = ByteReader(expected.reply.bytes)
            let count = try #require(try reader.vectorCount(minimumSize: 4))
            let names = try (0..<count).map { _ in try reader.string() }
            #expect(names.sorted() == expected.names)
            #expect(try Stat(from: &reader) == expected.stat)
            #expect(reader.remaining == 0)
        }
    }

    @Test func smallListingsAreWholeAndHugeOnesRefused() {
        let leader = Leader()
        for name in ["a", "b", "c"] { leader.create("/" + name) }
        let reply = ByteWriter()
        let body = Request.read("/", watch: true)
        func read(_ bounds: ListingBounds) -> ReadResult {
            body.withUnsafeBytes { leader.state.read(.getChildren, body: $0, watcher: 1, reply: reply, bounds: bounds) }
        }
        guard case .whole(.ok, children: 4) = read(.unlimited) else {
            Issue.record("not whole")
            return
        }
        let size = reply.count
        let watches = leader.state.watchCount
        guard
            case .whole(.marshallingError, _) = read(
                ListingBounds(sliceChildren: .max, sliceBytes: .max, bytesMax: size - 1)
            )
        else { Issue.record("not refused"); return }
        #expect(leader.state.watchCount == watches)
        guard case .begun(size) = read(ListingBounds(sliceChildren: .max, sliceBytes: 8, bytesMax: .max)) else {
            Issue.record("large in bytes, and answered at once")
            return
        }
        leader.state.abandonListing(of: 1)
        #expect(!leader.state.isListing)
    }

    /// Several listings of two nodes at once, with creates, deletes (of whole families, too) and snapshots in between:
    /// each shows the children of the moment at which it began.
    @Test(arguments: 1...40 as ClosedRange<UInt64>)
    func aListingShowsTheStateAtItsBeginning(seed: UInt64) throws {
        var random = seed
        func below(_ bound: Int) -> Int {
            random = random &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(random >> 33) % bound
        }
        let leader = Leader()
        for parent in ["/a", "/b"] {
            leader.create(parent)
            for child in 0..<(4 + below(12)) { leader.create("\(parent)/old\(child)") }
        }
        var listings: [WatcherID: Expected] = [:]
        var begun = 0
        for step in 0..<200 {
            let parent = below(2) == 0 ? "/a" : "/b"
            switch below(8) {
            case 0, 1:
                guard leader.state.children(parent)!.count > 3, listings.count < 4 else { continue }
                begun += 1
                listings[WatcherID(begun)] = try begin(leader.state, parent, WatcherID(begun))
            case 2, 3: leader.create("\(parent)/new\(step)")
            case 4, 5:
                guard let children = leader.state.children(parent), let name = children.randomElement(below) else {
                    continue
                }
                #expect(leader.run(.delete, Request.delete("\(parent)/\(name)")) == .ok)
            case 6:
                // The node itself goes, and its slot is used again.
                guard below(4) == 0 else { continue }
                for name in leader.state.children(parent)! {
                    #expect(leader.run(.delete, Request.delete("\(parent)/\(name)")) == .ok)
                }
                #expect(leader.run(.delete, Request.delete(parent)) == .ok)
                leader.create("/c\(step)")
                leader.create(parent)
                for child in 0..<5 { leader.create("\(parent)/again\(child)") }
            default:
                guard let watcher = listings.keys.sorted().first else { continue }
                if below(10) == 0 {
                    leader.state.abandonListing(of: watcher)
                    listings[watcher] = nil
                    continue
                }
                let (visited, isWhole) = leader.state.continueListing(of: watcher, childrenMax: 3, bytesMax: .max)
                #expect(visited <= 3)
                if isWhole { try check(listings.removeValue(forKey: watcher)!) }
            }
        }
        for (watcher, expected) in listings {
            while !leader.state.continueListing(of: watcher, childrenMax: 3, bytesMax: .max).isWhole {}
            try check(expected)
        }
        #expect(!leader.state.isListing)
        for slot in 0..<leader.state.nodes.highWater where leader.state.nodes[slot].pointee.pathCount > 0 {
            #expect(leader.state.nodes[slot].pointee.listings == 0)
        }
        checkSizes(leader.state)
        checkSizes(try load(leader.state.snapshot()))
    }

    private func load(_ bytes: [UInt8]) throws -> ReplicatedState {
        let loader = SnapshotLoader()
        try bytes.withUnsafeBytes { try loader.feed($0) }
        return try loader.finish()
    }

    /// An answer's size is known without a walk.
    private func checkSizes(_ state: ReplicatedState) {
        for path in ["/", "/a", "/b"] {
            for op in [OpCode.getChildren, .getChildren2, .getData, .exists] {
                let (code, body) = state.read(op, path)
                guard code == .ok else { continue }
                let cost = Request.read(path, watch: false).withUnsafeBytes { state.cost(of: op, body: $0) }
                #expect(cost.bytes == body.count, "\(op) \(path)")
            }
        }
    }

    /// No step visits more than a slice, and the answer is the set.
    @Test func aMillionChildrenAreListedInSlices() throws {
        let state = ReplicatedState()
        let root = state.nodes.find(PathKey(start: PathRules.root.utf8Start, count: 1))
        let count = 1_000_000
        for number in 0..<count as Range<Int> {
            withUnsafeTemporaryAllocation(byteCount: 9, alignment: 1) { path in
                path[0] = UInt8(ascii: "/")
                path.storeBytes(of: UInt64(number).bigEndian, toByteOffset: 1, as: UInt64.self)
                let slot = state.nodes.insert(PathKey(UnsafeRawBufferPointer(path)), dataCapacity: 0)
                state.nodes.link(slot, under: root)
            }
        }
        let reply = ByteWriter()
        let bounds = ListingBounds(sliceChildren: 4096, sliceBytes: 1 << 20, bytesMax: 1 << 30)
        let result = Request.read("/", watch: false).withUnsafeBytes {
            state.read(.getChildren, body: $0, watcher: 7, reply: reply, bounds: bounds)
        }
        guard case .begun(let size) = result else { Issue.record("\(result)"); return }
        var seen = [Bool](repeating: false, count: count)
        var (others, taken, isWhole) = (0, reply.count, false)
        reply.removeAll()
        while !isWhole {
            let step = state.continueListing(of: 7, childrenMax: 4096, bytesMax: 1 << 20)
            isWhole = step.isWhole
            #expect(step.visited <= 4096)
            taken += reply.count
            var reader = ByteReader(reply.bytes)
            while reader.remaining > 0 {
                let name = try reader.nonNullBuffer()
                let number = name.count == 8 ? Int(UInt64(bigEndian: name.loadUnaligned(as: UInt64.self))) : count
                if number < count, !seen[number] { seen[number] = true } else { others += 1 }
            }
            reply.removeAll()
        }
        #expect(taken == size)
        #expect(seen.allSatisfy { $0 })
        #expect(others == 1, "/zookeeper")
    }
}

extension Array {
    fileprivate func randomElement(_ below: (Int) -> Int) -> Element? { isEmpty ? nil : self[below(count)] }
}
