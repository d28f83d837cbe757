import Report
import Results
import Testing
import Wire

@testable import Bench
@testable import Targets
@testable import Workload

@Suite struct ElectionRowsTests {
    static func outage(_ session: Int, lost: Double, last: Double, first: Double, isSame: Bool = true) -> Outage {
        Outage(
            session: session,
            endpointBefore: "",
            endpointAfter: "",
            lostAtNanoseconds: CannedFault.ms(lost),
            lastAnswerNanoseconds: CannedFault.ms(last),
            firstAnswerNanoseconds: CannedFault.ms(first),
            sameSession: isSame,
            ambiguous: 10
        )
    }

    @Test func aRowHoldsWhatBelongsToItsFault() throws {
        var result = BenchRowsTests.result { result in
            result.plan.mode = .open(ratePerSecond: 1000, arrivals: .fixed)
            result.plan.clients = 5
            // The load began with the clock of the canned times.
            result.loadStartedAtMonotonicNanoseconds = 0
            result.startedAtMonotonicNanoseconds = CannedFault.ms(500)
            result.outages = [
                Self.outage(0, lost: 900, last: 899, first: 950),
                Self.outage(1, lost: 1001, last: 998, first: 1040),
                Self.outage(2, lost: 1002, last: 998, first: 1060),
                Self.outage(3, lost: 1003, last: 998, first: 1098, isSame: false),
                Self.outage(4, lost: 1004, last: 998, first: 0),
                Self.outage(1, lost: 5001, last: 4998, first: 5040),
            ]
            result.refusedWrites = [CannedFault.ms(999), CannedFault.ms(1050)]
        }
        result.writeMoments = CannedFault.moments([990, 997], [1030, 4997])
        var planned = PlannedRun(
            index: 0,
            repeatNumber: 1,
            loadName: "light",
            ensemble: PlannedEnsemble(),
            load: result.plan
        )
        planned.faults = PlannedFaults(state: PlannedState(znodes: 77, dataBytes: 3))
        var first = CannedFault.leaderKilled
        (first.watchesPlaced, first.watchesKept) = (10, 9)
        var second = first
        (second.number, second.at, second.repairedAt) = (2, CannedFault.ms(5000), CannedFault.ms(6000))
        let rows = ElectionRows.rows([first, second], result: result, planned: planned, tag: BenchRowsTests.tag)
        #expect(rows.map(\.fault.number) == [1, 2])
        let row = rows[0]
        #expect(row.isComplete)
        #expect(row.time.unixNanoseconds == result.startedAtUnixNanoseconds + 500_000_000)
        #expect(row.fault.kind == "leader_killed" && row.fault.point == "light" && row.fault.znodes == 77)
        #expect(row.clients.outage == 33)
        // On the load's clock, as the bins are.
        #expect(row.fault.elapsedSeconds == 1 && row.reign.repairBegun == 1000)
        #expect(row.clients.outageBegin == -3 && row.clients.outageEnd == 30)
        #expect(row.phases?.sum == 33)
        // A thousand a second, for 33 ms.
        #expect(row.clients.writesOwed == 33)
        #expect(row.clients.writesFailedOrAmbiguous == 4 * 10 + 1)
        #expect(row.clients.sessionsMoved == 2)
        #expect(row.clients.sessionsExpired == 1)
        #expect(row.clients.sessionOutageP50 == 62)
        #expect(row.clients.sessionOutageMax == 100)
        #expect(row.clients.watchesPlaced == 10 && row.clients.watchesKept == 9)
        #expect(row.reign.zxid == "0x100000005")
        // Nothing was answered after the second.
        #expect(!rows[1].isComplete)
        #expect(rows[1].clients.outage == nil && rows[1].clients.writesOwed == nil)
        #expect(rows[1].clients.sessionsMoved == 1)
    }

    /// Servers that keep no journal and have no watches: the outage stands, and nothing is zero that nobody knows.
    @Test func withoutAJournalTheOutageStands() throws {
        var result = BenchRowsTests.result { $0.plan.mode = .open(ratePerSecond: 1000, arrivals: .fixed) }
        result.writeMoments = CannedFault.moments([990, 997], [1430, 1431])
        var fault = CannedFault.leaderKilled
        (fault.hasJournals, fault.events) = (false, [])
        (fault.leaderSeen, fault.leaderSeenAt) = (2, CannedFault.ms(1400))
        fault.servedAgainFrom = [3: CannedFault.ms(2000)]
        fault.servingSince = [1: 1, 2: 1, 3: CannedFault.ms(3500)]
        let planned = PlannedRun(
            index: 0,
            repeatNumber: 1,
            loadName: "light",
            ensemble: PlannedEnsemble(system: .zookeeper),
            load: result.plan
        )
        let row = try #require(
            ElectionRows.rows([fault], result: result, planned: planned, tag: BenchRowsTests.tag).first
        )
        #expect(row.isComplete && row.phases == nil && row.clients.outage == 433)
        #expect(row.reign.leaderAfter == 2 && row.reign.epochBefore == 1 && row.reign.epochAfter == 2)
        #expect(row.reign.oldLeaderBack == 1500 && row.reign.serversBack == 1500)
        let cells = Dictionary(
            uniqueKeysWithValues: zip(
                ElectionRow.columns.map(\.name),
                row.line.dropLast().split(separator: ",", omittingEmptySubsequences: false).map(String.init)
            )
        )
        for name in [
            "lead_ms", "detection_ms", "failed_rounds_ms", "vote_ms", "synchronization_ms", "first_commit_ms",
            "phases_sum_ms", "phases_differ_ms", "rounds", "watches_placed", "watches_kept", "back_by", "zxid",
        ] {
            #expect(cells[name] == "", "\(name)")
        }
        #expect(cells["outage_ms"] == "433" && cells["complete"] == "true")
    }

    @Test func withoutANewEpochNoServiceIsProven() {
        var fault = CannedFault.leaderKilled
        (fault.hasJournals, fault.events, fault.leaderSeen) = (false, [], 2)
        let silent = FaultAnatomy(fault, moments: CannedFault.moments([990, 1430], []))
        #expect(silent.why == "no write was acknowledged in a new epoch")
        fault.leaderSeen = nil
        #expect(
            FaultAnatomy(fault, moments: CannedFault.moments([990], [1430])).why
                == "no server reported that it led after the fault"
        )
        fault.kind = .followersLost
        #expect(FaultAnatomy(fault, moments: CannedFault.moments([990], [1430])).why?.contains("quorum") == true)
        #expect(FaultAnatomy(fault, moments: CannedFault.moments([990, 1430], [])).isComplete)
    }
}

/// Server 3 led, was killed at 1000 and is followed by server 2; times in milliseconds.
private enum CannedFault {
    static func ms(_ value: Double) -> UInt64 { UInt64(value * 1e6) }

    /// Answers of epoch 1 at the first moments, of epoch 2 at the others.
    static func moments(_ old: [Double], _ new: [Double]) -> WriteMoments {
        var moments = WriteMoments()
        for time in old { moments.note(ms(time), zxid: 1 << 32 | 5) }
        for time in new { moments.note(ms(time), zxid: 2 << 32 | 1) }
        return moments
    }

    static var leaderKilled: FaultObservation {
        let phases: [(server: Int, at: Double, phase: PhaseJournal.Phase)] = [
            (1, 1010, .looking), (2, 1012, .looking), (2, 1015, .preparing), (2, 1021, .leading), (1, 1022, .following),
        ]
        var fault = FaultObservation(
            kind: .leaderKilled,
            number: 1,
            at: ms(1000),
            hit: [3],
            leaderBefore: 3,
            repairedAt: ms(2000)
        )
        fault.events = phases.map { server, at, phase in
            PhaseJournal.Event(
                server: server,
                at: ms(at),
                phase: phase,
                epoch: 2,
                leader: server,
                zxid: 0x1_0000_0005
            )
        }
        return fault
    }
}
