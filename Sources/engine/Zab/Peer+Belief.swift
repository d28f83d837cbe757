/// What can be, among all that a peer can say.
///
/// A peer may be a stranger under a server's id, or a server whose disk was damaged in a way that its checksums do not
/// show. Whatever it says is bounded by what elections and leaders can have made, before any of it is persisted or told
/// to others: one that is believed once is in everybody's epoch files for good.
extension Peer {
    /// How long the lines about one peer's lies are kept back after one of them: it is refused each time it comes.
    static let disbeliefQuiet: Nanoseconds = 30_000_000_000

    /// The newest epoch that can have been proposed by now, as far as we know of ourselves. What the other peers say is
    /// no reason to believe one: they may have believed it of each other.
    var epochMax: Epoch {
        let (sum, overflow) = acceptedEpoch.addingReportingOverflow(Configuration.epochLeadMax)
        return overflow ? Message.uncountedEpoch - 1 : min(sum, Message.uncountedEpoch - 1)
    }

    func canBe(_ epoch: Epoch) -> Bool { epoch <= epochMax || PlantedBug.impossibleEpochBelieved.isPlanted }

    /// The newest epoch that a learner can have accepted before we have proposed ours.
    var claimMax: Epoch {
        let newest = max(currentEpoch &+ Configuration.claimLeadMax, acceptedEpoch &+ Configuration.claimSlack)
        // Where either ends, so do all epochs.
        return newest < acceptedEpoch ? epochMax : min(newest, epochMax)
    }

    func canBeAccepted(_ epoch: Epoch) -> Bool { epoch <= claimMax || PlantedBug.impossibleEpochBelieved.isPlanted }

    /// Whether a transaction can have this zxid, or a history can end in it, if no epoch after `newest` has any.
    func canBe(_ zxid: Zxid, upTo newest: Epoch) -> Bool {
        zxid.epoch <= newest && zxid.counter <= configuration.counterMax
    }

    /// Why a vote cannot be, nil if it can.
    func objection(to vote: Vote) -> String? {
        if !canBe(vote.peerEpoch) {
            return "votes for a leader of epoch \(vote.peerEpoch), the newest that can be is \(epochMax)"
        }
        // A log may be ahead of its current epoch, never of the accepted one.
        let newest = PlantedBug.impossibleEpochBelieved.isPlanted ? .max : epochMax
        guard canBe(vote.zxid, upTo: newest), vote.zxid.counter > 0 || vote.zxid == .zero else {
            return "votes for a leader with a log up to \(vote.zxid), which cannot be: epochs are below "
                + "\(epochMax), counters from 1 to \(configuration.counterMax)"
        }
        return nil
    }

    /// Why a learner cannot have this history, nil if it can; `newest` is the epoch that it has just accepted.
    func objection(to history: HistorySummary, _ current: Epoch, upTo newest: Epoch) -> String? {
        if current > newest, current != Message.uncountedEpoch {
            return "says its current epoch is \(current), after it accepted \(newest)"
        }
        for zxid in [history.base] + history.epochEnds where !canBe(zxid, upTo: newest) {
            return "says its log holds \(zxid), after it accepted epoch \(newest); counters end at "
                + "\(configuration.counterMax)"
        }
        if let end = history.epochEnds.first(where: { $0.counter == 0 }) {
            return "says its log holds \(end), but counters begin at 1"
        }
        return nil
    }

    /// Whether a transaction of the leader that we follow, or of one before it, can have this zxid.
    public func canBe(_ zxid: Zxid) -> Bool { canBe(zxid, upTo: acceptedEpoch) }

    /// The reason for the log, or nil if there was one about this peer a short time ago.
    public mutating func told(_ reason: String, of id: ServerID) -> String? {
        // Only members are heard here, so this has an end.
        guard let index = disbelievedAt.firstIndex(where: { $0.id == id }) else {
            disbelievedAt.append((id, now))
            return reason
        }
        guard now - disbelievedAt[index].at >= Self.disbeliefQuiet else { return nil }
        disbelievedAt[index].at = now
        return reason
    }
}
