import Report
import Simulator

/// What is said of a seed that failed: what it was, how small it can be made, and how to see it again.
public enum FailureReport {
    /// Says what failed, makes it smaller, which takes seconds to minutes, and says how to see it.
    public static func shrink(_ failure: Outcome, say: (String) -> Void) -> ExitStatus {
        let violation = failure.violation!
        say("zabbench simulate: seed \(failure.setup.seed): \(violation)")
        guard violation.kind != .determinism else {
            say("replay: zabbench simulate \(failure.setup.arguments())")
            return .lostWrite
        }
        var shrinker = Shrinker(failure)
        shrinker.shrink()
        let setup = shrinker.outcome.setup
        say(
            "shrunk to \(setup.faults.count) of \(failure.setup.faults.count) faults, \(setup.clients) clients, "
                + "\(setup.duration / setup.tick) ticks: \(shrinker.outcome.violation!)"
        )
        sayWhatCameBefore(shrinker.outcome, say: say)
        say("replay: zabbench simulate \(failure.setup.arguments(reduction: shrinker.reduction))")
        return status(of: violation)
    }

    /// An ensemble that does not come to work again has failed; every other violation has lost something.
    public static func status(of violation: Violation) -> ExitStatus {
        violation.kind == .progress ? .failed : .lostWrite
    }

    /// The last events of a run, under a heading; nothing if it kept none.
    public static func sayWhatCameBefore(_ outcome: Outcome, say: (String) -> Void) {
        let lines = outcome.lastLines()
        guard !lines.isEmpty else { return }
        say("what came before:")
        for line in lines { say("  \(line)") }
    }
}
