import Glibc
import Testing

@testable import Measure

@Suite struct AllocationCounterTests {
    private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
    /// malloc by its address, so that the optimizer cannot leave calls out.
    private static let allocate = unsafeBitCast(dlsym(nil, "malloc")!, to: Allocate.self)

    /// How many requests are counted while the thread makes so many, and the test's own few.
    private static func counted(_ counter: AllocationCounter, requests: Int) -> Int {
        let before = counter.count
        counter.isCounting = true
        var left = requests
        while left > 0 {
            free(allocate(left * 100))
            left -= 1
        }
        counter.isCounting = false
        return counter.count - before
    }

    /// Exactly what the thread asks for while it counts, whatever other threads do.
    @Test func itCountsWhatIsAskedForMeanwhile() throws {
        let counter = try #require(AllocationCounter())
        #expect(counter.count == 0)
        free(Self.allocate(100))
        #expect(counter.count == 0)
        // The first time has the runtime's own requests in it, too.
        _ = Self.counted(counter, requests: 1)
        let few = Self.counted(counter, requests: 10)
        #expect(Self.counted(counter, requests: 10) == few)
        #expect(Self.counted(counter, requests: 500) == few + 490)
        let after = counter.count
        free(Self.allocate(100))
        #expect(counter.count == after)
    }

    /// Threads that do nothing but end while there is a counter: the allocator's own list of threads stays whole.
    @Test func threadsMayEndMeanwhile() {
        for _ in 0..<20 {
            let gates = UnsafeMutablePointer<pthread_barrier_t>.allocate(capacity: 2)
            defer { gates.deallocate() }
            let count = 8
            for gate in 0..<2 { pthread_barrier_init(gates + gate, nil, UInt32(count + 1)) }
            let idle = (0..<count).map { _ in
                Self.started(
                    { gates in
                        let gates = gates!.assumingMemoryBound(to: pthread_barrier_t.self)
                        free(AllocationCounterTests.allocate(10))
                        pthread_barrier_wait(gates)
                        pthread_barrier_wait(gates + 1)
                        return nil
                    },
                    gates
                )
            }
            pthread_barrier_wait(gates)
            var counter = AllocationCounter()
            #expect(counter != nil)
            pthread_barrier_wait(gates + 1)
            for thread in idle { pthread_join(thread, nil) }
            #expect(counter?.count == 0)
            counter = nil
            let busy = (0..<count).map { _ in
                Self.started(
                    { _ in
                        free(AllocationCounterTests.allocate(100))
                        return nil
                    },
                    nil
                )
            }
            for thread in busy { pthread_join(thread, nil) }
        }
    }

    private static func started(
        _ body: @escaping @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer?,
        _ context: UnsafeMutableRawPointer?
    ) -> pthread_t {
        var thread = pthread_t()
        precondition(pthread_create(&thread, nil, body, context) == 0)
        return thread
    }
}
