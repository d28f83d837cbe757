import Testing

@testable import Wire

/// What a server writes is what the harness reads.
@Suite struct TelemetryTests {
    @Test(arguments: [
        Telemetry.BatchLine.server(3), .clock(99_000), .lost(0),
        .batch(
            first: 0x1_0000_0001,
            last: 0x1_0000_0004,
            readAt: 1000,
            closedAt: 1100,
            handedAt: UInt64.max,
            bytes: 512
        ),
        .group(last: 0xffff_ffff_ffff_ffff, takenAt: 1, syncedAt: 2, records: 4),
        .acknowledgement(peer: 2, zxid: 0xabcdef, heardAt: 1700), .commit(zxid: 10, knownAt: 5, appliedAt: 6),
        .reply(zxid: 16, sentAt: 7),
    ])
    func batchLinesComeBack(_ line: Telemetry.BatchLine) throws {
        #expect(line.text.hasSuffix("\n") && line.text.count { $0 == "\n" } == 1)
        #expect(try Telemetry.BatchLine(parsing: line.text.dropLast()) == line)
        // Newer servers may say more on a line.
        #expect(try Telemetry.BatchLine(parsing: line.text.dropLast() + "\t7") == line)
    }

    @Test(arguments: Telemetry.PhaseWord.allCases)
    func phaseLinesComeBack(_ word: Telemetry.PhaseWord) {
        let lines: [Telemetry.PhaseLine] = [
            .server(255), .phase(at: UInt64.max, word, epoch: UInt32.max, leader: 2, zxid: 0x3_0000_000f),
            .synchronization(at: 150, means: "diff", leader: 1),
        ]
        for line in lines { #expect(Telemetry.PhaseLine(parsing: line.text.dropLast()) == line) }
    }

    @Test func monitorLinesComeBack() {
        let lines = Telemetry.MonitorKey.allCases.map { Telemetry.monitorLine($0.rawValue, "of \($0)") }.joined()
        let values = Telemetry.monitorValues(parsing: lines)
        #expect(values.count == Telemetry.MonitorKey.allCases.count)
        for key in Telemetry.MonitorKey.allCases { #expect(values[key.rawValue] == "of \(key)") }
        #expect(Telemetry.groupRecordsKey(atMost: 32) == "zab_group_records_le_32")
    }

    @Test(arguments: [
        "batch\t1", "batch\t2\t1\t0\t0\t0", "ack\tx\t1\t1", "group\tzz\t1\t1\t1", "lost\t-1", "commit\t1\t1",
    ])
    func aKnownLineThatCannotBeReadIsAnError(_ line: String) {
        #expect(throws: WireError.self) { try Telemetry.BatchLine(parsing: line) }
    }

    @Test(arguments: ["", "weather\tfine", "zbat is not executed because it is not in the whitelist."])
    func whatIsNotKnownIsNoLine(_ line: String) throws {
        #expect(try Telemetry.BatchLine(parsing: line) == nil)
        #expect(Telemetry.PhaseLine(parsing: line) == nil)
    }
}
