import Replica
import TestSupport
import Testing
import Wire
import Zab

@Suite struct RecentHistoryTests {
    /// Batches of the given sizes (in records) in epoch 1, counters from 1.
    static func history(_ sizes: [Int]) -> RecentHistory {
        var history = RecentHistory()
        for size in sizes { history.append(batch(size, after: history.last, chain: history.chain)) }
        return history
    }

    static func batch(_ size: Int, after: Zxid, chain: UInt32, epoch: Epoch = 1) -> RecordBatch {
        let start = after.epoch == epoch ? after.counter : 0
        let zxids = (0..<UInt32(size)).map { Zxid(epoch: epoch, counter: start + 1 + $0) }
        return RecordBatch.make(zxids, chain: chain) { zxid, writer in writer.append(zxid.rawValue) }
    }

    static func zxid(_ counter: UInt32) -> Zxid { Zxid(epoch: 1, counter: counter) }

    @Test func appliesEachRecordOnceUpToTheLimit() {
        var history = Self.history([3, 1, 2])
        var seen: [UInt32] = []
        for limit in [2, 2, 4, 6] as [UInt32] {
            while let record = history.nextToApply(through: Self.zxid(limit)) { seen.append(record.zxid.counter) }
        }
        #expect(seen == [1, 2, 3, 4, 5, 6])
        #expect(history.appliedChain == history.chain)
    }

    @Test func trimDropsOnlyWhatIsApplied() {
        var history = Self.history([2, 2, 2])
        while history.nextToApply(through: Self.zxid(3)) != nil {}
        history.trim(toByteCount: 0)
        #expect(history.base == Self.zxid(2))
        #expect(history.run(after: Self.zxid(1), through: Self.zxid(6), maxBytes: 1 << 20) == nil)
        #expect(history.nextToApply(through: Self.zxid(6))?.zxid == Self.zxid(4))
    }

    @Test(arguments: [3, 4, 5, 6] as [UInt32])
    func truncateCutsInsideABatchAndGoesOn(cut: UInt32) {
        var history = Self.history([2, 4])
        while history.nextToApply(through: Self.zxid(3)) != nil {}
        history.truncate(after: Self.zxid(cut))
        #expect(history.last == Self.zxid(cut))
        // A later epoch's record follows the cut one, as after a change of leader.
        history.append(Self.batch(1, after: history.last, chain: history.chain, epoch: 2))
        var seen: [Zxid] = []
        while let record = history.nextToApply(through: Zxid(epoch: 2, counter: 1)) { seen.append(record.zxid) }
        #expect(seen == (4..<(cut + 1)).map(Self.zxid) + [Zxid(epoch: 2, counter: 1)])
    }

    @Test func runsCoverTheHistoryWithoutGapOrOverlap() throws {
        let history = Self.history([3, 1, 4])
        for maxBytes in [1, 30, 60, 1000] {
            for start in 0..<8 as Range<UInt32> {
                var after = start == 0 ? Zxid.zero : Self.zxid(start)
                var chain = try Self.chain(of: history, at: after)
                while after < Self.zxid(7) {
                    let run = try #require(history.run(after: after, through: Self.zxid(7), maxBytes: maxBytes))
                    let bytes = UnsafeRawBufferPointer(rebasing: run.batch.bytes[run.range])
                    let verified = try RecordBatch(verifying: bytes, after: after, chain: chain)
                    #expect(verified.last == run.last && run.last <= Self.zxid(7))
                    after = run.last
                    chain = verified.chainAfter
                }
            }
        }
    }

    private static func chain(of history: RecentHistory, at zxid: Zxid) throws -> UInt32 {
        var copy = history
        while copy.nextToApply(through: zxid) != nil {}
        return copy.appliedChain
    }
}
