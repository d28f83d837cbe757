import Results
import Testing

@testable import Report

/// The table of storms.
@Suite struct StormTableTests {
    private func row(sessions: Int, last: Double, fired: Int = 10) -> StormRow {
        var row = StormRow()
        row.tag.system = "zabbench"
        row.tag.ensembleSize = 3
        (row.fault, row.sessions, row.watches) = ("leader_killed", sessions, 1)
        (row.lost, row.back, row.watchesDue, row.watchesFired) = (10, 10, 10, fired)
        (row.firstMilliseconds, row.lastMilliseconds, row.readsPerSecond) = (5, last, 900)
        return row
    }

    @Test func repeatsAreOneRowWithTheirMedian() throws {
        let rows = [row(sessions: 1000, last: 20), row(sessions: 1000, last: 40), row(sessions: 1000, last: 30)]
        let text = StormTable.text(rows + [row(sessions: 10_000, last: 300)])
        let lines = text.split(separator: "\n").filter { $0.contains("leader killed") }
        try #require(lines.count == 2)
        #expect(lines[0].contains("1,000") && lines[0].contains("30.0 ms") && lines[1].contains("10,000"), "\(text)")
        #expect(text.contains("All 40 sessions came back with the same id") && text.contains("All 40 watches told"))
        #expect(StormTable.text([]).isEmpty)
    }

    @Test func lostWatchesHaveAColumn() {
        let text = StormTable.text([row(sessions: 1000, last: 20, fired: 9)])
        #expect(text.contains("9 of 10") && !text.contains("watches told of the change"), "\(text)")
    }

    @Test func aPageHasItsStorms() {
        var results = StoredResults()
        results.storms = [row(sessions: 1000, last: 20)]
        let page = HTMLReport.text(title: "t", environment: "", results: results)
        #expect(page.contains("id=\"storms\"") && page.contains("Last back"))
        #expect(!HTMLReport.text(title: "t", environment: "", results: StoredResults()).contains("id=\"storms\""))
    }

    @Test func loadsAreNamedByWhatTheyAre() {
        var key = LoadKey()
        (key.mode, key.clients, key.outstanding, key.payloadBytes, key.recipe) = ("closed", 32, 1, 128, "lock")
        #expect(key.loadName == "lock, 32 contenders, 128 B")
        (key.recipe, key.mode, key.storm, key.stormWatches) = ("", "storm", "connections_cut", 1)
        (key.stormReaders, key.ratePerSecond, key.point) = (8, 1000, "crowd")
        #expect(key.loadName == "crowd: storm of 32 sessions, 1 watch each, connections cut, 8 readers at 1,000/s")
    }
}
