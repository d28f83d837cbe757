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
}
