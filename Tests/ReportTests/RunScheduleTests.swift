import Testing

@testable import Report

@Suite struct RunScheduleTests {
    @Test func untilARunHasEndedThePlanIsAllThatIsKnown() {
        let schedule = RunSchedule(seconds: [10, 20, 30])
        #expect(schedule.remaining(run: 1, elapsed: 4) == 56)
        // What takes longer than planned is thought to end at once.
        #expect(schedule.remaining(run: 1, elapsed: 100) == 50)
        #expect(schedule.remaining(run: 4, elapsed: 0) == 0)
    }

    @Test func whatTheRunsTookCorrectsTheRest() {
        var schedule = RunSchedule(seconds: [10, 20, 30])
        schedule.ended(run: 1, after: 20)
        #expect(schedule.remaining(run: 2, elapsed: 0) == 100)
        schedule.ended(run: 2, after: 25)
        #expect(schedule.remaining(run: 3, elapsed: 5) == 40)
    }

    @Test func anEstimateIsNoMoreExactThanItIs() {
        let times: [(seconds: Double, about: String, left: String)] = [
            (0.4, "about 5 seconds", "about 5 s left"), (41, "about 40 seconds", "about 40 s left"),
            (89, "about 90 seconds", "about 90 s left"), (91, "about 2 minutes", "about 2 min left"),
            (538, "about 9 minutes", "about 9 min left"), (7300, "about 2 hours", "about 2 h left"),
            (9000, "about 2.5 hours", "about 2.5 h left"),
        ]
        for (seconds, about, left) in times {
            #expect(RunSchedule.about(seconds: seconds) == about)
            #expect(RunSchedule.left(seconds: seconds) == left)
        }
    }

    /// Nothing is written without a terminal; what is asked is what a bar would say.
    @Test func theLineKnowsWhatIsLeft() {
        let line = ProgressLine(isTerminal: false, verbosity: .silent)
        #expect(line.left == nil)
        line.expect(RunSchedule(seconds: [600, 600, 0]))
        #expect(line.left == "about 20 min left")
        line.began(run: 1)
        #expect(line.left == "about 20 min left")
        line.ended(run: 1)
        // It took no time, and neither will the others.
        #expect(line.left == "about 5 s left")
        line.began(run: 2)
        line.ended(run: 2)
        #expect(line.left == nil)
    }
}
