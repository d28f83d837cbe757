import Glibc
import Testing

@testable import Measure

@Suite struct AllocationCounterTests {
    private typealias Allocate = @convention(c) (Int) -> UnsafeMutableRawPointer?
    /// malloc by its address, so that the optimizer cannot leave calls out.
    private static let allocate = unsafeBitCast(dlsym(nil, "malloc")!, to: Allocate.self)

    /// Exactly what the thread asks for while it counts, whatever other threads do.
    @Test func itCountsWhatIsAskedForMeanwhile() throws {
        let counter = try #require(AllocationCounter())
        #expect(counter.count == 0)
        let allocate = Self.allocate
        free(allocate(100))
        #expect(counter.count == 0)
        counter.isCounting = true
        for size in [1, 64, 5_000, 1 << 20] { free(allocate(size)) }
        counter.isCounting = false
        free(allocate(100))
        #expect(counter.count == 4)
    }
}
