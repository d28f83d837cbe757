import Testing
import Wire
import Zab
import Znodes

@testable import Simulator

/// Random histories of a small ensemble, made by the engine's own prep step and state.
@Suite struct ToyEnsembleTests {
    @Test(arguments: 1...24 as ClosedRange<UInt64>) func aCorrectEnsembleHasNoViolations(seed: UInt64) {
        let ensemble = ToyEnsemble(seed: seed, servers: 1 + Int(seed % 4), clients: 2 + Int(seed % 5))
        ensemble.run(steps: 6000)
        #expect(ensemble.checker.violations == [])
        #expect(ensemble.checker.operationsChecked > 200)
        #expect(ensemble.checker.commitsChecked > 80)
        #expect(ensemble.checker.eventsChecked > 50)
    }

    /// Each fault is found within a few seeds, by the check that it is for.
    @Test(arguments: [
        (ToyEnsemble.Fault.dropsEvents, ClientChecker.Violation.Kind.missedEvent), (.delaysEvents, .missedEvent),
        (.repeatsEvents, .spuriousEvent), (.overstatesReads, .wrongRead), (.forgetsLastSeen, .zxidWentBack),
        (.acknowledgesProposals, .uncommittedZxid), (.expiresEarly, .expiredTooEarly),
        (.losesWrites, .acknowledgedNotCommitted), (.repeatsWrites, .committedTwice), (.forgetsMoves, .sessionOrder),
    ])
    func aFaultIsFound(_ fault: ToyEnsemble.Fault, _ kind: ClientChecker.Violation.Kind) {
        var found: [ClientChecker.Violation.Kind] = []
        for seed in 1...4 as ClosedRange<UInt64> {
            let ensemble = ToyEnsemble(seed: seed, fault: fault)
            ensemble.run(steps: 3000)
            found += ensemble.checker.violations.map(\.kind)
        }
        #expect(found.contains(kind), "\(found)")
    }

    @Test func theSameSeedFindsTheSame() {
        let runs = (0..<2).map { _ in
            let ensemble = ToyEnsemble(seed: 7, fault: .dropsEvents)
            ensemble.run(steps: 3000)
            return ensemble.checker.violations
        }
        #expect(!runs[0].isEmpty)
        #expect(runs[0] == runs[1])
    }
}
