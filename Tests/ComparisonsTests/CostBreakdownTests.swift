import Foundation
import Results
import Testing

@testable import Comparisons

@Suite struct CostBreakdownTests {
    @Test func theDifferenceHasTheIntervalOfItsPairs() throws {
        let pairs = [(10.0, 12.0), (11, 14), (9, 11), (10, 13)].map { a, b in
            CostBreakdown.Pair(baseline: ["loop": a, "log": 1], candidate: ["loop": b, "log": 1])
        }
        let breakdown = CostBreakdown(title: "by thread", pairs: pairs)
        let loop = try #require(breakdown.parts.first)
        #expect(loop.name == "loop")
        #expect(loop.baseline == 10 && loop.candidate == 12.5 && loop.difference == 2.5)
        // scipy.stats.t.ppf(0.975, 3) * numpy.std([2, 3, 2, 3], ddof=1) / 2
        #expect(abs(try #require(loop.error) - 0.918693) < 1e-5)
        #expect(loop.isShown)
        #expect(breakdown.parts[1].isShown == false)
    }

    @Test func aPartThatASideLacksCostItNothing() {
        let breakdown = CostBreakdown(
            title: "by function",
            pairs: [.init(baseline: ["old": 3], candidate: ["new": 4])]
        )
        #expect(breakdown.parts.map(\.name) == ["new", "old"])
        #expect(breakdown.parts.map(\.difference) == [4, -3])
        #expect(breakdown.parts.allSatisfy { $0.error == nil && !$0.isShown })
    }

    @Test func theTableShowsWhatChangedMost() {
        let names = (0..<20).map { "part\($0)" }
        let baseline = Dictionary(uniqueKeysWithValues: names.map { ($0, 1.0) })
        var candidate = baseline
        candidate["part7"] = 3
        candidate["part9"] = 0.25
        let pairs = [CostBreakdown.Pair(baseline: baseline, candidate: candidate)]
        #expect(
            CostBreakdown(title: "by part", pairs: pairs).text(unit: "us a write", rows: 2)
                == """
                by part, us a write, 1 pair
                part      A     B  B - A  95 %
                -----  ----  ----  -----  ----
                part7  1.00  3.00  +2.00     -
                part9  1.00  0.25  -0.75     -
                18 more parts, which changed by less

                """.replacing("  95 %\n-----", with: "  95 %\n-----")
        )
    }

    @Test func sharesAreOfTheWhole() {
        #expect(CostBreakdown.costs(["a": 3, "b": 1], total: 8) == ["a": 6, "b": 2])
        #expect(CostBreakdown.costs([:], total: 8).isEmpty)
    }

    /// Lines as perf 6.1 prints them, of a server of this program.
    @Test func perfsLinesAreFunctions() {
        let text = """
                 5633606a8095 $s6Znodes15ReplicatedStateC5applyyyF (/tmp/ab-bin/1/zabbench)
                 56180ac7c134 $s8NIOPosix13ScheduledTaskVwcp (/tmp/ab-bin/1/zabbench)
             ffffffff822010c9 _raw_spin_unlock_irqrestore ([kernel.kallsyms])
             ffffffff813a2413 finish_task_switch.isra.0 ([kernel.kallsyms])
             ffffffff822010c9 _raw_spin_unlock_irqrestore ([kernel.kallsyms])
                 7feac5c86993 [unknown] (/usr/lib/x86_64-linux-gnu/libjemalloc.so.2)
                 7fd13f0bdfe7 swift::runtime::SwiftTLSContext::get (/opt/swift/usr/lib/swift/linux/libswiftCore.so)
                 7f5b66f3e0a1 operator new(unsigned long) (/usr/lib/libstdc++.so.6 (deleted))
                 7ffd12345678 [unknown] ([vdso])

            # a comment, and a line that perf cut off:
                 7ffd1234
            """
        let samples = FunctionSamples(parsing: text)
        #expect(
            samples.counts == [
                "$s6Znodes15ReplicatedStateC5applyyyF": 1, "$s8NIOPosix13ScheduledTaskVwcp": 1,
                "_raw_spin_unlock_irqrestore [kernel]": 2, "finish_task_switch.isra.0 [kernel]": 1,
                "[libjemalloc.so.2]": 1, "swift::runtime::SwiftTLSContext::get": 1, "operator new(unsigned long)": 1,
                "[vdso]": 1,
            ]
        )
        #expect(samples.total == 9)
        let renamed = samples.renamed([
            "$s6Znodes15ReplicatedStateC5applyyyF": "apply", "$s8NIOPosix13ScheduledTaskVwcp": "apply",
        ])
        #expect(renamed.counts["apply"] == 2)
        #expect(renamed.total == 9)
    }

    @Test func threadsAreSharesOfTheMeasuredPart() throws {
        let servers = """
            run_id,elapsed_s,length_s,server_id,state,cpu_loop_us,cpu_log_us,cpu_snapshot_us,cpu_other_us
            r-1,1.0,1.0,1,leader,900,900,900,900
            r-1,2.0,1.0,1,leader,500,100,0,0
            r-1,2.0,1.0,2,follower,200,100,0,
            r-1,2.0,1.0,3,follower,50,50,0,0
            r-2,2.0,1.0,1,leader,7,7,7,7

            """
        let costs = ThreadCosts.costs(try ResultsFile(parsing: servers).rows, runID: "r-1", warmUp: 1, total: 20)
        #expect(costs == ["loop, leader": 10, "log, leader": 2, "loop, followers": 5, "log, followers": 3])
    }

    @Test func stagesAreTheLedgersMeans() throws {
        let stages = """
            run_id,kind,quantile,server_id,stage,mean_us,share
            r-1,ledger,mean,,queue,120.5,0.6
            r-1,ledger,mean,,sync,80,0.4
            r-1,ledger,p99,,sync,900,0.9
            r-1,ledger,mean,2,sync,70,0.3
            r-1,follower,median,2,link_out,30,
            r-2,ledger,mean,,sync,1,1

            """
        #expect(StageCosts.costs(try ResultsFile(parsing: stages).rows, runID: "r-1") == ["queue": 120.5, "sync": 80])
    }
}
