import Foundation
import Histogram
import Measure
import Results
import Statistics
import TestSupport
import Testing

@testable import Report

/// Every printed figure knows its error.
@Suite struct FigureErrorTests {
    private static func row(
        _ number: Int,
        point: String = "serial",
        size: Int = 3,
        achieved: Double,
        operations: Int = 27_731
    ) -> SummaryRow {
        var row = Samples.row(repeatNumber: number, size: size, achieved: achieved)
        row.load.point = point
        row.durationSeconds = 10
        row.context.operationsCompleted = operations
        row.response.p99Microseconds = 9e7 / achieved
        row.cost.syncsPerWrite = 3
        return row
    }

    /// 273,388 in the middle, and as far apart as runs are.
    private static let five = [273_388.0, 251_000, 262_500, 291_000, 301_400].enumerated().map {
        row($0.offset + 1, achieved: $0.element)
    }

    private static func html(_ rows: [SummaryRow]) -> String {
        var results = StoredResults()
        results.runs = rows
        return HTMLReport.text(title: "t", environment: "e", results: results)
    }

    private static func points(_ rows: [SummaryRow]) throws -> [[String: Any]] {
        let text = try JSONDocument(rows: rows, folder: "", workload: "", exitCode: .pass).text()
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        return try #require(object?["points"] as? [[String: Any]])
    }

    @Test func repeatsHaveTheirIntervalBesideTheFigure() {
        let text = SummaryTable.text(rows: Self.five + [Self.row(1, size: 5, achieved: 90_000)])
        #expect(
            text == """
                zabbench, servers as processes, fdatasync_recycled
                servers   achieved/s            p50            p99    service p50    service p99  syncs/write  runs
                -------  -----------  -------------  -------------  -------------  -------------  -----------  ----
                serial: closed 16x64, 128 B
                      3   273k ±11 %  500 µs ±0.1 %   329 µs ±10 %  450 µs ±0.1 %  900 µs ±0.1 %  3.00 ±0.1 %     5
                      5  90.0k    ±?  500 µs     ±?  1.00 ms    ±?  450 µs     ±?  900 µs     ±?  3.00     ±?     1
                Not shown at this width: read back; --wide shows all.
                Medians over the valid runs. p50, p99: response time, counted from the planned send; service time
                counts from the actual send. Blank cells: the same as the response time. Read back: all 6,000
                acknowledged writes were found on a quorum.
                ±: the farther limit of the median's 95 % interval (docs/reference/errors.md has the method).
                ±?: one run, so the spread between runs is unknown: --repeats 5 measures it
                (docs/reference/errors.md). Each run was measured for 10.0 s; latencies are in steps of 0.1 %; p99
                is based on 277 operations.

                """
        )
    }

    @Test func withoutRepeatsTheTableSaysSoOnce() {
        let rows = [
            Self.row(1, point: "saturation", achieved: 330_846, operations: 3_308_500),
            Self.row(2, achieved: 2802, operations: 27_731),
        ]
        let text = SummaryTable.text(rows: rows)
        #expect(
            text == """
                zabbench, 3 servers as processes, fdatasync_recycled, 128 B
                                                                       service  service
                load                      achieved/s     p50      p99      p50      p99  syncs/write  read back
                ------------------------  ----------  ------  -------  -------  -------  -----------  ---------
                saturation: closed 16x64        331k  500 µs   272 µs   450 µs   900 µs         3.00  all 1,000
                serial: closed 16x64           2,802  500 µs  32.1 ms   450 µs   900 µs         3.00  all 1,000
                p50, p99: response time, counted from the planned send; service time counts from the actual send.
                Blank cells: the same as the response time. Read back: all 2,000 acknowledged writes were found on a
                quorum.
                One run each, so the spread between runs is unknown: --repeats 5 measures it
                (docs/reference/errors.md). Each run was measured for 10.0 s; latencies are in steps of 0.1 %; p99
                is based on 277 (serial) to 33,085 (saturation) operations.

                """
        )
        // A single one has no name to be told by.
        #expect(SummaryTable.text(rows: [rows[1]]).contains("p99\nis based on 277 operations."))
        // What does not count its operations claims nothing of them.
        #expect(!SummaryTable.text(rows: [Samples.row(repeatNumber: 1, achieved: 1)]).contains("is based on"))
    }

    @Test func aQuantileOfFewOperationsIsMarked() throws {
        let few = Self.row(1, achieved: 120, operations: 999)
        let text = SummaryTable.text(rows: [few])
        #expect(text.contains("  ~750 ms  ") && text.contains("~: fewer than 10 operations of a run are beyond"))
        #expect(Self.html([few]).contains("<td>~750 ms</td>"))
        let enough = SummaryTable.text(rows: [Self.row(1, achieved: 120, operations: 1000)])
        #expect(!enough.contains("~") && enough.contains("p99\nis based on 10 operations"))
        #expect(try Self.points([few])[0]["response_p99_us_rests_on"] as? Int == 9)
        // Half of nineteen are nine.
        #expect(
            PointFigure(LoadPointSummary.grouped([Self.row(1, achieved: 1, operations: 19)])[0], .responseP50)?.isOfFew
                == true
        )
    }

    @Test func theReportHasThemToo() {
        let page = Self.html(Self.five + [Self.row(1, size: 5, achieved: 90_000)])
        #expect(
            page.contains("<td>273,388 <small>±11 %</small></td>") && page.contains("<td>90,000 <small>±?</small></td>")
        )
        #expect(page.contains("±: the farther limit of the median"))
        let alone = Self.html([Self.five[0]])
        #expect(
            alone.contains("<td>273,388</td>") && alone.contains("One run each, so the spread between runs is unknown")
        )
    }

    @Test func jsonHasBothLimits() throws {
        let point = try Self.points(Self.five)[0]
        let low = try #require(point["achieved_per_s_low"] as? Double)
        let high = try #require(point["achieved_per_s_high"] as? Double)
        let interval = try #require(Distribution(Self.five.map(\.achievedPerSecond))?.interval)
        #expect(abs(low - interval.low) < 1 && abs(high - interval.high) < 1 && low < 251_500 && high > 300_000)
        #expect(point["window_s_min"] as? Double == 10)
        let one = try Self.points([Self.five[0]])[0]
        for figure in LoadFigure.all {
            for end in ["median", "min", "max", "low", "high"] {
                #expect(point["\(figure.name)_\(end)"] != nil, "\(figure.name)_\(end)")
            }
            #expect(one["\(figure.name)_low"] is NSNull && one["\(figure.name)_high"] is NSNull)
        }
    }

    /// Tables print figures by `LoadFigure` and words by `words`: what stands there as words is listed here, and none of it
    /// is a measured figure.
    @Test func noColumnOfFiguresIsWithoutItsError() throws {
        var rich = Self.five
        for index in rich.indices {
            rich[index].limits.timesFloor = 27
            rich[index].limits.percent = 80
            rich[index].log.syncsPerSecond = 3000
            rich[index].log.batchMean = 20
            rich[index].device.flushesPerSecond = 2900
            rich[index].durability.survivesPowerLoss = false
        }
        let logs = rich.map { row in
            var row = row
            row.tag.fsyncStrategy = "none_recycled"
            row.log.directories = "separate"
            row.log.inFlight = 4
            row.batchPolicy = "each"
            return row
        }
        let words: Set = [
            "system", "servers", "load", "durable", "runs", "read back", "strategy", "batching", "in flight",
            "directories", "limit", "log",
        ]
        for rows in [rich, rich + logs] {
            let groups = LoadPointSummary.grouped(rows)
            let sweep = LogSweep(groups)
            let columns = sweep.isSweep ? sweep.columns(of: groups) : SummaryTable.columns(of: groups, RowShape(groups))
            #expect(columns.count >= 11)
            for column in columns where column.figure == nil {
                #expect(words.contains(column.title), "\(column.title)")
            }
            for figure in columns.compactMap(\.figure) {
                for point in groups {
                    let cell = LoadTable.Cell(point, figure, hasRepeats: true, hasMarks: false)
                    #expect(cell.text == "-" || cell.error.hasPrefix("±"), "\(figure.name)")
                }
                #expect(LoadFigure.all.contains { $0.name == figure.name }, "JSON has no \(figure.name)")
            }
        }
    }

    @Test func figuresAreColumnsOfTheirFile() {
        var row = Self.five[0]
        row.limits.percent = 80
        row.log.batchP99AtMost = 16
        for figure in LoadFigure.all {
            let column = SummaryRow.columns.first { $0.name == figure.name }
            #expect(column != nil, "\(figure.name)")
            if let value = figure.value(row) {
                #expect(Double(column?.cell(of: row).plain ?? "").map { abs($0 - value) <= 0.001 * value } == true)
            }
        }
    }

    @Test(
        arguments: [
            ([100, 100], "±0.1 %"), ([100.0, 100.05], "±0.4 %"), ([90, 100, 130], "±69 %"), ([100], "±?"),
            ([1, 900], "±>999 %"),
            ([0, 0, 0], "±0"), ([-3, -1, 1], "±497 %"), ([0, 0, 0, 0, 0, 0, 9], "±2"),
        ] as [([Double], String)]
    )
    func errorsAreRoundedUp(_ values: [Double], _ text: String) throws {
        let found = try #require(Distribution(values))
        #expect(found.error.words(ConsoleTable.grouped) == text)
    }

    @Test func ofSharesTheErrorIsInTheSameUnit() {
        #expect(FigureError(0.575, (0.56, 0.583)).percent(0.575) == "57.5 ±1.5 %")
        #expect(FigureError(0.31, (0.1, 4.0)).percent(0.31) == "31.0 ±>99 %")
        #expect(FigureError(0.575, Calibration.Limits?.none).percent(0.575) == "57.5 %")
        #expect(FigureError(1.53, (1.449, 1.60)).absolute(1.53) == "1.53 ±0.09")
        #expect(FigureError(0.9, (0.1, 228)).absolute(0.9) == "0.90 ±>9.00")
        #expect(FigureError(30, (19.5, 32)).absolute(30) == "30.0 ±11")
    }

    /// The step is HdrHistogram's for the digits that the generator records with.
    @Test func theStepIsTheHistograms() {
        var histogram = Histogram<UInt64>(highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
        var worst = 0.0
        var value = 3000.0
        while value < 1e10 {
            histogram.reset()
            for _ in 0..<2 { histogram.record(UInt64(value)) }
            // The largest of all is read as it was recorded.
            histogram.record(60_000_000_000)
            let read = Double(histogram.valueAtPercentile(50))
            worst = max(worst, abs(read - Double(UInt64(value))) / value)
            value *= 1.0137
        }
        #expect(worst <= FigureNotes.latencyStep && worst > FigureNotes.latencyStep / 4)
    }

    @Test func aRunsLineSaysWhatItRestsOnAndWhatRepeatsSay() {
        let rows = Array(Self.five.prefix(3))
        let first = RunLine.text(rows[0], log: "", among: [rows[0]])
        #expect(
            first
                == "zabbench, 3 servers, serial: closed 16x64, 128 B: 273,388/s in 10.0 s, response p50 500 µs, p99 329 µs "
                + "(the slowest 277 of 27,731)"
        )
        let third = RunLine.text(rows[2], log: ", each", among: rows)
        #expect(
            third.contains("128 B, each: 262,500/s in") && third.hasSuffix("; 3 runs so far: 262,500/s ±12 %"),
            "\(third)"
        )
        var bad = Self.row(1, achieved: 12, operations: 120)
        bad.invalidReasons = ["too short"]
        let text = RunLine.text(bad, log: "", among: rows + [bad])
        #expect(text.hasSuffix("p99 ~7.50 s (the slowest 1 of 120), not a result: too short"), "\(text)")
    }
}
