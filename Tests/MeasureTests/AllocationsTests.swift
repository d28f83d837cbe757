import Foundation
import Glibc
import Testing

@testable import Measure

@Suite struct AllocationsTests {
    @Test func jemallocServesThisProcess() {
        #expect(Allocations.isActive)
        #expect(Allocations.version?.isEmpty == false)
    }

    @Test func countsEveryRequestAlsoThoseThatTheThreadCacheServes() throws {
        Allocations.flushThisThread()
        let before = try #require(Allocations.count())
        let requests = 200_000
        var kept: UInt = 0
        for _ in 0..<requests {
            let block = malloc(48)
            kept &+= UInt(bitPattern: block)
            free(block)
        }
        #expect(kept != 0)
        Allocations.flushThisThread()
        let after = try #require(Allocations.count())
        // Other threads of the test process allocate too: there is a floor and no ceiling.
        #expect(after - before >= UInt64(requests))
    }
}
