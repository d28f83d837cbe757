import Foundation
import Report
import Testing

@testable import Exact
@testable import Simulator

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The exact text of every output, all of one result. The counts are made up.
@Suite struct ExactOutputTests {
    static func counts(_ values: [ExactMetric: Int]) -> ExactCounts {
        var counts = ExactCounts()
        for (metric, value) in values { counts[metric] = value }
        return counts
    }

    static func measurement(
        _ loads: [(name: String, values: [ExactMetric: Int])],
        compiler: String? = nil
    ) -> ExactMeasurement {
        ExactMeasurement(
            loads: loads.map { ScriptedLoad(name: $0.name) },
            counts: loads.map { counts($0.values) },
            compiler: compiler
        )
    }

    static let before = measurement([
        ("a|<b>%", [.operations: 8, .writes: 8, .syncs: 24, .logBytes: 1000, .syncWaits: 8000]),
        ("same", [.operations: 4, .writes: 4, .syncs: 12]),
    ])
    static let after = measurement([
        ("a|<b>%", [.operations: 8, .writes: 8, .syncs: 48, .logBytes: 990, .syncWaits: 8500]),
        ("same", [.operations: 4, .writes: 4, .syncs: 12]),
    ])

    static func result(
        _ now: ExactMeasurement = after,
        against old: ExactMeasurement = before,
        isUpdate: Bool = false,
        _ change: (inout ExactBaseline) -> Void = { _ in }
    ) -> ExactResult {
        var baseline = ExactBaseline(old)
        change(&baseline)
        let comparison = ExactComparison(now, with: baseline)
        return ExactResult(now, .success(comparison), baseline: "ci_b.json", isUpdate: isUpdate)
    }

    static let refused = ExactResult(
        refused: ExactBaselineError(description: "ci_b.json: there is no baseline; make one with --update"),
        baseline: "ci_b.json"
    )

    // MARK: A count differs

    @Test func table() {
        let expected = """
            workload  delays/op  sync waits/op  records/batch  records/group  syncs/write  log bytes/write  messages/write  bytes/write  allocations/write
            --------  ---------  -------------  -------------  -------------  -----------  ---------------  --------------  -----------  -----------------
            a|<b>%            -           1.06              -              -         6.00           123.75               -            -                  -
            same              -              -              -              -         3.00                -               -            -                  -
            Ratios of counts that are the same in every run: rounded, and without an error.

            regressed: a|<b>% syncs 24 -> 48 (+24)
            better: a|<b>% log_bytes 1000 -> 990 (-10 bytes)
            regressed: a|<b>% sync_waits 8.000 -> 8.500 (+0.500 syncs)
            allocations are not compared: they are counted in release builds with jemalloc only
            3 of 8 counts differ from ci_b.json: 2 regressed, 1 better; if that is meant, update the baseline with --update, and commit it

            """
        #expect(ExactTable.text(Self.result(), on: .wide) == expected)
        #expect(Self.result().exitCode == .regression)
    }

    @Test func markdown() {
        let expected = #"""
            ### zabbench exact: 3 of 8 counts differ from ci\_b.json: 2 regressed, 1 better

            If that is meant, update the baseline with --update, and commit it.

            > **Note:** allocations are not compared: they are counted in release builds with jemalloc only

            | Workload | Count | Baseline | Now | Change | |
            |---|---|--:|--:|--:|---|
            | a\|&lt;b&gt;% | syncs | 24 | 48 | +24 | **regressed** |
            | a\|&lt;b&gt;% | log\_bytes | 1000 | 990 | -10 bytes | better |
            | a\|&lt;b&gt;% | sync\_waits | 8.000 | 8.500 | +0.500 syncs | **regressed** |

            <details><summary>What the load points cost</summary>

            | workload | delays/op | sync waits/op | records/batch | records/group | syncs/write | log bytes/write | messages/write | bytes/write | allocations/write |
            |---|--:|--:|--:|--:|--:|--:|--:|--:|--:|
            | a\|&lt;b&gt;% | - | 1.06 | - | - | 6.00 | 123.75 | - | - | - |
            | same | - | - | - | - | 3.00 | - | - | - | - |

            </details>

            """#
        #expect(ExactMarkdown.text(Self.result()) == expected)
    }

    @Test func junit() throws {
        let expected = """
            <?xml version="1.0" encoding="UTF-8"?>
            <testsuites name="zabbench exact" tests="3" failures="1" errors="0" skipped="0">
              <testsuite name="exact" tests="3" failures="1" errors="0" skipped="0">
                <properties>
                  <property name="verdict" value="3 of 8 counts differ from ci_b.json: 2 regressed, 1 better; if that is meant, update the baseline with --update, and commit it"/>
                  <property name="baseline" value="ci_b.json"/>
                  <property name="engine" value="\(ExactMeasurement.engine)"/>
                  <property name="note" value="allocations are not compared: they are counted in release builds with jemalloc only"/>
                </properties>
                <testcase classname="exact" name="baseline"/>
                <testcase classname="exact" name="a|&lt;b&gt;%">
                  <failure type="regressed" message="regressed: syncs 24 -&gt; 48 (+24)&#10;better: log_bytes 1000 -&gt; 990 (-10 bytes)&#10;regressed: sync_waits 8.000 -&gt; 8.500 (+0.500 syncs)"/>
                </testcase>
                <testcase classname="exact" name="same">
                  <system-out>3 counts as in the baseline</system-out>
                </testcase>
              </testsuite>
            </testsuites>

            """
        let text = ExactJUnit.text(Self.result())
        #expect(text == expected)
        let document = try XMLDocument(data: Data(text.utf8))
        #expect(try document.nodes(forXPath: "//testcase[failure]/@name").first?.stringValue == "a|<b>%")
    }

    @Test func annotations() {
        let expected = """
            ::error title=zabbench exact%3A 2 regressed::a|<b>%25 syncs 24 -> 48 (+24)%0Aa|<b>%25 sync_waits 8.000 -> 8.500 (+0.500 syncs)
            ::error title=zabbench exact%3A 1 better::a|<b>%25 log_bytes 1000 -> 990 (-10 bytes)
            ::warning title=zabbench exact::allocations are not compared: they are counted in release builds with jemalloc only
            ::notice title=zabbench exact::3 of 8 counts differ from ci_b.json: 2 regressed, 1 better; if that is meant, update the baseline with --update, and commit it

            """
        #expect(ExactAnnotations.text(Self.result()) == expected)
    }

    @Test func json() throws {
        let result = Self.result()
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(ExactDocument.text(result).utf8)) as? [String: Any]
        )
        #expect(object["exit_code"] as? Int == 2)
        #expect(object["compared"] as? Int == 8)
        #expect((object["obstacles"] as? [String])?.isEmpty == true)
        #expect((object["notes"] as? [String])?.count == 1)
        #expect((object["counts"] as? [[String: Any]])?.count == 8)
        let differences = try #require(object["differences"] as? [[String: Any]])
        #expect(differences.map { $0["metric"] as? String } == ["syncs", "log_bytes", "sync_waits"])
        #expect(differences.map { $0["kind"] as? String } == ["regressed", "better", "regressed"])
        #expect(differences[2]["before"] as? Double == 8 && differences[2]["after"] as? Double == 8.5)
        #expect(try ExactDocument.text(result).hasSuffix("}\n"))
    }

    // MARK: The other verdicts

    /// A lower count fails as a higher one does.
    @Test func betterFailsInEveryFormat() {
        let better = Self.result(
            Self.measurement([("one", [.syncs: 2])]),
            against: Self.measurement([("one", [.syncs: 3])])
        )
        let conclusion =
            "1 of 1 counts differ from ci_b.json: 1 better; update the baseline with --update, and commit it"
        #expect(better.exitCode == .regression && better.conclusion == conclusion)
        #expect(ExactTable.text(better).hasSuffix("\n\(conclusion)\n"))
        #expect(ExactMarkdown.text(better).contains("| one | syncs | 3 | 2 | -1 | better |\n"))
        #expect(
            ExactMarkdown.text(better).contains("\n\nUpdate the baseline with --update, and commit it.\n\n")
        )
        #expect(ExactJUnit.text(better).contains("tests=\"2\" failures=\"1\" errors=\"0\" skipped=\"0\""))
        #expect(ExactJUnit.text(better).contains("<failure type=\"better\" message=\"better: syncs 3 -&gt; 2 (-1)\"/>"))
        #expect(
            ExactAnnotations.text(better).hasPrefix("::error title=zabbench exact%3A 1 better::one syncs 3 -> 2 (-1)\n")
        )
    }

    @Test func aLoadThatHasChangedFails() {
        let changed = Self.result(
            Self.measurement([("one", [.writes: 2])]),
            against: Self.measurement([("one", [.writes: 3])])
        )
        #expect(changed.exitCode == .regression)
        #expect(
            ExactJUnit.text(changed).contains("<failure type=\"changed\" message=\"changed: writes 3 -&gt; 2 (-1)\"/>")
        )
        #expect(ExactAnnotations.text(changed).hasPrefix("::error title=zabbench exact%3A 1 changed::one writes"))
    }

    @Test func equalCountsFailNowhere() {
        let equal = Self.result(Self.before)
        #expect(equal.exitCode == .pass)
        #expect(ExactTable.text(equal).hasSuffix("\n8 counts, all as in ci_b.json\n"))
        #expect(
            ExactMarkdown.text(equal).hasPrefix("### zabbench exact: 8 counts, all as in ci\\_b.json\n\n> **Note:**")
        )
        #expect(!ExactMarkdown.text(equal).contains("| Workload |"))
        #expect(ExactJUnit.text(equal).contains("tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"0\""))
        #expect(!ExactAnnotations.text(equal).contains("::error"))
        #expect(
            ExactAnnotations.text(equal).hasSuffix("::notice title=zabbench exact::8 counts, all as in ci_b.json\n")
        )
    }

    /// Exit code 5: every output says why, and no case passes that was not compared.
    @Test func whatDoesNotCompareIsSaidInEveryFormat() throws {
        let foreign = Self.result { $0.engine = "log 0, peers 0" }
        let reason =
            "the baseline is of another engine format (log 0, peers 0) than this build (\(ExactMeasurement.engine))"
        let conclusion = "ci_b.json is of something else; if that is meant, make it anew with --update"
        #expect(foreign.exitCode == .notComparable)
        #expect(ExactTable.text(foreign).hasSuffix("\n\n\(reason)\n\(conclusion)\n"))
        let markdown = """
            ### zabbench exact: ci\\_b.json is of something else

            If that is meant, make it anew with --update.

            > **Not comparable:** \(reason)

            <details>
            """
        #expect(ExactMarkdown.text(foreign).hasPrefix(markdown))
        let junit = ExactJUnit.text(foreign)
        #expect(junit.contains("tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"2\""))
        #expect(junit.contains("name=\"baseline\">\n      <error message=\"\(reason)\"/>\n"))
        #expect(
            ExactAnnotations.text(foreign) == """
                ::error title=zabbench exact%3A not comparable::\(reason)
                ::notice title=zabbench exact::\(conclusion)

                """
        )
        #expect(try ExactDocument.text(foreign).contains("\"obstacles\" : [\n    \"\(reason)\"\n  ]"))
    }

    @Test func aLoadPointOfOneSideOnlyIsAnError() {
        let one = Self.measurement([("one", [.syncs: 3])])
        let two = Self.measurement([("one", [.syncs: 3]), ("two", [.syncs: 4])])
        for (now, old, kind, words) in [
            (two, one, "new", "syncs none -> 4"), (one, two, "gone", "syncs 4 -> none"),
        ] {
            let result = Self.result(now, against: old)
            #expect(result.exitCode == .notComparable && result.workloads == ["one", "two"])
            let error = words.replacing(">", with: "&gt;")
            #expect(
                ExactJUnit.text(result).contains(
                    "name=\"two\">\n      <error message=\"\(kind): \(error)\"/>\n    </testcase>\n"
                )
            )
            #expect(ExactJUnit.text(result).contains("tests=\"3\" failures=\"0\" errors=\"1\" skipped=\"0\""))
            #expect(ExactMarkdown.text(result).contains(" | - | \(kind) |\n"))
            #expect(
                ExactAnnotations.text(result).hasPrefix("::error title=zabbench exact%3A 1 \(kind)::two \(words)\n")
            )
        }
    }

    @Test func aMissingBaselineIsSaidInEveryFormat() throws {
        let reason = "ci_b.json: there is no baseline; make one with --update"
        #expect(Self.refused.exitCode == .notComparable)
        #expect(ExactTable.text(Self.refused) == reason + "\n")
        #expect(
            ExactMarkdown.text(Self.refused)
                == "### zabbench exact: ci\\_b.json: there is no baseline; make one with --update\n\n"
        )
        #expect(ExactJUnit.text(Self.refused).contains("tests=\"1\" failures=\"0\" errors=\"1\" skipped=\"0\""))
        #expect(ExactJUnit.text(Self.refused).contains("<error message=\"\(reason)\"/>"))
        #expect(
            ExactAnnotations.text(Self.refused).hasPrefix("::error title=zabbench exact%3A not comparable::\(reason)\n")
        )
        #expect(try ExactDocument.text(Self.refused).contains("\"\(reason)\""))
    }

    /// What differs is said, and fails nothing: the baseline is true now.
    @Test func anUpdateFailsNothing() {
        let update = Self.result(isUpdate: true)
        #expect(update.exitCode == .pass && update.conclusion == "ci_b.json: written, 3 counts have changed")
        #expect(ExactTable.text(update).contains("\nregressed: a|<b>% syncs 24 -> 48 (+24)\n"))
        #expect(ExactJUnit.text(update).contains("failures=\"0\" errors=\"0\""))
        #expect(ExactJUnit.text(update).contains("<system-out>regressed: syncs 24 -&gt; 48 (+24)&#10;better: "))
        #expect(!ExactAnnotations.text(update).contains("::error"))
        #expect(Self.result(Self.before, isUpdate: true).conclusion == "ci_b.json: written, nothing has changed")
        let first = ExactResult(Self.after, Self.refused.comparison, baseline: "ci_b.json", isUpdate: true)
        #expect(first.exitCode == .pass && first.obstacles.isEmpty)
        #expect(ExactTable.text(first).hasSuffix("\n\nci_b.json: written, there was none that could be read\n"))
        #expect(ExactMarkdown.text(first).hasPrefix("### zabbench exact: ci\\_b.json: written, there was none that "))
    }
}
