import Report
import Testing
import Workload

@testable import Bench

@Suite struct PairOutcomeTests {
    typealias End = PairOutcome.SideEnd

    @Test(arguments: [
        ("two whole sides", End(exitCode: .pass, rows: 2), End(exitCode: .pass, rows: 2), false, PairOutcome.whole),
        ("an invalid run", End(exitCode: .failed, rows: 2), End(exitCode: .pass, rows: 2), false, .whole),
        ("a missing run", End(exitCode: .pass, rows: 2), End(exitCode: .pass, rows: 1), false, .broken),
        ("no run at all", End(exitCode: .failed, rows: 0), End(exitCode: .failed, rows: 0), false, .broken),
        (
            "a load that failed on both", End(exitCode: .failed, hasFailed: true, rows: 1),
            End(exitCode: .failed, rows: 1), false,
            .broken
        ),
        (
            "cancelled since A failed", End(exitCode: .failed, hasFailed: true, rows: 1),
            End(exitCode: .interrupted, rows: 1), false,
            .broken
        ),
        ("Ctrl-C", End(exitCode: .interrupted, rows: 0), End(exitCode: .pass, rows: 1), true, .interrupted),
        ("Ctrl-C after everything", End(exitCode: .pass, rows: 1), End(exitCode: .pass, rows: 1), true, .interrupted),
        ("a lost write", End(exitCode: .pass, rows: 1), End(exitCode: .lostWrite, rows: 1), false, .violated([.b])),
        (
            "a lost write and Ctrl-C", End(exitCode: .lostWrite, rows: 1), End(exitCode: .interrupted, rows: 0), true,
            .violated([.a])
        ),
        (
            "both lost some", End(exitCode: .lostWrite, rows: 1), End(exitCode: .lostWrite, rows: 1), false,
            .violated([.a, .b])
        ),
    ])
    func endsAreJudged(_ what: String, a: End, b: End, wasInterrupted: Bool, expected: PairOutcome) {
        #expect(PairOutcome([.a: a, .b: b], wasInterrupted: wasInterrupted) == expected, "\(what)")
    }

    @Test func aSideThatNeverBeganIsMissing() {
        #expect(PairOutcome([.a: End(exitCode: .pass, rows: 1)], wasInterrupted: false) == .broken)
        #expect(PairOutcome([.b: End(exitCode: .lostWrite, rows: 1)], wasInterrupted: false) == .violated([.b]))
        #expect(PairOutcome([:], wasInterrupted: true) == .interrupted)
    }
}
