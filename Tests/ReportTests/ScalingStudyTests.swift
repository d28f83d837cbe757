import Results
import Statistics
import TestSupport
import Testing

@testable import Report

@Suite struct ScalingStudyTests {
    /// A saturated run: `time` microseconds, `egress` bytes and `loop` microseconds for a write.
    private func row(
        _ size: Int,
        repeatNumber: Int = 1,
        time: Double,
        egress: Double? = nil,
        loop: Double? = nil,
        _ change: (inout SummaryRow) -> Void = { _ in }
    ) -> SummaryRow {
        var row = Samples.row(repeatNumber: repeatNumber, size: size, achieved: 1e6 / time)
        row.durationSeconds = 10
        row.context.writesMeasured = Int((10e6 / time).rounded())
        row.leader.bytesOutPerWrite = egress
        row.leader.loopMicrosecondsPerWrite = loop
        row.leader.limiter = Limiter.wholeMachine.rawValue
        change(&row)
        return row
    }

    private func study(_ rows: [SummaryRow]) -> [ScalingRow] {
        ScalingStudy.rows(rows, folder: "f")
    }

    /// 20 us and 10 us a follower; 100 B and 2,000 B a follower; 5 us and 2 us a follower.
    private var line: [SummaryRow] {
        [1, 3, 5, 7].map { size in
            let followers = Double(size - 1)
            return row(size, time: 20 + 10 * followers, egress: 100 + 2000 * followers, loop: 5 + 2 * followers)
        }
    }

    @Test func theFourNumbersAreFound() throws {
        let rows = study(line)
        let time = try #require(rows.first { $0.quantity == "us_per_write" })
        let (a, b) = (try #require(time.intercept), try #require(time.slope))
        #expect(abs(a - 20) < 0.01 && abs(b - 10) < 0.01)
        #expect(try #require(time.rSquared) > 0.999_99)
        #expect(time.runs == 4 && time.sizes == "1 3 5 7")
        let egress = try #require(rows.first { $0.quantity == "egress_bytes_per_write" })
        #expect(abs(try #require(egress.slope) - 2000) < 1e-6)
        #expect(!rows.contains { $0.quantity == "log_us_per_write" })
    }

    /// Bytes a microsecond: (100 + 2000 x) / (20 + 10 x) rises from 70 MB/s at two servers towards 200 MB/s.
    @Test func whenTheNetworkIsUsedUp() throws {
        let rows = study(line)
        func prediction(_ name: String) throws -> ScalingRow {
            try #require(rows.first { $0.kind == .prediction && $0.quantity == name })
        }
        // 117.5 MB/s: (117.5 * 20 - 100) / (2000 - 1175) = 2.727 followers.
        let one = try prediction("network_1_gbit")
        #expect(one.verdict == .reached)
        #expect(abs(try #require(one.servers) - 3.727) < 0.01)
        let ten = try prediction("network_10_gbit")
        #expect(ten.verdict == .never && ten.servers == nil)
        #expect(try #require(ten.reason).contains("at most 200 MB/s of"))
        // The loop takes (5 + 2 x) / (20 + 10 x) of a core, at most a quarter or so.
        #expect(try prediction("loop_thread").verdict == .never)
        #expect(!rows.contains { $0.quantity == "log_thread" })
    }

    @Test func predictionsAtTheEdges() throws {
        func fit(_ intercept: Double, _ slope: Double) throws -> LinearFit {
            try LinearFit(x: [0, 1, 2], y: [0, 1, 2].map { intercept + slope * $0 })
        }
        func predict(_ time: LinearFit, _ need: LinearFit) -> ScalingPrediction {
            ScalingPrediction(time: time, need: need, capacity: 100, unit: "MB/s")
        }
        let at = predict(try fit(10, 1), try fit(0, 2000))
        #expect(at.verdict == .reached && at.servers == 2)
        // A throughput that does not fall with the size: (0 + 100 x) / 10 = 100 at ten followers.
        let flat = predict(try fit(10, 0), try fit(0, 100))
        let most = try #require(flat.servers)
        #expect(flat.verdict == .reached && abs(most - 11) < 1e-9)
        #expect(predict(try fit(10, 0), try fit(100, 0)).verdict == .never)
        #expect(predict(try fit(-5, 1), try fit(100, 1)).verdict == .unknown)
        #expect(predict(try fit(10, 1), try fit(50, -1)).verdict == .never)
    }

    @Test func onlyWhatIsSaturatedAndValidCounts() {
        #expect(study([row(1, time: 20), row(3, time: 40)]).isEmpty)
        #expect(study([1, 2, 3].map { row(3, repeatNumber: $0, time: 40) }).isEmpty)
        func spoiled(_ change: @escaping (inout SummaryRow) -> Void) -> [ScalingRow] {
            study([row(1, time: 20), row(3, time: 40), row(5, time: 60, change)])
        }
        #expect(!spoiled { _ in }.isEmpty)
        /// Three sizes with little in flight.
        func serial(_ limiter: Limiter?) -> [ScalingRow] {
            study(
                [1, 3, 5].map { size in
                    row(size, time: 20 * Double(size)) {
                        ($0.load.clients, $0.load.outstanding) = (1, 1)
                        $0.leader.limiter = limiter?.rawValue
                    }
                }
            )
        }
        #expect(serial(.latency).isEmpty && serial(nil).isEmpty)
        #expect(!serial(.diskSync).isEmpty)
        #expect(!spoiled { $0.leader.limiter = Limiter.latency.rawValue }.isEmpty)
        #expect(spoiled { $0.leader.limiter = Limiter.generator.rawValue }.isEmpty)
        #expect(spoiled { $0.invalidReasons = ["too short"] }.isEmpty)
        #expect(spoiled { $0.load.connectTo = "leader" }.isEmpty)
        #expect(spoiled { $0.load.payloadBytes = 1024 }.isEmpty)
        let crowded = spoiled { $0.context.isMachineLimited = true }
        #expect(!crowded.contains { !$0.isMachineLimited })
        // An older folder says no limiter; a large window must do.
        #expect(
            !spoiled {
                $0.leader.limiter = nil
                $0.load.clients = 16
                $0.load.outstanding = 64
            }.isEmpty
        )
    }

    @Test func theFileIsReadBackInWords() throws {
        let rows = study(line)
        let text = ScalingRow.header + rows.map(\.line).joined()
        let sentences = ScalingWords.sentences(try ResultsFile<ScalingRow>(parsing: text).rows)
        #expect(sentences.count == 1)
        let sentence = try #require(sentences.first)
        for part in [
            "a write takes 20.0 us", "10.0 us", "over 4 runs on 1, 3, 5, 7 servers", "network 1 gbit at 3.73",
            "network 10 gbit never",
        ] {
            #expect(sentence.contains(part), "\(part) in \(sentence)")
        }
        let page = HTMLReport.text(
            title: "t",
            environment: "e",
            results: try StoredResults(summary: SummaryRow.header + line.map(\.line).joined())
        )
        #expect(page.contains("1/throughput = a + b × (servers − 1)"))
        #expect(page.contains("20.0 + 10.0 × (servers − 1) µs") && page.contains("data-chart=\"scaling\""))
    }

    /// A run that shows its generator is in neither the line nor its band, and in no point.
    @Test func theLineIsInsideItsBand() throws {
        let noisy = [1, 3, 5, 7].flatMap { size in
            [-1.0, 0, 1].enumerated().map {
                row(size, repeatNumber: $0.offset + 1, time: 10 + 5 * Double(size) + $0.element)
            }
        }
        let foreign = [4, 5].map { number in
            row(7, repeatNumber: number, time: 500) { $0.context.isGeneratorLimited = true }
        }
        let time = try #require(ScalingStudy.timesOfWrites(noisy + foreign).first)
        #expect(time.runs.count == 12)
        let points = HTMLReport.linePoints(time)
        #expect(points.map(\.x) == [1, 2, 3, 4, 5, 6, 7])
        for point in points {
            let interval = try #require(point.interval)
            #expect(interval.lowerBound < point.y && point.y < interval.upperBound)
        }
        let fit = try #require(study(noisy + foreign).first { $0.quantity == "us_per_write" })
        #expect(fit.intercept == time.line.intercept.value && fit.slope == time.line.slope.value)
        var results = StoredResults()
        results.runs = noisy + foreign
        let html = HTMLReport.scalingFits(ReportContext(results))
        #expect(html.contains("fitted to the valid, saturated runs") && html.contains("median of 3 runs"))
    }

    @Test func aLineOfHugeEnsemblesHasFewPoints() throws {
        let rows = [1, 500_000, 1_000_000].map { row($0, time: 20 + Double($0)) }
        let time = try #require(ScalingStudy.timesOfWrites(rows).first)
        let points = HTMLReport.linePoints(time)
        #expect(points.count <= 50 && points.first?.x == 1 && points.last?.x == 1_000_000)
    }
}
