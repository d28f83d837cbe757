import Differential
import Foundation
import Testing

/// What ZooKeeper 3.8.0 has answered to everything in `GoldenScript`, byte by byte, beside what our server answers: also
/// where there is no ZooKeeper to ask.
@Suite(.serialized) struct RecordedTests {
    static let recording: Recording? = {
        let file = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Goldens/requests.txt")
        return (try? String(contentsOf: file, encoding: .utf8)).flatMap { Recording(parsing: $0) }
    }()

    @Test func everyAnswerIsZooKeepers() async throws {
        let recording = try #require(Self.recording)
        #expect(recording.connections.count > 10 && recording.transactions.count > 50)
        let result = try await DuelServers.with(.ours, size: 1) { ports in Duel.replay(recording, port: ports[0]) }
        for difference in result.differences { Issue.record("\(difference)") }
        #expect(result.total == 0, "\(result.counts)")
        #expect(result.operations >= 133)
    }
}
