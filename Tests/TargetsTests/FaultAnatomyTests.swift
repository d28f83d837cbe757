import Testing
import Wire

@testable import Targets
@testable import Workload

/// Faults taken apart from canned times, in milliseconds; the fault is at 1000.
@Suite struct FaultAnatomyTests {
    static func ms(_ value: Double) -> UInt64 { UInt64(value * 1e6) }

    /// Answers of epoch 1 at the first moments, of epoch 2 at the others.
    static func moments(_ old: [Double], _ new: [Double]) -> WriteMoments {
        var moments = WriteMoments()
        for time in old { moments.note(ms(time), zxid: 1 << 32 | 5) }
        for time in new { moments.note(ms(time), zxid: 2 << 32 | 1) }
        return moments
    }

    static func event(_ server: Int, _ at: Double, _ phase: PhaseJournal.Phase, epoch: UInt32 = 2) -> PhaseJournal.Event
    {
        PhaseJournal.Event(server: server, at: ms(at), phase: phase, epoch: epoch, leader: server, zxid: 0x1_0000_0005)
    }

    /// Server 3 led and was hit.
    static func fault(
        _ kind: FaultKind,
        hit: Set<Int> = [3],
        repaired: Double = 2000,
        _ events: [PhaseJournal.Event]
    ) -> FaultObservation {
        var fault = FaultObservation(
            kind: kind,
            number: 1,
            at: ms(1000),
            hit: hit,
            leaderBefore: 3,
            repairedAt: ms(repaired)
        )
        fault.events = events
        return fault
    }

    static func fault(_ events: [PhaseJournal.Event]) -> FaultObservation { fault(.leaderKilled, events) }

    static let plain = [
        event(1, 1010, .looking), event(2, 1012, .looking), event(2, 1015, .preparing), event(2, 1021, .leading),
        event(1, 1022, .following),
    ]

    @Test func thePhasesAddUpToTheOutage() throws {
        let anatomy = FaultAnatomy(Self.fault(Self.plain), moments: Self.moments([990, 997], [1030, 1031]))
        #expect(anatomy.why == nil)
        let phases = try #require(anatomy.phases)
        #expect(phases.lead == 3_000_000)
        #expect(phases.detection == 10_000_000)
        #expect(phases.failedRounds == 0)
        #expect(phases.vote == 5_000_000)
        #expect(phases.synchronization == 6_000_000)
        #expect(phases.firstCommit == 9_000_000)
        #expect(phases.sum == 33_000_000)
        #expect(anatomy.outage == WriteMoments.Silence(from: Self.ms(997), to: Self.ms(1030)))
        #expect(anatomy.difference == 0)
        #expect(anatomy.rounds == 1 && anatomy.leaderAfter == 2)
        #expect(anatomy.epochBefore == 1 && anatomy.epochAfter == 2 && anatomy.zxid == 0x1_0000_0005)
    }

    /// Answers that were under way when the leader died still come.
    @Test func theLeadMayBeNegative() throws {
        let anatomy = FaultAnatomy(Self.fault(Self.plain), moments: Self.moments([990, 1004], [1030]))
        #expect(anatomy.why == nil)
        #expect(try #require(anatomy.phases).lead == -4_000_000)
        #expect(anatomy.outage?.nanoseconds == Self.ms(26))
    }

    @Test func failedRoundsStandApart() throws {
        let events = [
            Self.event(1, 1010, .looking), Self.event(2, 1011, .looking), Self.event(1, 1020, .preparing),
            Self.event(1, 1060, .looking), Self.event(2, 1065, .preparing), Self.event(2, 1070, .leading),
        ]
        let anatomy = FaultAnatomy(Self.fault(events), moments: Self.moments([999], [1075]))
        #expect(anatomy.why == nil)
        #expect(anatomy.rounds == 2)
        let phases = try #require(anatomy.phases)
        #expect(phases.detection == 10_000_000)
        #expect(phases.failedRounds == 50_000_000)
        #expect(phases.vote == 5_000_000)
        #expect(anatomy.difference == 0)
    }

    /// A server that never stopped looking takes part in the next round from the end of the last.
    @Test func aRoundMayBeginWithoutANewLook() throws {
        let events = [
            Self.event(1, 1010, .looking), Self.event(2, 1011, .looking), Self.event(1, 1020, .preparing),
            Self.event(2, 1065, .preparing), Self.event(2, 1070, .leading),
        ]
        let anatomy = FaultAnatomy(Self.fault(events), moments: Self.moments([999], [1075]))
        #expect(anatomy.why == nil)
        #expect(try #require(anatomy.phases).failedRounds == 10_000_000)
        #expect(try #require(anatomy.phases).vote == 45_000_000)
        #expect(anatomy.difference == 0)
    }

    /// It was established, and lost its quorum before it could commit anything.
    @Test func aReignWithoutAWriteIsAFailedRound() throws {
        let events = [
            Self.event(1, 1010, .looking), Self.event(1, 1020, .preparing), Self.event(1, 1030, .leading),
            Self.event(2, 1100, .looking), Self.event(2, 1110, .preparing, epoch: 3),
            Self.event(2, 1120, .leading, epoch: 3),
        ]
        let anatomy = FaultAnatomy(Self.fault(events), moments: Self.moments([999], [1130]))
        #expect(anatomy.why == nil)
        #expect(anatomy.leaderAfter == 2 && anatomy.epochAfter == 3 && anatomy.rounds == 2)
        #expect(try #require(anatomy.phases).failedRounds == 90_000_000)
        #expect(anatomy.difference == 0)
    }

    /// The outage is found without the phases: another silence that is longer shows.
    @Test func anotherSilenceIsNotTheElections() {
        let anatomy = FaultAnatomy(Self.fault(Self.plain), moments: Self.moments([900, 1001], [1030]))
        #expect(anatomy.outage?.nanoseconds == Self.ms(101))
        #expect(anatomy.why?.contains("longer than the phases") == true)
    }

    @Test func silencesAfterTheNewReignBeganAreNotTheFaults() {
        let anatomy = FaultAnatomy(Self.fault(Self.plain), moments: Self.moments([990, 997], [1030, 1031, 1500]))
        #expect(anatomy.outage?.to == Self.ms(1030))
        #expect(anatomy.isComplete)
    }

    /// What the hit server says when it is back, or while it does not know, is not a survivor's word.
    @Test func whoWasHitIsNoWitness() {
        let events = Self.plain + [Self.event(3, 1001, .looking), Self.event(3, 2100, .looking)]
        let anatomy = FaultAnatomy(Self.fault(.leaderCut, events), moments: Self.moments([997], [1030]))
        #expect(anatomy.phases?.detection == 10_000_000)
        #expect(anatomy.isComplete)
    }

    @Test func afterARestartEverybodyIsAWitness() {
        let anatomy = FaultAnatomy(
            Self.fault(.ensembleRestarted, hit: [1, 2, 3], Self.plain),
            moments: Self.moments([997], [1030])
        )
        #expect(anatomy.isComplete)
        #expect(anatomy.phases?.detection == 10_000_000)
    }

    @Test func followersLostNeedsNoElection() {
        let fault = Self.fault(.followersLost, hit: [1], [])
        let moments = Self.moments([990, 998, 1012, 1015], [])
        let anatomy = FaultAnatomy(fault, moments: moments)
        #expect(anatomy.isComplete && anatomy.phases == nil && anatomy.rounds == 0)
        #expect(anatomy.outage?.nanoseconds == Self.ms(14))
        let surprised = FaultAnatomy(Self.fault(.followersLost, hit: [1], Self.plain), moments: moments)
        #expect(surprised.why?.contains("server 2 started an election") == true)
    }

    @Test(arguments: [
        ([PhaseJournal.Event](), "no server reported that it led"),
        ([Self.event(2, 1021, .leading)], "does not record its election"),
        ([Self.event(2, 1015, .preparing), Self.event(2, 1021, .leading)], "no server reported that it was looking"),
        ([Self.event(2, 1010, .looking), Self.event(2, 1015, .preparing), Self.event(2, 1900, .leading)], "no write"),
    ])
    func whatIsMissingIsSaid(_ events: [PhaseJournal.Event], _ text: String) {
        let anatomy = FaultAnatomy(Self.fault(events), moments: Self.moments([997], [1030]))
        #expect(anatomy.why?.contains(text) == true, "\(anatomy.why ?? "complete")")
    }

    @Test func theWayBackIsMeasuredFromTheRepair() {
        var fault = Self.fault(
            Self.plain + [Self.event(3, 2300, .looking), Self.event(3, 2450, .following)]
        )
        fault.servedAgainFrom = [3: Self.ms(2000)]
        fault.synchronizations = [
            PhaseJournal.Synchronization(server: 1, at: Self.ms(1022), means: "snap", leader: 2),
            PhaseJournal.Synchronization(server: 3, at: Self.ms(2440), means: "trunc", leader: 2),
        ]
        let anatomy = FaultAnatomy(fault, moments: Self.moments([997], [1030]))
        #expect(anatomy.oldLeaderBack == Self.ms(450))
        #expect(anatomy.serversBack == Self.ms(450))
        #expect(anatomy.backBy == "trunc")
    }
}
