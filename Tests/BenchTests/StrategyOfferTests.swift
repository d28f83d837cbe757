import Log
import Report
import Results
import Testing
import Workload

@testable import Bench

@Suite struct StrategyOfferTests {
    static let file = """
        log:
          strategy: [fdatasync_recycled, io_uring_recycled]
          directories: [one, separate]
        load: {clients: [1, 2]}
        """

    static func runs() throws -> [PlannedRun] {
        try WorkloadFile(yaml: file, source: "w.yaml").plannedRuns()
    }

    /// Refuses io_uring in the folder; notes what is tried.
    final class Tries {
        var all: [String] = []
        let refused: String

        init(refused: String) { self.refused = refused }

        func objection(_ strategy: SyncStrategy, _ folder: String) -> String? {
            all.append("\(strategy.label) \(folder)")
            return strategy.method == .ioUring && folder == refused ? "no io_uring in \(folder)" : nil
        }
    }

    @Test func eachStrategyIsTriedOnceWhereItsLogWillLie() throws {
        let tries = Tries(refused: "/data")
        let offer = try StrategyOffer(runs: Self.runs(), data: "/data", logs: ["/a", "/b"], objection: tries.objection)
        #expect(
            tries.all.sorted() == [
                "fdatasync_recycled /a", "fdatasync_recycled /b", "fdatasync_recycled /data", "io_uring_recycled /a",
                "io_uring_recycled /b", "io_uring_recycled /data",
            ]
        )
        #expect(offer.skipped == [SkippedRuns(strategy: "io_uring_recycled", reason: "no io_uring in /data")])
        let skipped = try Self.runs().filter { offer.reason(for: $0) != nil }
        #expect(skipped.count == 2)
        #expect(
            skipped.allSatisfy { $0.ensemble.log.strategy.method == .ioUring && $0.ensemble.log.directories == .one }
        )
    }

    @Test func oneDiskThatRefusesIsEnough() throws {
        let tries = Tries(refused: "/b")
        let offer = try StrategyOffer(runs: Self.runs(), data: "/data", logs: ["/a", "/b"], objection: tries.objection)
        #expect(offer.skipped.map(\.reason) == ["no io_uring in /b"])
        let left = try Self.runs().filter { offer.reason(for: $0) == nil }
        #expect(left.count == 6)
    }

    @Test func withoutLogDisksEverythingIsBelowTheData() throws {
        let tries = Tries(refused: "/data")
        let offer = try StrategyOffer(runs: Self.runs(), data: "/data", logs: [], objection: tries.objection)
        #expect(Set(tries.all) == ["fdatasync_recycled /data", "io_uring_recycled /data"])
        #expect(offer.skipped.count == 1)
        #expect(try Self.runs().count { offer.reason(for: $0) == nil } == 4)
    }

    @Test func logFoldersAreCheckedBeforeAnythingIsStarted() throws {
        let separate = try WorkloadFile(yaml: "log: {directories: separate}", source: "w.yaml")
        let one = try WorkloadFile(yaml: "", source: "w.yaml")
        #expect(try RunRequest.logRoots("/a,b", file: separate, isConnected: false) == ["/a", "b"])
        for (text, file, isConnected, words) in [
            ("/a,", separate, false, "empty"), ("/a,/b/../a", separate, false, "twice"),
            ("/a", separate, true, "--connect"), ("/a", one, false, "directories: separate"),
        ] {
            let error = #expect(throws: UsageError.self) {
                try RunRequest.logRoots(text, file: file, isConnected: isConnected)
            }
            #expect(error?.description.contains(words) == true, "\(text): \(String(describing: error))")
        }
    }
}
