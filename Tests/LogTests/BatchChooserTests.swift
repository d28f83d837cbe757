import Testing
import Wire
import Zab

@testable import Log

/// Which records make a group, at made-up times.
@Suite struct BatchChooserTests {
    /// Batches of so many records each, 100 bytes of payload a record.
    private func batches(_ counts: [Int]) -> [RecordBatch] {
        var chain: UInt32 = 0
        var counter: UInt32 = 0
        return counts.map { count in
            let zxids = (0..<count).map { _ in
                counter += 1
                return Zxid(epoch: 1, counter: counter)
            }
            let batch = RecordBatch.make(zxids, chain: chain, payloadSize: 100)
            chain = batch.chainAfter
            return batch
        }
    }

    private func chooser(_ label: String, _ counts: [Int], at time: UInt64 = 0) throws -> BatchChooser {
        var chooser = BatchChooser(try BatchPolicy(label: label))
        for batch in batches(counts) { chooser.add(batch, at: time) }
        return chooser
    }

    /// The numbers of records of the groups that are taken without a wait; every record once, in order.
    private func groups(_ chooser: inout BatchChooser, at time: UInt64 = 0) -> [Int] {
        var sizes: [Int] = []
        var next: UInt32 = 1
        while case .take(let batches) = chooser.next(at: time, isUrgent: false) {
            sizes.append(batches.reduce(0) { $0 + $1.count })
            for batch in batches {
                batch.forEachRecord { zxid, payload in
                    #expect(zxid.counter == next && payload.count == 100)
                    next += 1
                }
                #expect(batch.last.counter == next - 1)
            }
        }
        return sizes
    }

    @Test(arguments: [
        ("natural", [7]), ("overlapped", [7]), ("adaptive", [7]), ("each", [1, 1, 1, 1, 1, 1, 1]),
        ("count_3", [3, 3, 1]), ("count_100", [7]), ("bytes_512", [4, 3]), ("bytes_600", [5, 2]),
    ]) func takesWhatThePolicySays(label: String, sizes: [Int]) throws {
        var chooser = try chooser(label, [1, 5, 1])
        #expect(groups(&chooser) == sizes)
        #expect(chooser.count == 0)
    }

    @Test func aRecordLargerThanTheLimitGoesAlone() throws {
        var chooser = BatchChooser(.bytes(512))
        var chain: UInt32 = 0
        for counter in 1...3 as ClosedRange<UInt32> {
            let batch = RecordBatch.make(
                [Zxid(epoch: 1, counter: counter)],
                chain: chain,
                payloadSize: counter == 2 ? 5000 : 100
            )
            chain = batch.chainAfter
            chooser.add(batch, at: 0)
        }
        var sizes: [Int] = []
        while case .take(let batches) = chooser.next(at: 0, isUrgent: false) {
            sizes.append(batches.reduce(0) { $0 + $1.bytes.count })
        }
        #expect(sizes == [116, 5016, 116])
    }

    @Test func aDelayCountsFromTheFirst() throws {
        var chooser = try chooser("delay_50us", [1], at: 1000)
        guard case .wait(let until) = chooser.next(at: 2000, isUrgent: false) else {
            Issue.record("did not wait")
            return
        }
        #expect(until == 51_000)
        chooser.add(batches([1, 1])[1], at: 40_000)
        guard case .wait(51_000) = chooser.next(at: 50_999, isUrgent: false) else {
            Issue.record("the second moved the end")
            return
        }
        guard case .take(let batches) = chooser.next(at: 51_000, isUrgent: false) else {
            Issue.record("waited too long")
            return
        }
        #expect(batches.count == 2)
    }

    @Test func whatIsUrgentDoesNotWait() throws {
        var chooser = try chooser("delay_1000us", [1, 1], at: 1)
        guard case .take(let batches) = chooser.next(at: 2, isUrgent: true) else {
            Issue.record("waited")
            return
        }
        #expect(batches.count == 2)
    }

    /// Syncs of 100 microseconds without a pause and a record every 10: half a sync is worth waiting. With a pause, or
    /// with a record every second, it is not.
    @Test func adaptiveWaitsOnlyWhereItPays() throws {
        func wait(gap: UInt64, every interval: UInt64) -> UInt64? {
            var chooser = BatchChooser(.adaptive)
            let some = batches([Int](repeating: 1, count: 600))
            var now: UInt64 = 0
            for round in 0..<50 {
                let count = max(1, Int((100_000 + gap) / interval))
                for index in 0..<min(count, 10) { chooser.add(some[round * 10 + index], at: now) }
                guard case .take = chooser.next(at: now, isUrgent: true) else { return nil }
                chooser.noteSync(from: now, to: now + 100_000)
                now += 100_000 + max(gap, interval > 100_000 ? interval - 100_000 : 0)
            }
            chooser.add(some[599], at: now)
            guard case .wait(let until) = chooser.next(at: now, isUrgent: false) else { return nil }
            return until - now
        }
        let busy = wait(gap: 0, every: 10_000)
        #expect(busy.map { (45_000...50_000).contains($0) } == true)
        #expect(wait(gap: 1_000_000, every: 10_000) == nil)
        #expect(wait(gap: 0, every: 1_000_000_000) == nil)
    }
}
