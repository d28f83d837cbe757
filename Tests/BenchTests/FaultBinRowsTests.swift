import Report
import Results
import Testing

@testable import Bench
@testable import Workload

@Suite struct FaultBinRowsTests {
    /// A load of ten seconds in tenths, with a fault at each of these moments.
    private static func rows(_ faults: [(elapsed: Double?, end: Double?)]) -> [FaultBinRow] {
        let result = BenchRowsTests.result { result in
            result.plan.warmUpSeconds = 1
            result.bins = (1...100).map { bin in
                SecondSample(
                    elapsedSeconds: Double(bin) / 10,
                    lengthSeconds: 0.1,
                    isWarmUp: bin <= 10,
                    offered: 100,
                    completed: bin,
                    errors: bin % 2,
                    responseP50Nanoseconds: 5000,
                    responseP99Nanoseconds: nil,
                    responseMaxNanoseconds: 9000,
                    sessionsConnected: 3
                )
            }
        }
        let rows = faults.enumerated().map { index, fault in
            var row = ElectionRow(tag: BenchRowsTests.tag, time: Timestamp(unixNanoseconds: 0))
            row.fault.number = index + 1
            row.fault.kind = "leader_killed"
            row.fault.elapsedSeconds = fault.elapsed
            row.clients.outageEnd = fault.end
            return row
        }
        return FaultBinRow.rows(of: result, around: rows)
    }

    @Test func twoSecondsOnEachSideOfTheOutage() throws {
        let rows = Self.rows([(elapsed: 4.05, end: 520)])
        #expect(rows.first?.elapsedSeconds == 2.1 && rows.last?.elapsedSeconds == 6.5)
        #expect(rows.count == 45)
        let row = try #require(rows.first { $0.elapsedSeconds == 4.1 })
        #expect(row.faultNumber == 1 && row.kind == "leader_killed")
        #expect(abs(row.sinceFaultSeconds - 0.05) < 1e-9)
        #expect(row.offeredPerSecond == 1000 && row.achievedPerSecond == 410 && row.errors == 1)
        #expect(row.responseP50Microseconds == 5 && row.responseP99Microseconds == nil)
        let first = BenchRowsTests.result { $0.plan.warmUpSeconds = 1 }.startedAtUnixNanoseconds - 1_000_000_000
        #expect(row.time.unixNanoseconds == first + 4_100_000_000)
    }

    /// Each bin is in the file once.
    @Test func aBinBelongsToOneFault() {
        let rows = Self.rows([(elapsed: 3, end: 100), (elapsed: 4.5, end: 200), (elapsed: 9.5, end: nil)])
        #expect(Set(rows.map(\.elapsedSeconds)).count == rows.count)
        #expect(rows.filter { $0.faultNumber == 1 }.last?.elapsedSeconds == 4.4)
        #expect(rows.filter { $0.faultNumber == 2 }.first?.elapsedSeconds == 4.5)
        // To the end of the load, and no further.
        #expect(rows.last?.faultNumber == 3 && rows.last?.elapsedSeconds == 10)
    }

    @Test func withoutFaultsThereAreNone() {
        #expect(Self.rows([]).isEmpty)
        #expect(Self.rows([(elapsed: nil, end: nil)]).isEmpty)
    }
}
