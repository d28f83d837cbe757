import Fuzz
import Testing

/// A short run of every target with fixed seeds. A crash ends the tests; `zabfuzz run TARGET 60 1` finds it again and
/// leaves the input in a file.
@Suite struct FuzzTests {
    /// About a quarter of a second each in a debug build.
    static let counts = [
        "wire": 20_000, "replies": 8000, "client": 400, "follower": 400, "leader": 400, "records": 8000,
        "transactions": 600, "log": 250, "snapshot-file": 500, "snapshot-state": 600, "epochs": 8000, "zoo-cfg": 1500,
        "workload": 200, "admin-request": 8000, "four-letter-word": 20_000, "access": 4000,
    ]

    @Test(arguments: FuzzTarget.all.map(\.name))
    func everyInputIsTakenOrRefused(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let count = try #require(Self.counts[name], "say how many inputs this target gets")
        var loop = FuzzLoop(target, seed: 1)
        loop.run(count)
        #expect(loop.executions == count + target.seeds().count)
    }

    @Test func theSameSeedMakesTheSameInputs() {
        func inputs(seed: UInt64) -> [[UInt8]] {
            var inputs: [[UInt8]] = []
            var loop = FuzzLoop(FuzzTarget.named("wire")!, seed: seed)
            loop.run(200) { inputs.append(Array($0)) }
            return inputs
        }
        #expect(inputs(seed: 3) == inputs(seed: 3))
        #expect(inputs(seed: 3) != inputs(seed: 4))
    }
}
