import Replica
import Zab

/// How long the changes of a server's phase took.
struct PhaseTimes {
    private(set) var elections = LatencyTally()
    private(set) var unavailable = LatencyTally()
    /// Of a follower, and of an observer.
    private(set) var synchronizations = LatencyTally()
    private(set) var observerSynchronizations = LatencyTally()
    /// Of what was away and came back as leader.
    private(set) var leaderUnavailable = LatencyTally()
    private(set) var leadingSince: UInt64?
    private var lookingSince: UInt64?
    private var joiningSince: UInt64?
    private var awaySince: UInt64?

    /// - Parameter now: nanoseconds.
    mutating func note(_ phase: Phase, at now: UInt64) {
        switch phase {
        case .looking:
            lookingSince = now
            if awaySince == nil { awaySince = now }
            leadingSince = nil
        case .preparing, .joining:
            Self.end(&lookingSince, to: &elections, now)
            if case .joining = phase { joiningSince = now }
        case .leading, .following, .observing:
            Self.end(&lookingSince, to: &elections, now)
            switch phase {
            case .leading:
                leadingSince = now
                var away = awaySince
                Self.end(&away, to: &leaderUnavailable, now)
            case .observing: Self.end(&joiningSince, to: &observerSynchronizations, now)
            default: Self.end(&joiningSince, to: &synchronizations, now)
            }
            Self.end(&awaySince, to: &unavailable, now)
        }
    }

    mutating func resetExtremes() {
        elections.resetExtremes()
        unavailable.resetExtremes()
        synchronizations.resetExtremes()
        observerSynchronizations.resetExtremes()
        leaderUnavailable.resetExtremes()
    }

    private static func end(_ since: inout UInt64?, to tally: inout LatencyTally, _ now: UInt64) {
        if let begin = since { tally.add(UInt32(clamping: (now - begin) / 1000)) }
        since = nil
    }
}
