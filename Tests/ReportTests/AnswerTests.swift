import Results
import TestSupport
import Testing

@testable import Report

/// The sentences at the top of a page.
@Suite struct AnswerTests {
    private static func row(
        _ number: Int,
        size: Int = 3,
        achieved: Double,
        durability: SummaryRow.Durability? = .init(
            survivesProcessCrash: true,
            survivesPowerLoss: true,
            acknowledgedLost: 0
        ),
        limiter: Limiter? = .loopThread,
        _ change: (inout SummaryRow) -> Void = { _ in }
    ) -> SummaryRow {
        var row = Samples.row(repeatNumber: number, size: size, achieved: achieved, p99: 6912)
        row.load.point = "saturation"
        row.load.mix = "set:100"
        row.leader.limiter = limiter?.rawValue
        row.context.cores = 2
        if let durability { row.durability = durability }
        change(&row)
        return row
    }

    private static func answers(_ rows: [SummaryRow]) -> [Answer] {
        var results = StoredResults()
        results.runs = rows
        return Answers.of(results)
    }

    @Test func repeatsGiveTheNumberItsIntervalAndTheLimit() throws {
        let rows = [460_000.0, 480_000, 485_200, 490_000, 500_000].enumerated().map {
            Self.row($0.offset + 1, achieved: $0.element)
        }
        let answer = try #require(Self.answers(rows).first)
        #expect(answer.question == .throughput && answer.subject == "3 servers, saturation")
        let achieved = try #require(answer.value("achieved"))
        #expect(achieved.value == 485_200 && achieved.unit == "writes/s")
        let interval = try #require(achieved.interval)
        #expect(interval.lowerBound < 480_000 && interval.upperBound > 490_000)
        #expect(answer.statement.hasPrefix("485,000 durable writes/s ("))
        #expect(answer.statement.contains(", 95 % of 5 runs), p99 6.91 ms"))
        #expect(answer.statement.hasSuffix("; the leader's loop is the limit."))
    }

    @Test func oneRunHasNoInterval() throws {
        let answer = try #require(Self.answers([Self.row(1, achieved: 1234.4)]).first)
        #expect(answer.value("achieved")?.interval == nil)
        #expect(
            answer.text.hasPrefix("3 servers, saturation: 1,230 durable writes/s (one run, no interval), p99 6.91 ms;")
        )
    }

    @Test func durableIsOnlyWhatTheSimulatorHasProven() {
        func text(_ durability: SummaryRow.Durability?) -> String {
            Self.answers([Self.row(1, achieved: 1000, durability: durability)]).first?.text ?? ""
        }
        #expect(text(nil).contains("1,000 writes/s") && !text(nil).contains("durab"))
        let lossy = text(.init(survivesProcessCrash: true, survivesPowerLoss: false, acknowledgedLost: 1234))
        #expect(!lossy.contains("durable writes"))
        #expect(lossy.contains("not durable: the simulator lost 1,234 acknowledged writes at power loss"))
        let crash = text(.init(survivesProcessCrash: false, survivesPowerLoss: false, acknowledgedLost: 0))
        #expect(crash.contains("not durable: it fails at a process crash"))
    }

    @Test func readsAreOperations() throws {
        let answer = try #require(Self.answers([Self.row(1, achieved: 1000) { $0.load.mix = "set:10 get:90" }]).first)
        #expect(answer.text.contains("1,000 operations/s") && !answer.text.contains("durable"))
    }

    @Test func withoutAValidRunThereIsNoAnswer() {
        let bad = Self.row(1, achieved: 1000) { $0.invalidReasons = ["too short: 0.5 s measured"] }
        #expect(Self.answers([bad]).isEmpty && Self.answers([]).isEmpty)
        var results = StoredResults()
        results.runs = [bad]
        let page = HTMLReport.text(title: "t", environment: "", results: results)
        #expect(
            page.contains("No run of this folder is a result.") && page.contains("1 of 1 run rejected, too short")
        )
    }

    @Test func whatTheFilesDoNotSayIsNotSaid() throws {
        let answer = try #require(Self.answers([Self.row(1, achieved: 1000, limiter: nil)]).first)
        #expect(!answer.text.contains("limit"))
        let none = Self.row(1, achieved: 1000) { $0.response = LatencyFigures() }
        #expect(Self.answers([none]).first?.text.contains("p99") == false)
    }

    @Test func sizesHaveASentenceEachAndTheirRelation() throws {
        let rows = [1, 7].flatMap { size in
            (1...5).map { Self.row($0, size: size, achieved: (400_000 + Double($0) * 1000) / Double(size)) }
        }
        let answers = Self.answers(rows)
        #expect(answers.map(\.subject) == ["1 server", "7 servers", "From 1 server to 7, saturation"])
        let ratio = try #require(answers.last?.value("ratio"))
        #expect(abs(ratio.value - 1.0 / 7) < 0.001 && ratio.interval != nil)
        #expect(answers.last?.text.contains("throughput falls to 14.3 % (") == true)
        let few = Self.answers([Self.row(1, size: 1, achieved: 100), Self.row(1, size: 3, achieved: 200)])
        #expect(few.last?.text.contains("measured throughput is 200 % (too few runs for an interval)") == true)
    }

    @Test func aSerialLoadAndARateSayTheirLatency() {
        let serial = Self.row(1, achieved: 2000) {
            ($0.load.point, $0.load.clients, $0.load.outstanding) = ("serial", 1, 1)
        }
        let steady = Self.row(1, achieved: 10_000) {
            ($0.load.point, $0.load.mode, $0.load.ratePerSecond) = ("steady", "open_poisson", 10_000)
        }
        let texts = Self.answers([Self.row(1, achieved: 300_000), serial, steady]).map(\.text)
        #expect(texts.count == 3)
        #expect(texts.contains("One write at a time (serial): p50 500 µs (one run, no interval), p99 6.91 ms."))
        #expect(texts.contains("At 10,000 writes/s (steady): p50 500 µs (one run, no interval), p99 6.91 ms."))
    }

    @Test func aForeignSystemIsComparedWithOurs() throws {
        let theirs = (1...5).map { number in
            Self.row(number, achieved: 50_000 + Double(number), durability: nil, limiter: nil) {
                $0.tag.system = "zookeeper"
            }
        }
        let ours = (1...5).map { Self.row($0, achieved: 200_000 + Double($0)) }
        let answer = try #require(Self.answers(theirs + ours).first)
        #expect(answer.question == .systems)
        let ratio = try #require(answer.value("ratio"))
        #expect(abs(ratio.value - 4) < 0.001 && ratio.interval != nil)
        #expect(
            answer.text.contains("zabbench reaches 200,000 writes/s, zookeeper 50,000, a ratio of 4.00 (4.00 to 4.00)")
        )
        let alike = Self.answers((1...5).map { Self.row($0, achieved: 50_000 + Double($0)) } + theirs).first
        #expect(alike?.text.contains("no difference shown, ratio 1.00 (") == true)
        // Alone it is an ordinary load, of which nobody tried what it keeps.
        #expect(Self.answers(theirs).first?.text.hasPrefix("3 servers, saturation: 50,000 writes/s (") == true)
    }

    @Test func theFastestDurableLogAndWhatTheLossyOneWouldGain() throws {
        let answers = Self.answers(LogSweepTests.sweep)
        let best = try #require(answers.first)
        #expect(best.subject == "Durable log measured fastest at saturation")
        #expect(best.text.contains("Measured highest, one run each; others may be as fast."))
        #expect(best.text.contains("fdatasync_recycled (natural) with 50,000"))
        #expect(
            best.text.contains(
                "none_recycled (natural) measured 1.80 times as fast (too few runs for an interval), but not durable: the "
                    + "simulator lost 1,234"
            )
        )
        #expect(abs((best.value("lossy gain")?.value ?? 0) - 1.8) < 1e-9)
        #expect(answers.count == 2 && answers[1].subject == "Lowest p99 of a durable log at low")
        let untried = LogSweepTests.sweep.map { row in
            var row = row
            row.durability = SummaryRow.Durability()
            return row
        }
        let unknown = Self.answers(untried)
        #expect(unknown.first?.text.hasPrefix("Fastest log at saturation: none_recycled") == true)
        #expect(unknown.first?.text.contains("its durability has not been tested") == true)
    }

    @Test func eachFollowerHasItsCost() throws {
        let rows = [1, 3, 5, 7].map { size in
            Self.row(1, size: size, achieved: 1e6 / Double(20 + 10 * (size - 1))) {
                $0.durationSeconds = 10
                $0.context.writesMeasured = 10_000_000 / (20 + 10 * (size - 1))
            }
        }
        let answer = try #require(Self.answers(rows).last)
        #expect(answer.question == .followers)
        #expect(abs((answer.value("slope")?.value ?? 0) - 10) < 0.01)
        #expect(
            answer.text.hasPrefix(
                "Cost per follower, saturation: each one adds 10.0 µs per write (10.0 to 10.0 µs, 95 % of 4 runs)"
            )
        )
    }

    @Test func aFaultSaysHowLongWritesStop() throws {
        func summaries(_ outages: [Double], size: Int = 3) -> [ElectionRow] {
            outages.map { outage in
                var row = ElectionRow()
                row.tag.ensembleSize = size
                row.fault.kind = "leader_killed"
                row.fault.point = "light"
                row.fault.znodes = 1000
                row.clients.outage = outage
                return row
            }
        }
        let many = Answers.outages(ElectionSummary.grouped(summaries([20, 22, 24, 26, 28, 30])))
        #expect(many.count == 1 && many[0].subject == "Leader killed")
        #expect(
            many[0].text.hasPrefix("Leader killed: writes stop for 25.0 ms (")
                && many[0].text.contains("95 % of 6 faults)")
        )
        let one = Answers.outages(ElectionSummary.grouped(summaries([20])))
        #expect(one[0].text == "Leader killed: writes stop for 20.0 ms (one fault, no interval).")
        let sizes = summaries([20]) + summaries([30], size: 5) + summaries([90], size: 7)
        let range = Answers.outages(ElectionSummary.grouped(sizes))[0].text
        #expect(range.contains("20.0 ms (3 servers; one fault, no interval) to 90.0 ms (7 servers; one fault"))
        #expect(range.hasSuffix(": 3 settings, 3 faults."))
        // What tells two settings apart is said, and systems have a sentence each.
        var proxied = summaries([40])
        proxied[0].fault.isProxied = true
        let links = Answers.outages(ElectionSummary.grouped(summaries([20]) + proxied))[0].text
        #expect(links.contains("with 3 servers, servers direct") && links.contains("with 3 servers, servers proxied"))
        var larger = summaries([40])
        larger[0].fault.dataBytes = 1000
        let data = Answers.outages(ElectionSummary.grouped(summaries([20]) + larger))[0].text
        #expect(data.contains("with 3 servers, 1,000 znodes of 1000 B"))
        var foreign = summaries([70])
        foreign[0].tag.system = "zookeeper"
        foreign += summaries([20])
        foreign[1].tag.system = "zabbench"
        let systems = Answers.outages(ElectionSummary.grouped(foreign)).map(\.subject)
        #expect(Set(systems) == ["Leader killed, zookeeper", "Leader killed, zabbench"])
        var unknown = summaries([1])
        unknown[0].clients.outage = nil
        #expect(
            Answers.outages(ElectionSummary.grouped(unknown))[0].text
                == "Leader killed: no outage could be measured in 1 fault."
        )
    }

    @Test func threeDigitsOfANumber() {
        #expect(
            AnswerWords.count(485_213) == "485,000" && AnswerWords.count(999) == "999" && AnswerWords.count(0) == "0"
        )
        #expect(AnswerWords.count(12_345) == "12,300" && AnswerWords.count(6.914) == "6.91")
    }

    @Test func aChangeThatTheRunsDoNotShowIsNone() throws {
        let rows = [1, 3].flatMap { size in
            [80.0, 90, 100, 110, 120].enumerated().map {
                Self.row($0.offset + 1, size: size, achieved: $0.element * 1000 + Double(size))
            }
        }
        let answer = try #require(Self.answers(rows).first { $0.question == .sizes })
        #expect(answer.text.contains("no difference in throughput is shown: 100 % ("))
        let ratio = try #require(answer.value("ratio"))
        #expect(ratio.interval?.contains(ratio.value) == true)
    }

    /// At a planned rate both systems achieve it, so latency is what is compared.
    @Test func atARateSystemsAreComparedByLatency() throws {
        func rows(_ system: String, p50: Double, strategy: String = "", lossy: Bool = false) -> [SummaryRow] {
            (1...5).map { number in
                Self.row(
                    number,
                    achieved: 1000,
                    durability: .init(survivesProcessCrash: true, survivesPowerLoss: !lossy, acknowledgedLost: 0)
                ) {
                    ($0.load.mode, $0.load.ratePerSecond, $0.load.point) = ("open_poisson", 1000, "steady")
                    $0.tag.system = system
                    $0.tag.fsyncStrategy = strategy
                    $0.response.p50Microseconds = p50 + Double(number)
                }
            }
        }
        let all =
            rows("zabbench", p50: 100, strategy: "none_append", lossy: true)
            + rows("zabbench", p50: 300, strategy: "fsync_append")
            + rows("zabbench", p50: 200, strategy: "fdatasync_recycled") + rows("zookeeper", p50: 400)
        let answer = try #require(Self.answers(all).first)
        // Neither the log that loses writes nor the slower one.
        #expect(answer.text.contains("zabbench with fdatasync_recycled has a p50 of 203 µs, zookeeper 403 µs"))
        #expect(answer.value("ratio") == nil && answer.value("p50 ratio")?.interval != nil)
        #expect(answer.value("p99 ratio") != nil)
    }

    @Test func aLossyLogThatIsSlowerGainedNothing() throws {
        func rows(_ strategy: String, _ achieved: Double, lost: Int? = nil) -> [SummaryRow] {
            (1...5).map { number in
                var row = LogSweepTests.row(strategy, achieved: achieved + Double(number), lost: lost)
                row.tag = Samples.tag(number)
                row.tag.fsyncStrategy = strategy
                return row
            }
        }
        let slower = rows("none_append", 900, lost: 7) + rows("fdatasync_recycled", 1000) + rows("fsync_append", 500)
        let answer = try #require(Self.answers(slower).first)
        #expect(answer.subject == "Fastest durable log at saturation")
        #expect(answer.text.contains("Giving up durability gained nothing: none_append is 0.90"))
        #expect(answer.value("lossy gain")?.interval != nil)
        let alike = rows("none_append", 1001, lost: 7) + rows("fdatasync_recycled", 1000) + rows("fsync_append", 999)
        let open = try #require(Self.answers(alike).first)
        #expect(open.subject == "Durable log measured fastest at saturation")
        #expect(open.text.contains("No difference is shown from fsync_append."))
        #expect(open.text.contains("Giving up durability shows no gain: none_append is 1.00 times as fast ("))
    }
}
