/// What one election knows: the votes of this round, and what the settled servers say.
struct Election: Sendable {
    /// How long a quorum's agreement waits for a better vote from voters who are reachable and silent.
    static let finalizeWait: Nanoseconds = 20_000_000
    static let resendWaitMin: Nanoseconds = 100_000_000
    static let resendWaitMax: Nanoseconds = 2_000_000_000

    /// By voter index: the vote of this round, our own included.
    var ballots: [Vote?]
    /// By voter index: what servers that are not electing told us, whatever their round.
    var settled: [Notification?]
    /// When the agreement that exists becomes the decision.
    var finalizeAt: Nanoseconds?
    var resendAt: Nanoseconds
    var resendWait: Nanoseconds

    init(voterCount: Int, now: Nanoseconds) {
        ballots = Array(repeating: nil, count: voterCount)
        settled = Array(repeating: nil, count: voterCount)
        resendWait = Self.resendWaitMin
        resendAt = now + Self.resendWaitMin
    }

    /// Who votes so.
    func voters(for vote: Vote) -> VoterSet {
        var voters = VoterSet()
        for (index, ballot) in ballots.enumerated() where ballot == vote { voters.insert(index) }
        return voters
    }
}
