import Client
import Foundation
import Targets
import Testing

/// What the harness asks a server each second, and what it gets for it.
@Suite struct SampleQuestionsTests {
    private func packets(_ endpoint: Endpoint) async throws -> Int {
        let text = try await fourLetterWord("srvr", endpoint)
        let found = try #require(try WordTests.groups(WordTests.summary, in: text), "\(text)")
        return try #require(Int(found[6]))
    }

    @Test func aSampleIsOneQuestionAndLacksNothing() async throws {
        try await WordTests.withServer { _, endpoint in
            let ensemble = ExternalEnsemble(endpoints: [endpoint])
            try await ensemble.start()
            let questions = SampleQuestions()
            let whole = try #require(await questions.samples(of: ensemble).first)
            #expect(whole.gauges["znodes"] == 4 && whole.counters["syncs"] != nil)
            let before = try await packets(endpoint)
            var samples: [ServerSample] = []
            for _ in 0..<3 { samples += await questions.samples(of: ensemble) }
            // The last question for the count is one of them.
            #expect(try await packets(endpoint) == before + 4)
            #expect(samples.count == 3)
            for sample in samples {
                #expect(Set(sample.counters.keys) == Set(whole.counters.keys))
                #expect(Set(sample.gauges.keys) == Set(whole.gauges.keys))
                #expect(sample.state == "standalone" && sample.pid == whole.pid)
                #expect(sample.lastZxid == whole.lastZxid && sample.gauges["znodes"] == 4)
                #expect(sample.digest == whole.digest && sample.digestZxid == whole.digestZxid)
            }
        }
    }

    /// Whoever allows neither `mntr` nor `zfig` goes on to be asked for `srvr`.
    @Test func whoAllowsTheSummaryAloneIsSampled() async throws {
        try await WordTests.withServer(words: ["srvr", "isro"]) { _, endpoint in
            let ensemble = ExternalEnsemble(endpoints: [endpoint])
            try await ensemble.start()
            let questions = SampleQuestions()
            for _ in 0..<2 {
                let sample = try #require(await questions.samples(of: ensemble).first)
                #expect(sample.state == "standalone" && sample.gauges["znodes"] == 4 && sample.counters["syncs"] == nil)
            }
        }
    }
}
