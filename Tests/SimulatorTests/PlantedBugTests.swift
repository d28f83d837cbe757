import Foundation
import Simulator
import TestSupport
import Testing
import Zab

/// What `docs/reference/planted-bugs.md` says: which seed finds which planted bug.
@Suite struct PlantedBugTests {
    struct Row: Sendable, CustomTestStringConvertible {
        var bug: String
        var seed: UInt64
        var scenario: String
        var violation: String
        var testDescription: String { "\(bug) in seed \(seed)" }
    }

    private static let rows: [Row] = {
        let document = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../docs/reference/planted-bugs.md")
        let text = (try? String(contentsOf: document, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { line in
            let cells = line.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
            guard cells.count >= 4, let seed = UInt64(cells[1]) else { return nil }
            let kind = cells[3].prefix { $0 != ":" }
            return Row(
                bug: cells[0],
                seed: seed,
                scenario: cells[2],
                violation: kind == "trap" ? "trapped" : "\(kind):"
            )
        }
    }()

    @Test func theTableHasEveryBugOnce() {
        #expect(Self.rows.map(\.bug) == PlantedBug.allCases.map(\.rawValue))
        #expect(Self.rows.allSatisfy { $0.seed <= 10_000 })
    }

    /// In a process of its own, since bugs are planted for a whole process and some end in a trap.
    @Test(arguments: rows) func isFound(row: Row) throws {
        let arguments = ["--replay", "\(row.seed)", "--scenario", row.scenario, "--quiet"]
        let planted = try Program.run(["simulate", "--plant", row.bug] + arguments)
        #expect(planted.status == 4 || planted.status == 1, "\(planted.errors)")
        #expect(
            planted.errors.contains("seed \(row.seed)") && planted.errors.contains(row.violation),
            "\(planted.errors)"
        )
    }

    /// Where several bugs are found, once.
    struct Place: Hashable, Sendable, CustomTestStringConvertible {
        var seed: UInt64
        var scenario: String
        var testDescription: String { "seed \(seed) of \(scenario)" }
    }

    @Test(arguments: Set(rows.map { Place(seed: $0.seed, scenario: $0.scenario) }))
    func nothingIsFoundWhereNothingIsPlanted(place: Place) throws {
        let scenario = try #require(Scenario.named(place.scenario))
        #expect(Setup(seed: place.seed, scenario: scenario).run().violation == nil)
    }
}
