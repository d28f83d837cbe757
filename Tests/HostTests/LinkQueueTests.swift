import Host
import Testing
import Zab

@Suite struct LinkQueueTests {
    typealias Queue = LinkQueue<String, Int>

    private func zxid(_ epoch: Epoch, _ counter: UInt32) -> Zxid { Zxid(epoch: epoch, counter: counter) }

    private func put(_ text: String, count: Int, into queue: inout Queue, passing: Bool = false) -> Bool {
        queue.append(text, count: count, passing: passing)
    }

    /// Takes everything out, a run in one piece.
    private func drain(_ queue: inout Queue) -> [String] {
        var out: [String] = []
        while let item = queue.first {
            switch item {
            case .bytes(let text, _):
                out.append(text)
                queue.removeFirst()
            case .records(let after, let through):
                out.append("\(after)-\(through)")
                queue.sent(through: through)
            case .snapshot(let number):
                out.append("snapshot \(number)")
                queue.removeFirst()
            }
        }
        return out
    }

    @Test func runsAtTheTipGrowIntoOne() {
        var queue = Queue()
        #expect(queue.isEmpty && queue.first == nil && queue.oldestNeeded == nil)
        queue.appendRecords(after: zxid(1, 1), through: zxid(1, 4))
        queue.appendRecords(after: zxid(1, 4), through: zxid(1, 5))
        queue.appendRecords(after: zxid(1, 5), through: zxid(1, 9))
        #expect(queue.count == 1)
        #expect(drain(&queue) == ["1.1-1.9"])
    }

    @Test func runsAreNotJoinedAcrossAGapAnEpochOrAnotherItem() {
        var queue = Queue()
        queue.appendRecords(after: zxid(1, 1), through: zxid(1, 4))
        queue.appendRecords(after: zxid(1, 4), through: zxid(2, 1))
        queue.appendRecords(after: zxid(2, 1), through: zxid(2, 2))
        #expect(put("commit", count: 1, into: &queue))
        queue.appendRecords(after: zxid(2, 2), through: zxid(2, 3))
        queue.append(snapshot: 7)
        queue.appendRecords(after: zxid(2, 5), through: zxid(2, 6))
        queue.appendRecords(after: zxid(2, 7), through: zxid(2, 8))
        #expect(
            drain(&queue) == ["1.1-1.4", "1.4-2.2", "commit", "2.2-2.3", "snapshot 7", "2.5-2.6", "2.7-2.8"]
        )
        #expect(queue.isEmpty)
    }

    @Test func aRunThatHasGoneOutInPartStaysFirstAndStillGrows() {
        var queue = Queue()
        #expect(put("hello", count: 1, into: &queue))
        queue.appendRecords(after: zxid(3, 1), through: zxid(3, 9))
        #expect(queue.oldestNeeded == zxid(3, 1))
        queue.removeFirst()
        queue.sent(through: zxid(3, 5))
        #expect(queue.oldestNeeded == zxid(3, 5) && queue.count == 1)
        queue.appendRecords(after: zxid(3, 9), through: zxid(3, 12))
        #expect(drain(&queue) == ["3.5-3.12"])
        // Nothing that has gone out is taken for the tip.
        queue.appendRecords(after: zxid(3, 12), through: zxid(3, 13))
        #expect(drain(&queue) == ["3.12-3.13"])
        #expect(queue.oldestNeeded == nil)
    }

    @Test func theOrderSurvivesCompaction() {
        var queue = Queue()
        var sent: [String] = []
        for index in 0..<3000 {
            #expect(put("\(index)", count: 1, into: &queue))
            // Two in, one out, so that the front is given up while the back grows.
            if index % 2 == 1, case .bytes(let text, _) = queue.first {
                sent.append(text)
                queue.removeFirst()
            }
        }
        #expect(queue.count == 1500)
        #expect(sent + drain(&queue) == (0..<3000).map(String.init))
    }

    @Test func bytesBeyondTheBoundAreRefused() {
        var queue = Queue(bytesMax: 100)
        #expect(put("60", count: 60, into: &queue))
        #expect(put("40", count: 40, into: &queue))
        #expect(!put("1", count: 1, into: &queue))
        // What of the history waits is no bytes.
        queue.appendRecords(after: zxid(1, 1), through: zxid(1, 4))
        queue.removeFirst()
        #expect(queue.byteCount == 40)
        #expect(put("60", count: 60, into: &queue))
        #expect(drain(&queue) == ["40", "1.1-1.4", "60"])
        #expect(queue.byteCount == 0)
    }

    @Test func heartbeatsPassWhatWaitsInTheirOwnOrder() {
        var queue = Queue()
        #expect(put("requests", count: 8, into: &queue))
        queue.append(snapshot: 7)
        queue.appendRecords(after: zxid(1, 1), through: zxid(1, 9))
        #expect(put("ack", count: 3, into: &queue, passing: true))
        #expect(put("pong", count: 4, into: &queue, passing: true))
        // The tip of the history is still the tip.
        queue.appendRecords(after: zxid(1, 9), through: zxid(1, 12))
        #expect(queue.oldestNeeded == zxid(1, 1) && queue.count == 5 && queue.byteCount == 15)
        #expect(drain(&queue) == ["ack", "pong", "requests", "snapshot 7", "1.1-1.12"])
        #expect(queue.isEmpty && queue.byteCount == 0)
    }

    @Test func aRunThatGoesOutInPartsIsPassedBetweenThem() {
        var queue = Queue()
        queue.appendRecords(after: zxid(1, 1), through: zxid(1, 9))
        #expect(put("ping", count: 4, into: &queue, passing: true))
        // A part of the run was on its way when the ping came.
        queue.sent(through: zxid(1, 5))
        #expect(drain(&queue) == ["ping", "1.5-1.9"])
    }
}
