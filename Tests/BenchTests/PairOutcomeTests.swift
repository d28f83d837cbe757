import Testing
import Workload

@testable import Bench

@Suite struct PairOutcomeTests {
    typealias End = PairOutcome.SideEnd

    @Test(arguments: [
        ("two whole sides", End(exitCode: 0, rows: 2), End(exitCode: 0, rows: 2), false, PairOutcome.whole),
        ("an invalid run", End(exitCode: 1, rows: 2), End(exitCode: 0, rows: 2), false, .whole),
        ("a missing run", End(exitCode: 0, rows: 2), End(exitCode: 0, rows: 1), false, .broken),
        ("no run at all", End(exitCode: 1, rows: 0), End(exitCode: 1, rows: 0), false, .broken),
        (
            "a load that failed on both", End(exitCode: 1, hasFailed: true, rows: 1), End(exitCode: 1, rows: 1), false,
            .broken
        ),
        (
            "cancelled since A failed", End(exitCode: 1, hasFailed: true, rows: 1), End(exitCode: 130, rows: 1), false,
            .broken
        ),
        ("Ctrl-C", End(exitCode: 130, rows: 0), End(exitCode: 0, rows: 1), true, .interrupted),
        ("Ctrl-C after everything", End(exitCode: 0, rows: 1), End(exitCode: 0, rows: 1), true, .interrupted),
        ("a lost write", End(exitCode: 0, rows: 1), End(exitCode: 4, rows: 1), false, .violated([.b])),
        ("a lost write and Ctrl-C", End(exitCode: 4, rows: 1), End(exitCode: 130, rows: 0), true, .violated([.a])),
        ("both lost some", End(exitCode: 4, rows: 1), End(exitCode: 4, rows: 1), false, .violated([.a, .b])),
    ])
    func endsAreJudged(_ what: String, a: End, b: End, wasInterrupted: Bool, expected: PairOutcome) {
        #expect(PairOutcome([.a: a, .b: b], wasInterrupted: wasInterrupted) == expected, "\(what)")
    }

    @Test func aSideThatNeverBeganIsMissing() {
        #expect(PairOutcome([.a: End(exitCode: 0, rows: 1)], wasInterrupted: false) == .broken)
        #expect(PairOutcome([.b: End(exitCode: 4, rows: 1)], wasInterrupted: false) == .violated([.b]))
        #expect(PairOutcome([:], wasInterrupted: true) == .interrupted)
    }
}
