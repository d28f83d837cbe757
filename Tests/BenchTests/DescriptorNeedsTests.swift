import Testing
import Workload

@testable import Bench

@Suite struct DescriptorNeedsTests {
    private static func runs(_ yaml: String) throws -> [PlannedRun] {
        try WorkloadFile(yaml: yaml, source: "w.yaml").plannedRuns()
    }

    @Test func whatFitsIsNotRefused() throws {
        let runs = try Self.runs("load: {clients: 1100}")
        let needs = DescriptorNeeds(runs, sides: 1, limit: 4096)
        try needs.check()
        let most = try #require(needs.runs.map { max($0.own, $0.server ?? 0) }.max())
        #expect((1100..<2000).contains(most))
        try DescriptorNeeds(runs, sides: 1, limit: most).check()
        #expect(throws: UsageError.self) { try DescriptorNeeds(runs, sides: 1, limit: 1100).check() }
    }

    /// What the error offers must be right, or the user has to try again.
    @Test(arguments: zip([2, 1, 2, 2], ["processes", "embedded", "embedded", "external"]))
    func theOfferedNumberOfClientsFits(_ sides: Int, _ placement: String) throws {
        func error(_ clients: Int) throws -> String? {
            let yaml = "ensemble: {sizes: 3, placement: \(placement)}\nload: {clients: \(clients)}"
            let needs = DescriptorNeeds(try Self.runs(yaml), sides: sides, limit: 8000)
            do { try needs.check() } catch { return "\(error)" }
            return nil
        }
        let refusal = try #require(try error(9000))
        #expect(refusal.contains("the hard limit is 8000"), "\(refusal)")
        guard let offer = refusal.firstMatch(of: /use (\d+) clients or fewer/) else {
            Issue.record("no offer: \(refusal)")
            return
        }
        let most = try #require(Int(offer.1))
        #expect(try error(most) == nil)
        #expect(try error(most + 1) != nil)
    }

    @Test func serversOfOthersCountNotAtAll() throws {
        let needs = DescriptorNeeds(
            try Self.runs("ensemble: {placement: external}\nload: {clients: 50}"),
            sides: 1,
            limit: 1024
        )
        #expect(needs.runs.allSatisfy { $0.server == nil && $0.own < 400 })
    }

    @Test func anUnknownLimitRefusesNothing() throws {
        try DescriptorNeeds(try Self.runs("load: {clients: 10000, keys: 10000}"), sides: 2, limit: nil).check()
    }
}
