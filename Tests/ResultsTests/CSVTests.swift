import TestSupport
import Testing

@testable import Results

@Suite struct CSVTests {
    @Test(arguments: [
        (CSVValue.missing, ""), (.text(""), ""), (.text("plain"), "plain"), (.text("a,b"), "\"a,b\""),
        (.text("say \"so\""), "\"say \"\"so\"\"\""), (.text("two\nlines"), "\"two\nlines\""),
        (.text("cr\r"), "\"cr\r\""),
        (.text(" edge"), "\" edge\""), (.integer(-5), "-5"), (.flag(true), "true"), (.flag(false), "false"),
        (.number(1), "1"), (.number(0.25), "0.25"), (.number(1234.5678), "1234.568"), (.number(0.000_012), "0.000012"),
        (.number(-0.5), "-0.5"), (.number(-0.000_000_01), "0"), (.number(.nan), ""), (.number(.infinity), ""),
        (.number(52_341), "52341"), (.number(1e9), "1000000000"), (.text(String?.none), ""), (.integer(Int?.none), ""),
    ])
    func cells(_ value: CSVValue, _ text: String) {
        #expect(value.encoded == text)
    }

    @Test func whatIsWrittenIsReadBack() {
        let cells = ["a,b", "say \"so\"", "two\nlines", "", "x", " y "]
        let line = cells.map { CSVValue.text($0).encoded }.joined(separator: ",")
        let table = CSVTable(parsing: "c1,c2,c3,c4,c5,c6\n" + line + "\n")
        #expect(table.header.count == 6)
        #expect(table.rows == [cells])
    }

    @Test func readsCarriageReturnsAndAMissingLastLineEnd() {
        let table = CSVTable(parsing: "a,b\r\n1,2\r\n3,4")
        #expect(table.header == ["a", "b"])
        #expect(table.rows == [["1", "2"], ["3", "4"]])
    }

    @Test func shortRowsOfOlderFilesAreFilled() {
        let table = CSVTable(parsing: "a,b,c\n1\n")
        #expect(table.number(table.rows[0], "a") == 1)
        #expect(table.number(table.rows[0], "c") == nil)
        #expect(table.text(table.rows[0], "no such column") == "")
    }
}

@Suite struct ColumnTests {
    @Test func summaryHasThePromisedColumnsInTheirOrder() {
        let promised = """
            schema_version,run_id,started_at,workload,repeat,system,system_version,placement,ensemble_size,\
            fsync_strategy,batch_policy,load_mode,clients,outstanding,payload_bytes,duration_s,offered_per_s,\
            achieved_per_s,errors,response_mean_us,response_p50_us,response_p90_us,response_p99_us,response_p999_us,\
            response_max_us,service_p50_us,service_p99_us,service_p999_us,writes_acknowledged,acknowledged_verified,\
            valid,invalid_reason,syncs_per_write,bytes_written_per_write,allocations_per_write,cpu_us_per_write
            """
        #expect(SummaryRow.header.hasPrefix(promised + ","))
    }

    @Test func everyFileTagsItsRows() {
        for header in [SummaryRow.header, SecondRow.header, ServerRow.header, EventRow.header] {
            let names = Set(header.dropLast().split(separator: ",").map(String.init))
            #expect(
                names.isSuperset(of: [
                    "schema_version", "run_id", "repeat", "system", "ensemble_size", "fsync_strategy",
                ])
            )
            #expect(names.count == header.split(separator: ",").count)
        }
    }

    @Test func aRowHasAsManyCellsAsTheHeader() {
        var row = Samples.row(repeatNumber: 1, achieved: 10)
        row.invalidReasons = ["too short, and more", "errors"]
        let table = CSVTable(parsing: SummaryRow.header + row.line)
        #expect(table.rows.count == 1)
        #expect(table.rows[0].count == table.header.count)
        #expect(table.text(table.rows[0], "invalid_reason") == "too short, and more; errors")
        #expect(table.text(table.rows[0], "valid") == "false")
        #expect(table.text(table.rows[0], "started_at") == "2026-11-21T01:24:05.250Z")
    }

    @Test func anUnknownCounterIsMissingNotZero() {
        let row = ServerRow(
            tag: Samples.tag(1),
            time: Timestamp(unixNanoseconds: 0),
            elapsedSeconds: 1,
            lengthSeconds: 1,
            serverID: 2,
            state: "leader",
            pid: nil,
            counters: [.syncs: 0],
            gauges: [:],
            lastZxid: nil
        )
        let table = CSVTable(parsing: ServerRow.header + row.line)
        #expect(table.text(table.rows[0], "syncs") == "0")
        #expect(table.text(table.rows[0], "allocations") == "")
    }
}
