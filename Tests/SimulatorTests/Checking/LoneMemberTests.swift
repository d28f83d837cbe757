import Testing

@testable import Simulator

/// A real server of one, with clients that pipeline reads and writes.
@Suite struct LoneMemberTests {
    @Test(arguments: 1...8 as ClosedRange<UInt64>) func aServerOfOneHasNoViolations(seed: UInt64) {
        let server = LoneMember(seed: seed, clients: 2 + Int(seed % 4))
        server.run(steps: 3000)
        #expect(server.checker.violations == [])
        #expect(server.checker.operationsChecked > 1000)
        #expect(server.checker.commitsChecked > 200)
    }
}
