import Foundation
import Results
import Statistics
import TestSupport
import Testing

@testable import Report

@Suite struct ElectionTests {
    static func row(_ outage: Double, kind: String = "leader_killed", size: Int = 3, why: String? = nil) -> ElectionRow
    {
        let tag = RunTag(
            runID: "r-1",
            repeatNumber: 1,
            system: "zabbench",
            ensembleSize: size,
            fsyncStrategy: "fdatasync_recycled"
        )
        var row = ElectionRow(tag: tag, time: Timestamp(unixNanoseconds: 0))
        row.fault.number = 4
        row.fault.kind = kind
        row.fault.point = "light"
        row.fault.znodes = 1000
        if kind != "followers_lost" {
            var phases = ElectionRow.Phases()
            phases.lead = -1
            phases.detection = 2
            phases.vote = 3
            phases.synchronization = 4
            phases.firstCommit = outage - 8
            row.phases = phases
        }
        row.clients.outage = outage
        row.clients.writesOwed = outage
        row.clients.watchesPlaced = 100
        row.clients.watchesKept = 99
        row.why = why
        return row
    }

    @Test func columnsAreAsTheRulesSay() {
        for header in [ElectionRow.header, ElectionSummary.header] {
            #expect(header.hasPrefix("schema_version,run_id,repeat,system,ensemble_size,fsync_strategy,"))
            let names = header.dropLast().split(separator: ",")
            #expect(Set(names).count == names.count)
        }
        let promised = """
            outage_ms,lead_ms,detection_ms,failed_rounds_ms,vote_ms,synchronization_ms,first_commit_ms,phases_sum_ms,\
            phases_differ_ms,rounds
            """
        #expect(ElectionRow.header.contains("," + promised + ","))
    }

    @Test func theSumAndTheDifferenceAreOfTheCells() {
        let table = CSVTable(parsing: ElectionRow.header + Self.row(30).line + Self.row(9, kind: "followers_lost").line)
        #expect(table.number(table.rows[0], "phases_sum_ms") == 30)
        #expect(table.number(table.rows[0], "phases_differ_ms") == 0)
        #expect(table.text(table.rows[0], "complete") == "true")
        #expect(table.text(table.rows[1], "phases_sum_ms") == "")
        #expect(table.text(table.rows[1], "vote_ms") == "")
        #expect(table.number(table.rows[1], "outage_ms") == 9)
    }

    @Test func theSummaryHasMediansAndTheirIntervals() throws {
        let one = ElectionSummary.grouped([Self.row(20)])[0]
        #expect(one.outage?.median == 20 && one.outage?.medianInterval == nil)
        let few = ElectionSummary.grouped([20, 30, 100].map { Self.row($0) })
        #expect(few.count == 1)
        #expect(few[0].outage?.median == 30 && few[0].outage?.max == 100)
        let wide = try #require(few[0].outage?.medianInterval)
        #expect(wide.low < 20 && wide.high > 100)
        // Of two that are 4 ms and 2 s, a median's interval would be from microseconds to days.
        let words = { (value: Double) in "\(Int(value))" }
        #expect(one.intervalInWords(words) == "one fault")
        #expect(few[0].intervalInWords(words) == "\(Int(wide.low)) to \(Int(wide.high))")
        #expect(ElectionSummary.grouped([4, 2000].map { Self.row($0) })[0].intervalInWords(words) == "too few faults")
        let many = ElectionSummary.grouped((1...9).map { Self.row(Double($0) * 10) })
        let interval = try #require(many[0].outage?.medianInterval)
        #expect(interval.low > 10 && interval.low < 50 && interval.high > 50 && interval.high < 90)
        #expect(many[0].outage?.p90 == 82)
        let table = CSVTable(parsing: ElectionSummary.header + many[0].line)
        func near(_ name: String, _ value: Double?) -> Bool {
            guard let value, let cell = table.number(table.rows[0], name) else { return false }
            return abs(cell - value) < 0.001
        }
        #expect(near("first_commit_p50_ms", 42) && near("outage_p50_low_ms", interval.low))
        #expect(
            near("first_commit_p50_low_ms", interval.low - 8) && near("first_commit_p50_high_ms", interval.high - 8)
        )
        #expect(near("lead_p50_low_ms", -1) && near("lead_p50_high_ms", -1))
        #expect(table.number(table.rows[0], "watches_kept") == 891)
        let alone = CSVTable(parsing: ElectionSummary.header + one.line)
        #expect(
            alone.text(alone.rows[0], "vote_p50_low_ms") == "" && alone.text(alone.rows[0], "vote_p50_high_ms") == ""
        )
    }

    /// The phases as the outage, and the writes that were owed.
    @Test func everyMedianOfTheTableHasItsError() throws {
        let rows = (1...6).map { Self.row(20 + Double($0)) } + [Self.row(20, size: 5)]
        let lines = ElectionTable.text(rows, on: .wide).split(separator: "\n").map(String.init)
        #expect(lines[0] == "Outages by fault: 1,000 znodes")
        #expect(lines[1].hasPrefix("servers  fault          load   faults     outage p50  95 %"))
        let six = try #require(lines.first { $0.hasPrefix("      3") })
        #expect(
            six.contains(
                "23.5 ms ±10 %  21.4 ms to 25.6 ms  25.5 ms  26.0 ms  2.00 ms ±0.1 %  3.00 ms ±0.1 %  4.00 ms ±0.1 %"
            )
        )
        #expect(six.contains("15.5 ms ±14 %  24 ±10 %  "), "\(six)")
        let one = try #require(lines.first { $0.hasPrefix("      5") })
        #expect(one.contains("2.00 ms     ±?  3.00 ms     ±?") && one.contains("  one fault  "), "\(one)")
        #expect(lines.contains { $0.contains("±, 95 %: the interval of a median over the faults") })
    }

    @Test func whatIsNotCompleteIsInNoPhaseAndIsSaid() {
        let rows = [Self.row(20), Self.row(40, why: "the phases are out of order")]
        let group = ElectionSummary.grouped(rows)[0]
        #expect(group.complete == 1)
        #expect(group.phase(\.firstCommit)?.median == 12)
        #expect(group.outage?.median == 30)
        let text = ElectionTable.text(rows)
        #expect(text.contains("2 faults a row, 1 of them complete"))
        #expect(text.contains("Not complete: r-1, fault 4 (leader_killed): the phases are out of order"))
        #expect(ElectionTable.text([]) == "")
    }

    /// ZooKeeper's servers keep no journal: an outage, and no phase.
    static func theirs(_ outage: Double, kind: String = "leader_killed") -> ElectionRow {
        var row = row(outage, kind: kind)
        row.tag.system = "zookeeper"
        row.tag.fsyncStrategy = nil
        row.phases = nil
        return row
    }

    @Test func systemsStandApartAndASilentOneIsSaid() throws {
        var ours = [20, 30, 40].map { Self.row($0) }
        for index in ours.indices { ours[index].reign.rounds = 1 }
        let rows = ours + [Self.theirs(400), Self.theirs(500), Self.theirs(900)]
        let groups = ElectionSummary.grouped(rows)
        #expect(groups.map(\.key.system) == ["zabbench", "zookeeper"])
        #expect(groups.map(\.outage?.median) == [30, 500] && groups.map(\.complete) == [3, 3])
        #expect(groups.map(\.reportsPhases) == [true, false])
        let table = CSVTable(parsing: ElectionSummary.header + groups[1].line)
        #expect(table.text(table.rows[0], "vote_p50_ms") == "" && table.text(table.rows[0], "lead_p50_low_ms") == "")
        #expect(table.number(table.rows[0], "outage_p50_ms") == 500)

        let text = ElectionTable.text(rows, on: .wide)
        let lines = text.split(separator: "\n").map(String.init)
        #expect(lines[0] == "Outages by fault: 3 servers, 1,000 znodes, 3 faults a row")
        #expect(lines[1].hasPrefix("system ") && lines.contains { $0.hasPrefix("zookeeper  leader killed") })
        #expect(text.replacing("\n", with: " ").contains("Phases of zookeeper are not reported by its servers"))
        #expect(!ElectionTable.text(ours).contains("not reported"))

        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(elections: ElectionRow.header + rows.map(\.line).joined())
        )
        #expect(html.contains("outage, phases not reported") && html.contains(">not reported<"))
        #expect(html.contains("leader killed, zookeeper, 3 servers"))
    }

    /// As `JudgedRun` leaves them: the fault and why, and no figure. That says nothing of what the servers report.
    @Test func faultsOfALostWriteHaveNoFigures() {
        var lost = ElectionRow(tag: Self.row(20).tag, time: Self.row(20).time)
        lost.fault = Self.row(20).fault
        lost.why = RunValidity.violation
        let group = ElectionSummary.grouped([lost])[0]
        #expect(group.outage == nil && group.complete == 0 && group.reportsPhases)
        let text = ElectionTable.text([lost])
        #expect(text.contains("leader killed") && text.contains("acknowledged writes violated"), "\(text)")
        #expect(!text.contains(" ms") && !text.contains("not reported"), "\(text)")
    }

    /// Who has no watches is not said to have lost them.
    @Test func noWatchesAreNoLoss() throws {
        var row = Self.row(20)
        (row.clients.watchesPlaced, row.clients.watchesKept) = (nil, nil)
        let group = ElectionSummary.grouped([row])[0]
        #expect(group.watchesPlaced == nil && group.watchesKept == nil)
        let table = CSVTable(parsing: ElectionSummary.header + group.line)
        #expect(table.text(table.rows[0], "watches_kept") == "")
        #expect(!ElectionTable.text([row]).contains("watches"))
    }

    @Test func kindsAndSizesStandApart() {
        let rows = [Self.row(20, size: 5), Self.row(20), Self.row(9, kind: "followers_lost")]
        let groups = ElectionSummary.grouped(rows)
        #expect(groups.map(\.key.kind) == ["followers_lost", "leader_killed", "leader_killed"])
        #expect(groups.map(\.key.ensembleSize) == [3, 3, 5])
    }

    @Test func allFaultsOfAPageHaveOneScale() throws {
        let rows = [Self.row(20), Self.row(9, kind: "followers_lost")]
        let html = HTMLReport.text(
            title: "t",
            environment: "",
            results: try StoredResults(elections: ElectionRow.header + rows.map(\.line).joined())
        )
        #expect(html.contains("<h2>Outages by fault</h2>"))
        #expect(html.components(separatedBy: "data-chart=\"elections\"").count == 2)
        // Detection's bar, with its figure.
        #expect(html.contains("title=\"detection: 2 ms\""))
        #expect(html.contains("<td>followers lost</td>"))
        #expect(html.contains("<td>2.00 ms <small>±?</small></td>"))
        // A fault without an election is seen, too.
        #expect(html.contains("title=\"outage without an election: 9 ms\""))
        let none = HTMLReport.text(title: "t", environment: "", results: StoredResults())
        #expect(!none.contains("Outages"))
    }
}
