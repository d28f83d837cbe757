import Foundation
import Results
import Statistics
import TestSupport
import Testing

@testable import Report

/// The knee, the objective and the exit code of curves made of rows.
@Suite struct LoadCurveTests {
    /// A point of a curve with a capacity of 100,000/s.
    private static func row(
        _ share: Double,
        p99: Double,
        achieved: Double = 1,
        repeatNumber: Int = 1,
        size: Int = 3,
        _ change: (inout SummaryRow) -> Void = { _ in }
    ) -> SummaryRow {
        let offered = share * 100_000
        var row = Samples.row(repeatNumber: repeatNumber, size: size, achieved: offered * achieved, p99: p99)
        row.load.point = "curve"
        row.load.mode = "open_poisson"
        row.load.mix = "set:100"
        row.load.ofCapacity = share
        row.offeredPerSecond = offered
        row.capacityPerSecond = 100_000
        row.cost.cpuMicrosecondsPerWrite = 20
        if achieved < 0.95 { row.invalidReasons = ["overloaded: less than was asked for"] }
        change(&row)
        return row
    }

    private static func curve(_ rows: [SummaryRow]) throws -> LoadCurve {
        let curves = LoadCurve.all(of: rows)
        try #require(curves.count == 1)
        return curves[0]
    }

    private static let usual = [
        row(0.01, p99: 2000), row(0.4, p99: 3000), row(0.8, p99: 15_000), row(0.9, p99: 40_000),
        row(1.1, p99: 500_000, achieved: 0.9),
    ]

    @Test func theKneeIsTheHighestRateThatIsHeld() throws {
        let curve = try Self.curve(Self.usual.reversed())
        #expect(curve.capacity?.median == 100_000)
        let knee = try #require(curve.knee)
        #expect(knee.end == .bend && knee.rate?.median == 80_000 && knee.rate?.interval == nil && knee.passes == 1)
        // Kept up with in the tail, and not in the rate.
        var slow = Self.usual
        slow[2].achievedPerSecond = 77_000
        #expect(try Self.curve(slow).knee?.rate?.median == 40_000)
    }

    /// A closed loop that lost writes says nothing, and the next point has a capacity of its own.
    @Test func aCapacityIsThatOfARowThatStands() throws {
        var rows = Self.usual
        rows[0].capacityPerSecond = 300_000
        rows[0].invalidReasons = ["\(RunValidity.violation): the closed loop's writes: 1 lost"]
        #expect(try Self.curve(rows).capacity?.median == 100_000)
        // Beyond the knee a point is no result, and its closed loop was proven all the same.
        #expect(try Self.curve([Self.usual[4]]).capacity?.median == 100_000)
        #expect(try Self.curve([rows[0]]).capacity == nil)
    }

    @Test func pointsThatEndedByTimeAreCounted() {
        var rows = Self.usual
        (rows[0].precision.isTimeUp, rows[0].precision.responseP99) = (true, 0.42)
        (rows[1].precision.isTimeUp, rows[1].precision.responseP99) = (false, 0.1)
        // Beyond the knee nobody asks how well it is known.
        (rows[4].precision.isTimeUp, rows[4].precision.responseP99) = (true, 0.9)
        let text = CurveTable.text(rows).split(separator: "\n").joined(separator: " ")
        #expect(text.contains("1 point ended by time (longest_s)") && text.contains("to ±42 %"), "\(text)")
        #expect(!CurveTable.text(Self.usual).contains("longest_s"))
    }

    @Test func aLowerPointThatMissesIsNoKnee() throws {
        var rows = Self.usual
        rows[1].response.p99Microseconds = 90_000
        #expect(try Self.curve(rows).knee?.rate?.median == 80_000)
    }

    @Test func aCurveMayEndBeforeItsKnee() throws {
        let knee = try #require(try Self.curve(Array(Self.usual.prefix(3))).knee)
        #expect(knee.end == .curve && knee.rate?.median == 80_000)
        #expect(try Self.curve([Self.row(0.01, p99: 2000, achieved: 0.5)]).knee?.end == .bend)
        let broken = Self.row(0.01, p99: 1) { $0.invalidReasons = ["not verified: nobody answered"] }
        #expect(try Self.curve([broken]).knee == nil)
    }

    @Test func whatTheGeneratorLimitsTakesNoPart() throws {
        var rows = Self.usual
        for index in 3..<5 { rows[index].context.isGeneratorLimited = true }
        var knee = try #require(try Self.curve(rows).knee)
        #expect(knee.end == .generator && knee.rate?.median == 80_000)
        // A capacity next to the generator's own is nobody's knee, whatever the rows beyond it say.
        rows = Self.usual
        for index in rows.indices { rows[index].generatorBoundPerSecond = 110_000 }
        knee = try #require(try Self.curve(rows).knee)
        #expect(knee.end == .generator)
        let text = CurveTable.text(rows, on: .wide)
        #expect(text.contains("none: the generator's bound, 110,000"), "\(text)")
        // Whatever a null target does is the generator's.
        rows = Self.usual
        for index in rows.indices { rows[index].systemVersion = "null" }
        #expect(try Self.curve(rows).knee?.end == .generator)
        #expect(CurveTable.text(rows, on: .wide).contains("none: the generator's bound, 100,000"))
        #expect(try Self.curve(Array(rows.prefix(3))).knee?.end == .generator)
        rows = rows.map { row in
            var row = row
            row.context.isGeneratorLimited = true
            return row
        }
        knee = try #require(try Self.curve(rows).knee)
        #expect(knee.end == .generator && knee.rate == nil)
    }

    @Test func repeatsGiveAnInterval() throws {
        let shares = [0.8, 0.9, 0.8]
        let rows = shares.enumerated().flatMap { index, share in
            [0.01, 0.8, 0.9, 1.1].map { point in
                Self.row(
                    point,
                    p99: point <= share ? 2000 : 60_000,
                    achieved: point > 1 ? 0.9 : 1,
                    repeatNumber: index + 1
                )
            }
        }
        let knee = try #require(try Self.curve(rows).knee)
        #expect(knee.passes == 3 && knee.rate?.median == 80_000)
        let interval = try #require(knee.rate?.interval)
        #expect(interval.low < 80_000 && interval.high > 80_000)
        #expect(CurveTable.text(rows).contains(" ±"))
        #expect(!CurveTable.text(rows).contains("One curve alone"))
        #expect(CurveTable.text(Self.usual).contains("One curve alone has no interval"))
    }

    // MARK: Objectives

    private static func promised(_ rows: [SummaryRow], p99: Double) -> [SummaryRow] {
        rows.map { row in
            var row = row
            row.objective.p99 = p99
            return row
        }
    }

    @Test func theObjectiveIsHeldUpToARate() throws {
        let curve = try Self.curve(Self.promised(Self.usual, p99: 20))
        #expect(curve.objectiveRate?.median == 80_000 && !curve.missesObjective)
        #expect(try Self.curve(Self.promised(Self.usual, p99: 2.5)).objectiveRate?.median == 1000)
        let missed = try Self.curve(Self.promised(Self.usual, p99: 1))
        #expect(missed.objectiveRate == nil && missed.missesObjective)
        #expect(try !Self.curve(Self.usual).missesObjective)
        // A rate that is only half achieved holds nothing, however fast the answers are.
        var row = Self.row(0.5, p99: 1, achieved: 0.97)
        row.objective.p99 = 20
        #expect(row.holdsObjective == false)
    }

    @Test func theExitCodeSaysWhatBecameOfTheObjective() {
        func status(_ rows: [SummaryRow]) -> Report.ExitStatus { LoadPointSummary.status(of: rows, faults: []) }
        // Beyond the knee nothing is expected, as long as something is below.
        #expect(status(Self.usual) == .pass)
        #expect(status([Self.usual[4]]) == .failed)
        #expect(status(Self.usual + [Self.row(0.2, p99: 1) { $0.invalidReasons = ["errors: 9"] }]) == .failed)
        #expect(status(Self.promised(Self.usual, p99: 20)) == .pass)
        #expect(status(Self.promised(Self.usual, p99: 1)) == .objectiveMissed)
        var plain = Samples.row(repeatNumber: 1, achieved: 1000, p99: 900)
        plain.objective.p99 = 1
        #expect(status([plain]) == .pass)
        plain.objective.p99 = 0.5
        #expect(status([plain]) == .objectiveMissed)
        // Held by one of two runs is not held; a failed run and a lost write come first.
        var other = plain
        other.response.p99Microseconds = 400
        #expect(status([plain, other]) == .objectiveMissed && status([plain, other, other]) == .pass)
        plain.load.mode = "open_poisson"
        plain.invalidReasons = ["overloaded: 5/s of 9/s achieved"]
        plain.achievedPerSecond = 500
        #expect(status([plain]) == .objectiveMissed)
        plain.objective.p99 = nil
        #expect(status([plain]) == .failed)
        plain.invalidReasons = ["\(RunValidity.violation): 1 lost"]
        #expect(status([plain, other]) == .lostWrite)
    }

    // MARK: What is shown

    @Test func theTablesSayIt() {
        let rows = Self.promised(Self.usual, p99: 20)
        let text = CurveTable.text(rows, on: .wide)
        #expect(text.contains("100,000") && text.contains("  80,000"))
        #expect(text.contains("objective: response p99 20 ms."))
        let points = SummaryTable.text(rows: rows, on: .wide)
        #expect(points.contains("beyond the knee") && points.contains("at 0.4 of capacity"))
        #expect(points.contains("CPU/write") && !points.contains("Not a result"))
        #expect(CurveTable.text([Samples.row(repeatNumber: 1, achieved: 1)]) == "")
        let missed = SummaryTable.text(
            rows: Self.promised([Samples.row(repeatNumber: 1, achieved: 1000)], p99: 0.5),
            on: .wide
        )
        #expect(missed.contains("OBJECTIVE MISSED (p99 0.5 ms): closed 16x64, 128 B, 3 servers."), "\(missed)")
    }

    @Test func theDocumentHasIt() throws {
        let rows = Self.promised(Self.usual, p99: 20)
        let text = try JSONDocument(rows: rows, folder: "f", workload: "w", exitCode: .pass).text()
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        let curve = try #require((object["curves"] as? [[String: Any]])?.first)
        #expect(curve["knee_per_s_median"] as? Double == 80_000 && curve["knee_per_s_low"] is NSNull)
        #expect(curve["ended_by"] as? String == "bend" && curve["slo_missed"] as? Bool == false)
        #expect(curve["slo_per_s_median"] as? Double == 80_000 && curve["capacity_per_s_median"] as? Double == 100_000)
        #expect(curve["ensemble_size"] as? Int == 3 && curve["of_capacity"] == nil)
    }

    @Test func theReportDrawsIt() throws {
        var results = StoredResults()
        results.runs =
            Self.promised(Self.usual, p99: 20)
            + Self.usual.map { row in
                var row = row
                row.tag.ensembleSize = 5
                return row
            }
        let html = HTMLReport.text(title: "t", environment: "", results: results)
        #expect(html.components(separatedBy: "data-chart=\"curve\"").count == 3)
        #expect(html.contains("data-chart=\"curve-cost\"") && html.contains("Rates that could not be kept up with"))
        #expect(!html.contains("rejected, overloaded"))
        for word in ["nan", "inf"] { #expect(!html.contains("=\"\(word)"), "\(word)") }
        let answers = Answers.of(results).filter { $0.question == .curve }
        #expect(answers.map(\.subject) == ["3 servers, curve", "5 servers, curve"])
        #expect(answers[0].statement.contains("the knee is at 80,000 writes/s (one curve, no interval)"))
        #expect(answers[0].statement.contains("p99 20 ms is held up to 80,000 writes/s"))
    }
}
