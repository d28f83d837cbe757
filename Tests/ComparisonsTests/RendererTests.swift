import Foundation
import Report
import Statistics
import Testing

@testable import Comparisons

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// The exact text of every output, all of one result.
@Suite struct RendererTests {
    static func metric(
        _ place: Int,
        _ baseline: [Double],
        _ candidate: [Double],
        ratio: Double? = nil,
        interval: (Double, Double)? = nil,
        p: Double? = nil,
        sees: Double? = nil,
        _ verdict: Verdict,
        _ reason: Comparison.Reason
    ) -> Comparison.Metric {
        Comparison.Metric(
            metric: ComparedMetric.all[place],
            baseline: Distribution(baseline),
            candidate: Distribution(candidate),
            ratio: ratio,
            interval: interval.flatMap { Interval(low: $0.0, high: $0.1, confidence: 0.95, method: .rank) },
            p: p,
            adjustedP: p,
            smallestEffect: sees,
            verdict: verdict,
            reason: reason
        )
    }

    static let comparison = Comparison(
        design: .stored,
        baseline: .init(name: "old", commit: "aaaa", runs: 3, invalid: 1),
        candidate: .init(name: "new|er", commit: "bbbb", runs: 2, invalid: 0),
        level: 0.01,
        confidence: 0.95,
        groups: [
            Comparison.Group(
                label: "3 servers, <50%> & \"a,b: c\"",
                members: ["system": "zabbench"],
                metrics: [
                    metric(
                        0,
                        [52_341, 52_343],
                        [50_000, 50_002],
                        ratio: 0.955,
                        interval: (0.94, 0.97),
                        p: 0.00123,
                        sees: 0.05,
                        .regressed,
                        .judged(.beyondMargin)
                    ),
                    metric(
                        2,
                        [812],
                        [790.5],
                        ratio: 0.97,
                        p: 1,
                        .inconclusive,
                        .judged(.noEvidence)
                    ),
                    metric(4, [0.007814], [0.007814], ratio: 1, .equivalent, .constant),
                ]
            )
        ],
        tests: 2,
        warnings: ["one\nwarning"]
    )

    @Test func table() {
        let expected = """
            Baseline:  old at aaaa, 3 runs, 1 of them invalid
            Candidate: new|er at bbbb, 2 runs
            Note: 1 of 3 runs of the baseline is invalid and left out
            Note: one
            warning

            3 servers, <50%> & "a,b: c"
            metric           baseline  candidate  ratio  95 % interval       p  runs   sees  verdict       why
            ---------------  --------  ---------  -----  -------------  ------  ----  -----  ------------  -----------------------------------------------------------
            achieved_per_s     52,342     50,001  0.955   0.940..0.970  0.0012   2+2  4.8 %  regressed     slower, beyond the margin of 5 %
            response_p99_us     812.0      790.5  0.970              -       1   1+1      -  inconclusive  too few runs for an interval
            syncs_per_write  0.007814   0.007814  1.000              -       -   1+1      -  equivalent    one value in all runs: no test, its place is the exact tier

            Mann-Whitney's test and Hodges-Lehmann's ratio of runs; 95 % intervals; p by Holm over 2 tests,
            level 0.01; "sees" is the smallest change for the worse found in 95 of 100 cases
            Verdict: regressed (3 figures: 1 regressed, 1 equivalent, 1 inconclusive)

            """
        #expect(ComparisonTable.text(Self.comparison, on: .wide) == expected)
        #expect(
            ComparisonTable.text(Self.comparison, on: Display(columns: 80, isColoured: true)).contains(
                "\u{1b}[31mregressed\u{1b}[0m"
            )
        )
    }

    @Test func markdown() {
        let expected = #"""
            ### zabbench: regressed (3 figures: 1 regressed, 1 equivalent, 1 inconclusive)

            | | |
            |---|---|
            | Baseline | old at aaaa, 3 runs, 1 of them invalid |
            | Candidate | new\|er at bbbb, 2 runs |

            > **Note:** 1 of 3 runs of the baseline is invalid and left out

            > **Note:** one warning

            **3 servers, &lt;50%&gt; &amp; "a,b: c"**

            | Metric | Baseline | Candidate | Change | 95 % interval of the ratio | p | Runs | Sees | Verdict | Why |
            |---|--:|--:|--:|--:|--:|--:|--:|---|---|
            | achieved\_per\_s | 52,342 | 50,001 | -4.5 % | 0.940..0.970 | 0.0012 | 2+2 | 4.8 % | **regressed** | slower, beyond the margin of 5 % |
            | response\_p99\_us | 812.0 | 790.5 | -3.0 % | - | 1 | 1+1 | - | inconclusive | too few runs for an interval |
            | syncs\_per\_write | 0.007814 | 0.007814 | +0.0 % | - | - | 1+1 | - | equivalent | one value in all runs: no test, its place is the exact tier |

            Mann-Whitney's test and Hodges-Lehmann's ratio of runs; 95 % intervals; p by Holm over 2 tests, level 0.01; "sees" is the smallest change for the worse found in 95 of 100 cases.

            """#
        #expect(ComparisonMarkdown.text(Self.comparison) == expected)
    }

    @Test func annotations() {
        let expected = """
            ::error title=zabbench%3A achieved_per_s regressed::3 servers, <50%25> & "a,b: c": achieved_per_s: 52,342 to 50,001 1/s (-4.5 %25, ratio 0.955, 95 %25 interval 0.940..0.970, p 0.0012); slower, beyond the margin of 5 %25
            ::warning title=zabbench::1 of 3 runs of the baseline is invalid and left out%0Aone%0Awarning
            ::notice title=zabbench%3A 1 inconclusive::3 servers, <50%25> & "a,b: c": response_p99_us: 812.0 to 790.5 us (-3.0 %25, ratio 0.970, p 1); too few runs for an interval
            ::notice title=zabbench::regressed (3 figures: 1 regressed, 1 equivalent, 1 inconclusive). Mann-Whitney's test and Hodges-Lehmann's ratio of runs; 95 %25 intervals; p by Holm over 2 tests, level 0.01; "sees" is the smallest change for the worse found in 95 of 100 cases

            """
        #expect(ComparisonAnnotations.text(Self.comparison) == expected)
    }

    @Test func junit() throws {
        let text = ComparisonJUnit.text(Self.comparison)
        let document = try XMLDocument(data: Data(text.utf8))
        let suites = try document.nodes(forXPath: "/testsuites/testsuite")
        #expect(suites.count == 2)
        func attribute(_ path: String) throws -> String? { try document.nodes(forXPath: path).first?.stringValue }
        #expect(try attribute("/testsuites/@tests") == "4")
        #expect(try attribute("/testsuites/@failures") == "1")
        #expect(try attribute("/testsuites/@errors") == "0")
        #expect(try attribute("/testsuites/@skipped") == "1")
        #expect(try attribute("/testsuites/testsuite[2]/@name") == "3 servers, <50%> & \"a,b: c\"")
        #expect(try attribute("//testcase[failure]/@name") == "achieved_per_s")
        #expect(try attribute("//testcase[skipped]/@name") == "response_p99_us")
        #expect(try attribute("//property[@name='note'][2]/@value") == "one\nwarning")
        #expect(text.contains("<failure type=\"regressed\" message=\"achieved_per_s: 52,342 to 50,001 1/s (-4.5 %, "))
    }

    @Test func junitHasErrorsForLostWritesAndLoadsWithoutResult() throws {
        var lost = Self.comparison
        lost.violated = ["run-1"]
        lost.failed = ["serial & more"]
        let document = try XMLDocument(data: Data(ComparisonJUnit.text(lost).utf8))
        #expect(try document.nodes(forXPath: "//error").count == 2)
        #expect(try document.nodes(forXPath: "/testsuites/@errors").first?.stringValue == "2")
        #expect(try document.nodes(forXPath: "//testcase").count == 5)
        #expect(try document.nodes(forXPath: "/testsuites/@tests").first?.stringValue == "5")
        #expect(ComparisonAnnotations.text(lost).hasPrefix("::error title=zabbench%3A lost writes::lost writes"))
        #expect(ComparisonAnnotations.text(lost).contains("serial & more: the candidate has no valid run\n"))
    }

    @Test func json() throws {
        let text = try ComparisonDocument.text(Self.comparison, exitCode: .regression)
        let object = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(object["exit_code"] as? Int == 2)
        #expect(object["verdict"] as? String == "regressed")
        #expect(object["forced"] as? Bool == false)
        let metrics = try #require(object["metrics"] as? [[String: Any]])
        #expect(metrics.map { $0["verdict"] as? String } == ["regressed", "inconclusive", "equivalent"])
        #expect(metrics[0]["ratio_low"] as? Double == 0.94)
        #expect(metrics[0]["p_adjusted"] as? Double == 0.00123)
        #expect(metrics[1]["ratio_low"] == nil)
        #expect(metrics[2]["reason"] as? String == "constant")
    }

    /// One metric of each kind that is proved and no regression, among others.
    static func headline(_ metrics: [Comparison.Metric]) -> String {
        var comparison = Self.comparison
        comparison.groups[0].metrics = metrics
        return comparison.headline
    }

    static func proved(
        _ place: Int,
        _ interval: (Double, Double),
        _ verdict: Verdict,
        _ reason: Judgement.Reason,
        _ change: Judgement.Change
    ) -> Comparison.Metric {
        var metric = metric(place, [100], [101], ratio: 1.01, interval: interval, p: 0.001, verdict, .judged(reason))
        metric.proved = change
        return metric
    }

    @Test func wordsDenyNothingThatIsProved() {
        let slower = Self.proved(1, (1.015, 1.038), .equivalent, .withinMargin, .worse)
        #expect(slower.word == "within margin")
        #expect(slower.why == "slower, within the margin of 5 %")
        #expect(slower.sentence.hasSuffix("interval 1.015..1.038, p 0.001); slower, within the margin of 5 %"))
        let dearer = Self.proved(3, (1.005, 1.067), .inconclusive, .mayBeSmall, .worse)
        #expect(dearer.why == "costs more; whether by more than the margin of 3 % cannot be told: more runs")
        let fewer = Self.proved(4, (0.99, 0.999), .equivalent, .withinMargin, .better)
        #expect(fewer.why == "fewer syncs, within the margin of 2 %")
        let open = Self.comparison.groups[0].metrics[1]
        #expect(
            Self.headline([slower, open])
                == "slower, within the margin of 5 % (2 figures: 1 within margin, 1 inconclusive)"
        )
        #expect(
            Self.headline([slower, dearer])
                == "slower and costs more; whether by more than the margins cannot be told "
                + "(2 figures: 1 within margin, 1 inconclusive)"
        )
        #expect(Self.headline([fewer]) == "fewer syncs, within the margin of 2 % (1 figure: 1 within margin)")
        #expect(Self.headline([open]) == "inconclusive (1 figure: 1 inconclusive)")
        // What regressed outweighs what is slower within its margin, and that what improved.
        #expect(Self.headline([Self.comparison.groups[0].metrics[0], slower]).hasPrefix("regressed ("))
        let better = Self.proved(3, (0.8, 0.9), .improved, .beyondMargin, .better)
        #expect(Self.headline([slower, better]).hasPrefix("slower, within the margin of 5 % ("))
        #expect(Self.headline([open, better]).hasPrefix("improved in part ("))
        #expect(Self.headline([better]).hasPrefix("improved ("))
    }

    /// The interval alone does not prove it, and excludes what "no difference" would say.
    @Test func whatTheIntervalExcludesIsNotDenied() {
        let looks = Self.metric(
            3,
            [10],
            [15],
            ratio: 1.5,
            interval: (1.338, 1.681),
            p: 0.0952,
            .inconclusive,
            .judged(.unproved)
        )
        #expect(looks.why == "costs more by its own interval, not proved among all tests: more runs")
    }

    @Test func proofsAreNoticesAndInTheDocument() throws {
        var comparison = Self.comparison
        comparison.groups[0].metrics = [Self.proved(1, (1.015, 1.038), .equivalent, .withinMargin, .worse)]
        let notices = ComparisonAnnotations.text(comparison)
        #expect(notices.contains("::notice title=zabbench%3A 1 within margin::3 servers"))
        #expect(notices.contains("; slower, within the margin of 5 %25\n"))
        #expect(ComparisonJUnit.text(comparison).contains("within margin, response_p50_us: "))
        #expect(ComparisonMarkdown.text(comparison).contains("| within margin | slower, within the margin of 5 % |"))
        let text = try ComparisonDocument.text(comparison, exitCode: .pass)
        #expect(text.contains("\"proved\" : \"worse\"") && text.contains("\"verdict\" : \"equivalent\""))
    }

    @Test func figures() {
        #expect(Figures.round(0.05) == "5 %" && Figures.round(0.025) == "2.5 %")
        #expect(Figures.value(52_341.4) == "52,341")
        #expect(Figures.value(6.7584) == "6.758")
        #expect(Figures.value(0) == "0")
        #expect(Figures.value(nil) == "-")
        #expect(Figures.p(0.00001) == "<0.0001")
        #expect(Figures.p(0.05) == "0.05")
        #expect(Figures.percent(0.123) == "12 %")
        #expect(Figures.change(1.02) == "+2.0 %")
    }
}
