import Foundation
import Results
import Targets
import TestSupport
import Testing

/// A run, the recording of its server's log, and the run that plays that recording: the same operations, the same proof.
@Suite(.serialized, .timeLimit(.minutes(3))) struct ReplayRunTests {
    private let folder = TemporaryFolder()

    private static let first = """
        name: first
        ensemble: {sizes: 1}
        inject: {stall: {at_s: 1, for_s: 0.4}}
        warmup_s: 0
        duration_s: 2
        load: {mode: open, rate_per_s: 700, clients: 4, keys: 40, mix: {set: 60, create: 25, delete: 15}}
        """
    private static let second = """
        name: second
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 60
        load: {mode: open, clients: 3, profile: {replay: s.csv}}
        """

    /// - Returns: the run's row, and how many operations of each kind its server's log has.
    private func play(_ name: String, _ yaml: String) throws -> (row: SummaryRow, counts: [String: Int]) {
        try folder.write(yaml.utf8, "\(name).yaml")
        let options = ["--no-verdict", "--data", "data-\(name)", "--keep-data", "--results", "r-\(name)"]
        let program = try ZabbenchProgram.path()
        let run = try ProgramRun(program, ["run", "\(name).yaml"] + options, in: folder.path)
        #expect(run.status == 0, "\(run.errors)")
        let text = String(decoding: try folder.read("r-\(name)/latest/summary.csv"), as: UTF8.self)
        let row = try #require(try ResultsFile<SummaryRow>(parsing: text).rows.first)
        let data = try #require(folder.names(in: "data-\(name)").first)
        let server = "data-\(name)/\(data)/run-1/server1"
        let recorded = try ProgramRun(program, ["record", server, "--out", "\(name).csv"], in: folder.path)
        #expect(recorded.status == 0, "\(recorded.errors)")
        let lines = String(decoding: try folder.read("\(name).csv"), as: UTF8.self).split(separator: "\n").dropFirst()
        return (row, Dictionary(grouping: lines) { String($0.split(separator: ",")[1]) }.mapValues(\.count))
    }

    @Test func aRunIsRecordedAndPlayedAgain() throws {
        let (first, written) = try play("first", Self.first)
        #expect(first.isValid, "\(first.invalidReasons)")
        // A third of a second is less than the stall, whatever the machine did meanwhile.
        #expect(first.injected == "leader stalled 0.4s at 1.0s" && first.response.p999Microseconds ?? 0 > 330_000)
        try folder.write(folder.read("first.csv"), "s.csv")
        let (second, again) = try play("second", Self.second)
        #expect(second.isValid, "\(second.invalidReasons)")
        #expect(second.load.mode == "open_recorded" && second.load.rateProfile.hasPrefix("replay s.csv ("))
        #expect(second.errors == 0 && second.context.unfinished == 0)
        #expect(
            second.load.mix
                == "set:\(written["set"] ?? 0) create:\(written["create"] ?? 0) delete:\(written["delete"] ?? 0)"
        )
        // The second run's root is its own; everything else was made by what it played.
        #expect(again == written.merging(["create": 1]) { $0 + $1 })
        #expect(second.proof.writesAcknowledged == written.values.reduce(0, +))
        #expect(second.proof.acknowledgedVerified == second.proof.writesAcknowledged)
        #expect(second.proof.digestsAgree == true && second.proof.reordered == 0)
    }
}
