import Foundation
import Measure
import Results
import TestSupport
import Testing

@testable import Report

/// What a reader is told of a row whose figures are not its own.
@Suite struct TrustTests {
    private static func row(_ repeatNumber: Int = 1, foreign: Double? = 0.01, size: Int = 3) -> SummaryRow {
        var row = Samples.row(repeatNumber: repeatNumber, size: size, achieved: 50_000)
        row.foreign = SummaryRow.ForeignFigures(foreign.map { ForeignLoad(share: $0, steal: 0) })
        row.limits.timesFloor = 2.5
        row.limits.percent = 61.5
        row.limits.isValid = true
        return row
    }

    private static func refused(_ repeatNumber: Int = 1) -> SummaryRow {
        var row = row(repeatNumber)
        row.limits = SummaryRow.Limits()
        row.limits.isValid = false
        row.limits.note = "calibration not valid: why; run zabbench calibrate again"
        return row
    }

    private static func html(_ rows: [SummaryRow]) -> String {
        var results = StoredResults()
        results.runs = rows
        return HTMLReport.text(title: "t", environment: "e", results: results)
    }

    @Test func theNewColumnsAreTheLast() {
        // One by one: a sum of so many literals takes the compiler longer than it allows itself.
        let last = [
            ",turn_ms,foreign_cpu_share,steal_share,foreign_limited,calibration_valid,calibration_note,",
            "planned_duration_s,rate_profile,of_capacity,capacity_per_s,slo_response_p50_ms,slo_response_p99_ms,",
            "slo_response_p999_ms,slo_held,unequal_durability,multi,reads,observers,reads_per_s,read_response_p50_us,",
            "read_response_p99_us,write_response_p50_us,write_response_p99_us,znode_writes_per_s,",
            "cpu_us_per_operation,leader_busy_cores,leader_busiest_thread,leader_busiest_thread_share,",
            "response_p99_precision,ended_by_time,recipe,reads_per_recipe,writes_per_recipe,refusals_per_recipe,",
            "storm,storm_watches,storm_readers,x_disk_floor,x_yardstick_p50,x_yardstick_p99,of_yardstick,shards\n",
        ].joined()
        #expect(SummaryRow.header.hasSuffix(last))
        #expect(SecondRow.header.hasSuffix(",sessions_connected,foreign_cpu_share,steal_share\n"))
        let table = CSVTable(parsing: SummaryRow.header + Self.row(foreign: 0.1).line + Self.row(foreign: nil).line)
        #expect(table.text(table.rows[0], "foreign_cpu_share") == "0.1")
        #expect(table.text(table.rows[0], "foreign_limited") == "true")
        #expect(
            table.text(table.rows[1], "foreign_cpu_share") == "" && table.text(table.rows[1], "foreign_limited") == ""
        )
        // Marked, and a result all the same.
        #expect(table.text(table.rows[0], "valid") == "true")
    }

    @Test func rowsOfUnequalDurabilityAreSaidNotToCompare() {
        var (one, other) = (Self.row(), Self.row(2))
        other.tag.system = "zookeeper"
        #expect(!SummaryTable.text(rows: [one, other]).contains("UNEQUAL DURABILITY"))
        one.context.isDurabilityUnequal = true
        other.context.isDurabilityUnequal = true
        #expect(SummaryTable.text(rows: [one, other]).contains("UNEQUAL DURABILITY: not every system here syncs"))
        #expect(Self.html([one, other]).contains("UNEQUAL DURABILITY"))
        var results = StoredResults()
        results.runs = [one, other]
        #expect(Answers.of(results).isEmpty)
        let table = CSVTable(parsing: SummaryRow.header + one.line)
        #expect(table.text(table.rows[0], "unequal_durability") == "true")
    }

    @Test func aDisturbedRowIsMarkedAndExplained() {
        let quiet = SummaryTable.text(rows: [Self.row(), Self.row(1, size: 5)])
        #expect(!quiet.contains("!") && !quiet.contains("Other programs used"))
        let text = SummaryTable.text(rows: [Self.row(), Self.row(1, foreign: 0.62, size: 5), Self.row(2, size: 5)])
        #expect(text.contains("50,000!") && text.contains("50,000 "))
        #expect(text.contains("! Other programs used up to 62.0 % of the processors in 1 of 3 runs"))
        let page = Self.html([Self.row(), Self.row(1, foreign: 0.62, size: 5)])
        #expect(page.contains("<td>50,000 !</td>") && page.contains("<td>50,000</td>"))
        #expect(page.contains("! Other programs used up to 62.0 % of the processors in 1 of 2 runs"))
        #expect(!Self.html([Self.row()]).contains("Other programs used"))
    }

    @Test func whereTheCalibrationIsWrongThereIsNoNumber() throws {
        // One of the repeats contradicts it, and so do all.
        for rows in [[Self.refused()], [Self.row(), Self.refused(2)]] {
            let text = SummaryTable.text(rows: rows, on: .wide)
            #expect(text.contains("calibration not valid") && text.contains("x floor"))
            #expect(!text.contains("2.50") && !text.contains("61.5"))
            #expect(text.contains("calibration not valid: why; run zabbench calibrate again.\n"))
            let page = Self.html(rows)
            #expect(page.contains("<td>calibration not valid</td>") && !page.contains("2.50") && !page.contains("61.5"))
            #expect(page.contains("run zabbench calibrate again."))
            let json = try JSONDocument(rows: rows, folder: "f", workload: "w", exitCode: .pass).text()
            let document = try #require(JSONSerialization.jsonObject(with: Data(json.utf8)) as? [String: Any])
            let point = try #require((document["points"] as? [[String: Any]])?.first)
            #expect(point["x_floor_median"] is NSNull && point["percent_of_limit_max"] is NSNull)
            #expect((point["calibration_note"] as? String)?.hasPrefix("calibration not valid") == true)
        }
        let sound = SummaryTable.text(rows: [Self.row()], on: .wide)
        #expect(sound.contains("2.50") && sound.contains("61.5") && !sound.contains("not valid"))
        #expect(Self.html([Self.row()]).contains("<td>2.50</td>"))
    }
}
