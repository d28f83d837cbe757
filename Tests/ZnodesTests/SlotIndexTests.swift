import Randomness
import TestSupport
import Testing
import Wire

@testable import Znodes

@Suite struct SlotIndexTests {
    /// Few distinct homes, so that runs of buckets collide, wrap round and are shifted back.
    @Test(arguments: 1...6 as ClosedRange<UInt64>) func behavesLikeADictionary(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var index = SlotIndex(capacity: 16)
        defer { index.deallocate() }
        var model: [Int32: UInt64] = [:]
        func found(_ hash: UInt64, _ slot: Int32) -> Bool {
            var position = index.start(hash)
            while index.buckets[position].slot >= 0 {
                if index.buckets[position].slot == slot {
                    return index.buckets[position].tag == UInt32(truncatingIfNeeded: hash)
                }
                position = index.next(position)
            }
            return false
        }
        for step in 0..<3000 {
            let slot = Int32.random(in: 0..<100, using: &random)
            if let hash = model[slot] {
                index.remove(hash, slot: slot)
                model[slot] = nil
                #expect(!found(hash, slot))
            } else {
                let hash = UInt64.random(in: 0..<8, using: &random) | UInt64.random(in: 0..<4, using: &random) << 30
                index.insert(hash, slot: slot)
                model[slot] = hash
            }
            #expect(index.count == model.count)
            if step % 50 == 0 { for (slot, hash) in model { #expect(found(hash, slot)) } }
        }
    }

    /// Enough nodes for several chunks and growths of the index.
    @Test func manyNodes() throws {
        let leader = Leader()
        for index in 0..<9000 { #expect(leader.create("/node-\(index)") == .ok) }
        #expect(leader.state.nodeCount == 9004)
        for index in stride(from: 0, to: 9000, by: 2) {
            #expect(leader.run(.delete, Request.delete("/node-\(index)")) == .ok)
        }
        #expect(leader.stat("/node-8999") != nil)
        #expect(leader.stat("/node-8998") == nil)
        let reached = leader.state.nodes.highWater
        for index in 0..<4000 { leader.create("/again-\(index)") }
        #expect(leader.state.nodes.highWater == reached)
        #expect(try leader.state.reloaded().digest == leader.state.digest)
    }
}
