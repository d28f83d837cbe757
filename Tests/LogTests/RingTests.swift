import Foundation
import Log
import Testing

@Suite struct RingTests {
    @Test func itIsBoundedAndKeepsOrder() {
        let ring = Ring<Int>(capacity: 4)
        #expect(ring.pop() == nil)
        for round in 0..<10 {
            for index in 0..<4 { #expect(ring.push(round * 4 + index)) }
            #expect(!ring.push(-1))
            #expect(ring.count == 4)
            for index in 0..<4 { #expect(ring.pop() == round * 4 + index) }
            #expect(ring.isEmpty && ring.pop() == nil)
        }
    }

    @Test func partlyFullItWraps() {
        let ring = Ring<Int>(capacity: 8)
        var pushed = 0
        var popped = 0
        for step in 0..<100 {
            for _ in 0..<(step % 8) where ring.push(pushed) { pushed += 1 }
            for _ in 0..<(step % 5) {
                guard let element = ring.pop() else { break }
                #expect(element == popped)
                popped += 1
            }
            #expect(ring.count == pushed - popped)
        }
        #expect(pushed > 100)
    }

    private final class Counted: Sendable {
        let drop: @Sendable () -> Void
        init(drop: @escaping @Sendable () -> Void) { self.drop = drop }
        deinit { drop() }
    }

    @Test func whatIsLeftInItIsReleased() {
        final class Box: @unchecked Sendable { var count = 0 }
        let box = Box()
        do {
            let ring = Ring<Counted>(capacity: 4)
            for _ in 0..<3 { #expect(ring.push(Counted { box.count += 1 })) }
            _ = ring.pop()
            #expect(box.count == 1)
        }
        #expect(box.count == 3)
    }

    @Test(arguments: [1, 2, 64]) func twoThreadsKeepOrder(capacity: Int) {
        let ring = Ring<Int>(capacity: capacity)
        let count = 20_000
        let producer = Thread {
            var next = 0
            while next < count {
                if ring.push(next) { next += 1 } else { sched_yield() }
            }
        }
        producer.start()
        var next = 0
        var isOrdered = true
        while next < count {
            guard let element = ring.pop() else {
                sched_yield()
                continue
            }
            isOrdered = isOrdered && element == next
            next += 1
        }
        #expect(isOrdered)
        #expect(ring.pop() == nil)
    }
}
