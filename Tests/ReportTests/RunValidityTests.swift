import Testing

@testable import Report

@Suite struct RunValidityTests {
    static var good: RunValidity.Facts {
        var facts = RunValidity.Facts()
        facts.measuredSeconds = 10
        facts.operationsPlanned = 100_000
        facts.operationsCompleted = 100_000
        facts.offeredPerSecond = 10_000
        facts.achievedPerSecond = 10_000
        facts.generatorBusyShare = 0.5
        return facts
    }

    @Test func aGoodRunHasNoReason() {
        #expect(RunValidity.reasons(Self.good, proof: .proven).isEmpty)
    }

    @Test func aRunThatNobodyCouldProveIsNoResult() {
        #expect(RunValidity.reasons(Self.good, proof: .notAttempted) == ["interrupted before it was verified"])
        var facts = Self.good
        facts.interrupted = true
        #expect(RunValidity.reasons(facts, proof: .notAttempted) == ["interrupted"])
    }

    /// A generator that was busy for the 9 ms of a load is no limit of it.
    @Test func aLoadThatEndedAsItBeganHadNoLimit() {
        var facts = Self.good
        (facts.interrupted, facts.measuredSeconds, facts.generatorBusyShare) = (true, 0.009, 0.98)
        let reasons = RunValidity.reasons(facts, proof: .notAttempted)
        #expect(reasons.map { $0.prefix(11) } == ["interrupted", "too short: "])
        facts.measuredSeconds = 3
        #expect(RunValidity.reasons(facts, proof: .notAttempted).last?.hasPrefix("generator-limited") == true)
    }

    /// A change to a good run, and how the reason begins that it must give; nil where it must give none.
    struct Change: Sendable {
        var word: String?
        var apply: @Sendable (inout RunValidity.Facts) -> Void

        init(_ word: String?, _ apply: @escaping @Sendable (inout RunValidity.Facts) -> Void) {
            self.word = word
            self.apply = apply
        }
    }

    static let changes = [
        Change("too short") { $0.measuredSeconds = 0.94 }, Change(nil) { $0.measuredSeconds = 0.999_995 },
        Change("too few") { $0.operationsCompleted = 999 }, Change(nil) { $0.operationsCompleted = 1000 },
        Change("too few") { ($0.operationsCompleted, $0.isTimeUp) = (99, true) },
        Change(nil) { ($0.operationsCompleted, $0.isTimeUp) = (100, true) },
        Change("errors") { $0.errors = 101 }, Change(nil) { $0.errors = 100 },
        Change("unanswered") { $0.operationsUnfinished = 1001 }, Change(nil) { $0.operationsUnfinished = 1000 },
        Change("generator-limited") { $0.generatorBusyShare = 0.95 }, Change(nil) { $0.generatorBusyShare = 0.949 },
        Change("interrupted") { $0.interrupted = true },
        Change("overloaded") { ($0.isOpenLoop, $0.achievedPerSecond) = (true, 9499) },
        Change(nil) { ($0.isOpenLoop, $0.achievedPerSecond) = (true, 9500) },
        Change("planned stall: it did not come") { $0.failingStall = "it did not come: no server" },
        Change("interrupted") { ($0.failingStall, $0.interrupted) = ("it did not come", true) },
        // A closed loop offers what it achieves.
        Change(nil) { $0.achievedPerSecond = 1 },
    ]

    @Test(arguments: changes)
    func eachDefectIsNamedAndTheBoundsAreValid(_ change: Change) {
        var facts = Self.good
        change.apply(&facts)
        let reasons = RunValidity.reasons(facts, proof: .proven)
        #expect(reasons.count == (change.word == nil ? 0 : 1))
        if let word = change.word { #expect(reasons.first?.hasPrefix(word) == true, "\(reasons)") }
    }

    /// What is to be done depends on what set the load's end.
    @Test func aRunOfTooFewSaysInHowLongAndWhatToDo() {
        var facts = Self.good
        (facts.operationsCompleted, facts.measuredSeconds) = (662, 60.0004)
        func said() -> String { RunValidity.reasons(facts, proof: .proven).joined() }
        let few = "too few operations: 662 in 60 s, at least 1000 needed"
        #expect(said() == few + "; give it more clients or outstanding operations, or make duration_s longer")
        facts.fixedLength = .turns
        #expect(said() == few + "; in turns a load keeps its length: make duration_s longer, or give it more clients")
        facts.fixedLength = .faults
        #expect(said() == few + "; it ends with the last fault: make pause_s longer, or give it more clients")
        facts.fixedLength = .recording
        #expect(said() == few + "; it ends with its recording: play a longer one, or let warmup_s be shorter")
        (facts.fixedLength, facts.interrupted) = (nil, true)
        #expect(RunValidity.reasons(facts, proof: .proven).last == few)
        // Whatever else would have ended it.
        for end in [RunValidity.FixedLength.turns, .faults, .recording] {
            facts.fixedLength = end
            #expect(RunValidity.reasons(facts, proof: .proven).last == few)
        }
        (facts.fixedLength, facts.operationsCompleted, facts.measuredSeconds) = (.storm, 0, 0)
        let storm = ["interrupted", "too few operations: 0 in 0 s, at least 100 needed"]
        #expect(RunValidity.reasons(facts, proof: .notAttempted) == storm)
    }

    @Test func proofComesFirst() {
        var facts = Self.good
        facts.measuredSeconds = 0.1
        let reasons = RunValidity.reasons(facts, proof: .violated("2 writes lost"))
        #expect(reasons.first == "acknowledged writes violated: 2 writes lost")
        #expect(reasons.count == 2)
        #expect(RunValidity.reasons(Self.good, proof: .unverified("no server")) == ["not verified: no server"])
    }
}
