import Glibc
import Randomness
import Statistics
import Testing

@testable import Comparisons

/// Several loads of stored runs: two families of tests that share the level.
@Suite struct PooledJudgeTests {
    /// Log-normal noise of a run by the sum of twelve even numbers, which is near enough to a normal one.
    static func noise(_ random: inout SplitMix64, _ spread: Double) -> Double {
        exp(spread * ((0..<12).reduce(0) { sum, _ in sum + random.unit() } - 6))
    }

    /// - Parameter factor: of each load's processor time.
    static func samples(
        _ factors: [Double],
        runs: Int,
        spread: Double = 0.03,
        random: inout SplitMix64
    ) -> [ComparisonJudge.Samples] {
        factors.enumerated().map { index, factor in
            func side(_ factor: Double) -> [[String: Double]] {
                (0..<runs).map { _ in
                    // Metrics of one run share its luck.
                    let luck = noise(&random, spread)
                    return [
                        "achieved_per_s": 50_000 / luck, "response_p50_us": 800 * luck * noise(&random, spread),
                        "cpu_us_per_write": 10 * factor * luck * noise(&random, spread) * Double(index + 1),
                    ]
                }
            }
            return ComparisonJudge.Samples(
                label: "load \(index)",
                members: [:],
                baseline: side(1),
                candidate: side(factor)
            )
        }
    }

    /// The truth is known: there is no difference. Without margins every regressed or improved figure is a false alarm.
    @Test(arguments: [1, 3])
    func falseAlarmsOfWholeComparisonsStayAtTheLevel(loads: Int) throws {
        var random = SplitMix64(seed: UInt64(20 + loads))
        let none = try #require(Margin(share: 0))
        let metrics = try ComparedMetric.chosen([], margin: none)
        let judge = ComparisonJudge(design: .stored, metrics: metrics, level: 0.1)
        let trials = 300
        var alarms = 0
        for _ in 0..<trials {
            let samples = Self.samples(Array(repeating: 1, count: loads), runs: 7, random: &random)
            let verdicts = try judge.judge(samples).groups.flatMap(\.metrics).map(\.verdict)
            if verdicts.contains(.regressed) || verdicts.contains(.improved) { alarms += 1 }
        }
        #expect(Double(alarms) <= 30 + 3.4 * 27.0.squareRoot(), "\(alarms)")
        // Holm's method is careful, and not asleep.
        #expect(alarms >= 3, "\(alarms)")
    }

    @Test func whatIsSlowerEverywhereIsFoundTogether() throws {
        var random = SplitMix64(seed: 30)
        let samples = Self.samples([1.12, 1.12, 1.12, 1.12], runs: 5, spread: 0.02, random: &random)
        let result = try ComparisonJudge(design: .stored).judge(samples)
        #expect(result.groups.map(\.label) == ["all 4 loads together", "load 0", "load 1", "load 2", "load 3"])
        #expect(result.tests == 12 && result.pooledTests == 3)
        let regressed = result.groups[0].metrics.filter { $0.verdict == .regressed }
        #expect(regressed.map(\.metric.name) == ["cpu_us_per_write"])
        // 2 of 252 arrangements, of twelve tests with half of the level.
        let reach = try #require(result.reach)
        #expect(abs(reach.smallestP - 2.0 / 252 * 12 * 2) < 1e-12)
        #expect(reach.needed == UnpairedPower.fewestRuns(alpha: 0.005 / 12) && reach.runs == 5...5)
        #expect(try #require(reach.pooledSmallestP) < 1e-8)
        #expect(
            result.groups.dropFirst().allSatisfy { $0.metrics.allSatisfy { $0.reason != .judged(.notSignificant) } }
        )
    }

    @Test func whatIsSlowerInOneLoadIsFoundByItself() throws {
        var random = SplitMix64(seed: 31)
        let samples = Self.samples([1, 1.3, 1], runs: 9, spread: 0.02, random: &random)
        let result = try ComparisonJudge(design: .stored).judge(samples)
        let regressed = result.groups.flatMap { group in
            group.metrics.filter { $0.verdict == .regressed }.map { "\(group.label) \($0.metric.name)" }
        }
        #expect(regressed == ["load 1 cpu_us_per_write"])
        #expect(result.reach?.needed == nil)
    }

    /// A single load keeps the whole level, and pairs are judged as they were.
    @Test func oneLoadAndPairsHaveOneFamily() throws {
        var random = SplitMix64(seed: 32)
        let samples = Self.samples([1.3, 1.3], runs: 9, random: &random)
        let one = try ComparisonJudge(design: .stored).judge([samples[0]])
        #expect(one.groups.count == 1 && one.pooledTests == 0)
        let cpu = try #require(one.groups[0].metrics.last)
        #expect(cpu.adjustedP == (cpu.p ?? 0) * 3)
        let pairs = try ComparisonJudge(design: .pairs).judge(samples)
        #expect(pairs.groups.count == 2 && pairs.pooledTests == 0 && pairs.tests == 6)
        #expect(pairs.reach.map { $0.smallestP } == 6.0 / 256)
        #expect(pairs.reach?.needed == 11)
    }
}
