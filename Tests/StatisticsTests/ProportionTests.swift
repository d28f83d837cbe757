import Statistics
import Testing

@Suite struct ProportionTests {
    /// R's `binom.test(k, n, alternative = "less")$conf.int[2]` has the same digits; of none it is 1 - 0.05^(1/n).
    @Test(arguments: [(0, 20, 0.139_108), (0, 300, 0.009_936), (1, 300, 0.015_715), (3, 300, 0.025_641), (5, 5, 1)])
    func theBoundIsClopperAndPearsons(count: Int, total: Int, bound: Double) {
        #expect(abs(Proportion(count, of: total).atMost() - bound) < 2e-5)
    }

    @Test func moreConfidenceIsAHigherBound() {
        let few = Proportion(2, of: 50)
        #expect(few.share == 0.04)
        #expect(few.share < few.atMost(confidence: 0.9) && few.atMost(confidence: 0.9) < few.atMost(confidence: 0.99))
    }
}
