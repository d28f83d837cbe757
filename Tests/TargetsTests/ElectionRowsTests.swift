import Report
import Results
import Testing

@testable import Targets
@testable import Workload
@testable import zabbench

@Suite struct ElectionRowsTests {
    static func outage(_ session: Int, lost: Double, last: Double, first: Double, isSame: Bool = true) -> Outage {
        Outage(
            session: session,
            endpointBefore: "",
            endpointAfter: "",
            lostAtNanoseconds: FaultAnatomyTests.ms(lost),
            lastAnswerNanoseconds: FaultAnatomyTests.ms(last),
            firstAnswerNanoseconds: FaultAnatomyTests.ms(first),
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
            result.startedAtMonotonicNanoseconds = FaultAnatomyTests.ms(500)
            result.outages = [
                Self.outage(0, lost: 900, last: 899, first: 950),
                Self.outage(1, lost: 1001, last: 998, first: 1040),
                Self.outage(2, lost: 1002, last: 998, first: 1060),
                Self.outage(3, lost: 1003, last: 998, first: 1098, isSame: false),
                Self.outage(4, lost: 1004, last: 998, first: 0),
                Self.outage(1, lost: 5001, last: 4998, first: 5040),
            ]
            result.refusedWrites = [FaultAnatomyTests.ms(999), FaultAnatomyTests.ms(1050)]
        }
        result.writeMoments = FaultAnatomyTests.moments([990, 997], [1030, 4997])
        var planned = PlannedRun(
            index: 0,
            repeatNumber: 1,
            loadName: "light",
            ensemble: PlannedEnsemble(),
            load: result.plan
        )
        planned.faults = PlannedFaults(state: PlannedState(znodes: 77, dataBytes: 3))
        var first = FaultAnatomyTests.fault(FaultAnatomyTests.plain)
        (first.watchesPlaced, first.watchesKept) = (10, 9)
        var second = first
        (second.number, second.at, second.repairedAt) = (2, FaultAnatomyTests.ms(5000), FaultAnatomyTests.ms(6000))
        let rows = ElectionRows.rows([first, second], result: result, planned: planned, tag: BenchRowsTests.tag)
        #expect(rows.map(\.fault.number) == [1, 2])
        let row = rows[0]
        #expect(row.isComplete)
        #expect(row.time.unixNanoseconds == result.startedAtUnixNanoseconds + 500_000_000)
        #expect(row.fault.kind == "leader_killed" && row.fault.point == "light" && row.fault.znodes == 77)
        #expect(row.clients.outage == 33)
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
}
