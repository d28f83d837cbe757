import Glibc
import Testing

@testable import Statistics

@Suite struct LookPlanTests {
    @Test func levelIsSpentAndNoMore() throws {
        let plan = try LookPlan(looks: [10, 20, 40], level: 0.01)
        #expect(isClose(plan.levels.reduce(0, +), 0.01))
        // α ln(1 + (e − 1)t) at a quarter, a half and all.
        #expect(isClose(plan.levels[0], 0.01 * 0.35737402, 1e-7))
        #expect(isClose(plan.levels[0] + plan.levels[1], 0.01 * 0.62011451, 1e-7))
        #expect(try LookPlan(looks: [12], level: 0.05).levels.map { isClose($0, 0.05) } == [true])
    }

    @Test func plansThatMakeNoSenseSayWhy() {
        #expect(throws: LookPlan.PlanError.noLooks) { try LookPlan(looks: [], level: 0.05) }
        #expect(throws: LookPlan.PlanError.notRising(look: 1)) { try LookPlan(looks: [10, 10], level: 0.05) }
        #expect(throws: LookPlan.PlanError.notRising(look: 0)) { try LookPlan(looks: [0], level: 0.05) }
        #expect(throws: LookPlan.PlanError.badLevel(1)) { try LookPlan(looks: [10], level: 1) }
        #expect(throws: LookPlan.PlanError.self) { try LookPlan(looks: [10], level: .nan) }
        #expect(throws: LookPlan.PlanError.neverRejects(pairs: 5, needed: 6)) { try LookPlan(looks: [5], level: 0.05) }
        #expect(throws: LookPlan.PlanError.neverRejects(pairs: 6, needed: 7)) {
            try LookPlan(looks: [6], level: 0.05, metrics: 2)
        }
        #expect("\(LookPlan.PlanError.neverRejects(pairs: 5, needed: 6))".contains("at least 6"))
        #expect("\(LookPlan.PlanError.notRising(look: 1))".contains("look 2"))
    }

    @Test func growthStopsWhenThereIsNothingToLearn() throws {
        let plan = try LookPlan(looks: [10, 20], level: 0.05)
        #expect(plan.isOver(look: 0, verdicts: [.equivalent, .improved]))
        #expect(plan.isOver(look: 0, verdicts: [.regressed, .inconclusive]))
        #expect(!plan.isOver(look: 0, verdicts: [.equivalent, .inconclusive]))
        #expect(plan.isOver(look: 1, verdicts: [.inconclusive]))
    }

    /// The share of trials with a rejection at any look.
    static func alarms(_ trials: Int, looks: [Int], levels: [Double], factor: Double, seed: UInt64) throws -> Int {
        var noise = RunNoise(seed: seed, spread: 0.03)
        var count = 0
        for _ in 0..<trials {
            let all = try noise.pairs(try #require(looks.last), factor: factor)
            let rejects = zip(looks, levels).contains { pairs, level in
                SignFlipTest.exact(Array(all.logRatios[..<pairs])).p <= level
            }
            if rejects { count += 1 }
        }
        return count
    }

    @Test func looksKeepTheErrorRateWhereLookingAtFullLevelDoesNot() throws {
        let looks = [6, 8, 10, 12, 14]
        let trials = 1200
        let plan = try LookPlan(looks: looks, level: 0.05)
        let planned = try Self.alarms(trials, looks: looks, levels: plan.levels, factor: 1, seed: 21)
        #expect(Double(planned) <= RunNoise.most(0.05, of: trials), "\(planned)")
        #expect(planned > trials / 100, "\(planned): a rule that never rejects keeps every error rate")
        let careless = try Self.alarms(trials, looks: looks, levels: looks.map { _ in 0.05 }, factor: 1, seed: 21)
        #expect(Double(careless) > RunNoise.most(0.05, of: trials), "\(careless)")
    }

    @Test func looksStillFindASlowdown() throws {
        let plan = try LookPlan(looks: [8, 11, 14], level: 0.05)
        let found = try Self.alarms(200, looks: plan.looks, levels: plan.levels, factor: 1.08, seed: 22)
        #expect(found >= 195)
    }
}
