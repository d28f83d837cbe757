import Results
import Targets
import TestSupport
import Testing

/// `zabbench run` with an objective, a curve and a rate that changes, on a real server, short.
@Suite(.serialized, .timeLimit(.minutes(5))) struct ObjectiveRunTests {
    /// No write takes less than a microsecond, so the objective is missed on every machine.
    private static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 1
        slo: {response_p50_ms: 0.001}
        load:
          - {name: curve, mode: curve, shares: [0.05, 0.3], clients: 4, keys: 80}
          - name: bursts
            mode: open
            profile: {burst: {base: 500, peak: 4000, every_s: 0.5, for_s: 0.1}}
            clients: 4
            keys: 80
        """

    @Test func aMissedObjectiveHasAnExitCodeOfItsOwn() throws {
        let folder = TemporaryFolder()
        try folder.write(Self.workload.utf8, "w.yaml")
        let common = ["w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        let result = try ProgramRun(ZabbenchProgram.path(), ["run"] + common, in: folder.path)
        #expect(result.status == 99, "\(result.errors)")
        #expect(result.output.contains("MISSED at every rate"))
        #expect(result.output.contains("OBJECTIVE MISSED (p50 0.001 ms)"))
        let text = String(decoding: try folder.read("r/latest/summary.csv"), as: UTF8.self)
        let rows = try ResultsFile<SummaryRow>(parsing: text).rows
        try #require(rows.count == 3)
        #expect(rows.allSatisfy { $0.holdsObjective == false && $0.objective.p50 == 0.001 })
        let points = rows.filter { $0.load.point == "curve" }.sorted { $0.offeredPerSecond < $1.offeredPerSecond }
        // One capacity for both, and rates that are shares of it.
        #expect(points.map(\.load.ofCapacity) == [0.05, 0.3] && Set(points.map(\.capacityPerSecond)).count == 1)
        for point in points {
            let planned = try #require(point.capacityPerSecond) * (point.load.ofCapacity ?? 0)
            #expect(abs(point.offeredPerSecond / planned - 1) < 0.25, "\(point.offeredPerSecond) of \(planned)")
        }
        let bursts = try #require(rows.first { $0.load.point == "bursts" })
        #expect(bursts.load.rateProfile == "burst 500/s, 4000/s for 0.1 of 0.5 s" && bursts.load.ratePerSecond == 1200)
        #expect(abs(bursts.offeredPerSecond / 1200 - 1) < 0.25)
        let shown = try ProgramRun(ZabbenchProgram.path(), ["show", "r/latest", "--part", "curves"], in: folder.path)
        #expect(shown.status == 0 && shown.output.contains("MISSED at every rate"), "\(shown.errors)")
        let page = String(decoding: try folder.read("r/latest/report.html"), as: UTF8.self)
        #expect(page.contains("data-chart=\"curve\""))
    }
}
