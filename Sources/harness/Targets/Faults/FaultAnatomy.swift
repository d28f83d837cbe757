import Wire
import Workload

/// One fault taken apart: what the servers say happened when, against the silence that the clients saw.
///
/// The phases lie end to end, from the last write acknowledged before the new leader was established to the first one
/// afterwards, so their sum is a length of time by the servers' and the harness's word. The outage is the longest silence of
/// acknowledgements in the stretch from the fault to the first acknowledgement of a new epoch, by the clients' word alone.
/// Servers that keep no journal have the outage alone; where their answers bear no epoch either, the stretch ends when a
/// new leader was first heard of. Where the two differ by more than `tolerance`, the silence was not the election's, and the row says so.
public struct FaultAnatomy: Sendable, Equatable {
    /// Nanoseconds.
    public static let tolerance: Int64 = 1_000_000

    /// Nanoseconds each; all of them together are the outage.
    public struct Phases: Sendable, Equatable {
        /// From the last acknowledged write to the fault; negative if answers that were under way came after it.
        public var lead: Int64
        /// To the first server that was not hit and looks for a leader.
        public var detection: Int64
        /// To the first server that looks in the election that succeeds; 0 if that was the first one.
        public var failedRounds: Int64
        /// To the new leader's being elected.
        public var vote: Int64
        /// To its being established.
        public var synchronization: Int64
        /// To the first write acknowledged under it.
        public var firstCommit: Int64

        public var sum: Int64 { lead + detection + failedRounds + vote + synchronization + firstCommit }
    }

    public var phases: Phases?
    /// The longest silence of acknowledgements.
    public var outage: WriteMoments.Silence?
    /// Elections that were begun, the one that succeeded among them; 0 where none was needed.
    public var rounds = 0
    public var leaderAfter: Int?
    public var epochBefore: UInt32
    public var epochAfter: UInt32?
    /// The new leader's last zxid when it was established.
    public var zxid: UInt64?
    /// From the beginning of its repair until the old leader served again; nil if it was not hit, or was not seen to.
    public var oldLeaderBack: UInt64?
    /// Until the last server that was hit served again.
    public var serversBack: UInt64?
    /// How the old leader was brought up to date.
    public var backBy: String?
    /// Why the row is not whole; nil if it is.
    public var why: String?

    public var isComplete: Bool { why == nil }

    /// Outage less the phases' sum; nil where one of them is missing.
    public var difference: Int64? {
        guard let phases, let outage else { return nil }
        return Int64(outage.nanoseconds) - phases.sum
    }

    public init(_ fault: FaultObservation, moments: WriteMoments) {
        epochBefore = moments.epoch(at: fault.at)
        // Whatever else is wrong with it.
        defer {
            if let way = fault.passedBy {
                why = "server \(way.from) was connected to server \(way.to) past the harness's proxy, so it was no cut"
            }
        }
        let next = moments.nextEpoch(after: fault.at) ?? fault.leaderSeenAt
        let end = fault.kind.needsElection ? min(next ?? .max, fault.repairedAt) : fault.repairedAt
        outage = moments.longestSilence(endingAfter: fault.at, beginningBefore: end)
        guard fault.hasJournals else {
            why = takeReports(fault, moments)
            return
        }
        takeReturn(fault)
        // Those that were hit come back into an election that is over; after a restart there is nobody else.
        let events = fault.events.filter { event in
            event.at >= fault.at
                && (fault.kind == .ensembleRestarted
                    || (!fault.hit.contains(event.server) && event.at < fault.repairedAt))
        }
        .sorted { ($0.at, $0.server) < ($1.at, $1.server) }
        guard fault.kind.needsElection else {
            if outage == nil { why = "no write was acknowledged after the fault" }
            if let election = events.first(where: { $0.phase == .looking }) {
                why = "server \(election.server) started an election although a quorum was left"
            }
            return
        }
        why = takeElection(fault, events, moments)
    }

    /// - Returns: what is missing or contradicts itself.
    private mutating func takeElection(
        _ fault: FaultObservation,
        _ events: [PhaseJournal.Event],
        _ moments: WriteMoments
    ) -> String? {
        let established = events.filter { $0.phase == .leading }
        guard !established.isEmpty else { return "no server reported that it led after the fault" }
        // A leader that lost its quorum before any write was acknowledged is a failed round.
        var found: (leading: PhaseJournal.Event, commit: UInt64)?
        for (index, leading) in established.enumerated() {
            guard let commit = moments.first(from: leading.at) else { break }
            if index + 1 < established.count, commit >= established[index + 1].at { continue }
            found = (leading, commit)
            break
        }
        guard let (leading, commit) = found else { return "no write was acknowledged under the new leader" }
        leaderAfter = leading.server
        epochAfter = leading.epoch
        zxid = leading.zxid
        let preparations = events.filter { $0.phase == .preparing && $0.at <= leading.at }
        guard let preparing = preparations.last(where: { $0.server == leading.server }) else {
            return "server \(leading.server) leads, but its journal does not record its election"
        }
        let failed = preparations.filter { $0.at < preparing.at }
        rounds = failed.count + 1
        let looking = events.filter { $0.phase == .looking && $0.at <= preparing.at }
        guard let detected = looking.first?.at else { return "no server reported that it was looking for a leader" }
        // A server that kept looking through a failed round takes part in the next one from that round's end.
        let begun =
            failed.last.map { last in looking.first { $0.at > last.at }?.at ?? max(last.at, detected) } ?? detected
        guard let last = moments.last(before: leading.at) else { return "no write was acknowledged before the fault" }
        let phases = Phases(
            lead: Int64(bitPattern: fault.at &- last),
            detection: Int64(bitPattern: detected &- fault.at),
            failedRounds: Int64(bitPattern: begun &- detected),
            vote: Int64(bitPattern: preparing.at &- begun),
            synchronization: Int64(bitPattern: leading.at &- preparing.at),
            firstCommit: Int64(bitPattern: commit &- leading.at)
        )
        self.phases = phases
        let parts = [phases.detection, phases.failedRounds, phases.vote, phases.synchronization, phases.firstCommit]
        if parts.contains(where: { $0 < 0 }) { return "the phases are out of order" }
        guard let difference else { return "the clients saw no outage that ended" }
        if abs(difference) > Self.tolerance {
            return "the longest outage is \(difference / 1000) us longer than the phases"
        }
        return nil
    }

    /// What servers without a journal have told when they were asked.
    ///
    /// - Returns: what is missing or contradicts itself.
    private mutating func takeReports(_ fault: FaultObservation, _ moments: WriteMoments) -> String? {
        let back = fault.servedAgainFrom.compactMap { server, from in
            fault.servingSince[server].map { (server: server, time: $0 > from ? $0 - from : 0) }
        }
        oldLeaderBack = back.first { $0.server == fault.leaderBefore }?.time
        if back.count == fault.servedAgainFrom.count { serversBack = back.map(\.time).max() }
        guard outage != nil else { return "no write was acknowledged after the fault" }
        let next = moments.epochStart(after: fault.at)
        guard fault.kind.needsElection else {
            let isElected = next.map { $0.at < fault.repairedAt } ?? false
            return isElected ? "a new leader was elected although a quorum was left" : nil
        }
        (leaderAfter, epochAfter) = (fault.leaderSeen, next?.epoch)
        guard leaderAfter != nil else { return "no server reported that it led after the fault" }
        // Answers that bear epochs must show a new one.
        guard next != nil || epochBefore == 0 else { return "no write was acknowledged in a new epoch" }
        return nil
    }

    private mutating func takeReturn(_ fault: FaultObservation) {
        var back: [Int: UInt64] = [:]
        for (server, from) in fault.servedAgainFrom {
            let serving = fault.events.filter { event in
                event.server == server && event.at >= from
                    && (event.phase == .following || event.phase == .leading || event.phase == .observing)
            }
            // The last change counts: one that joined a leader which fell again was not back.
            if let last = serving.map(\.at).max() { back[server] = last - from }
        }
        oldLeaderBack = back[fault.leaderBefore]
        if back.count == fault.servedAgainFrom.count { serversBack = back.values.max() }
        if let from = fault.servedAgainFrom[fault.leaderBefore] {
            backBy =
                fault.synchronizations.filter { $0.server == fault.leaderBefore && $0.at >= from }
                .max { $0.at < $1.at }?.means
        }
    }
}
