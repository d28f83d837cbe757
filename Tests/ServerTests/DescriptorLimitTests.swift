import Foundation
import Targets
import TestSupport
import Testing

/// More sessions than the soft limit allows, and more than the hard one does.
@Suite(.serialized, .timeLimit(.minutes(3))) struct DescriptorLimitTests {
    private static let workload = """
        name: crowd
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 2
        load: {clients: 300, outstanding: 16, keys: 300}
        """

    /// Runs the workload in a process with limits of its own.
    private static func run(soft: Int, hard: Int, _ flags: String = "") throws -> (ProgramRun, TemporaryFolder) {
        let folder = TemporaryFolder()
        try folder.write(workload.utf8, "w.yaml")
        let program = try ZabbenchProgram.path()
        let script = "ulimit -Sn \(soft) && ulimit -Hn \(hard) && exec '\(program)' run w.yaml --data data \(flags)"
        return (try ProgramRun("/bin/sh", ["-c", script], in: folder.path), folder)
    }

    @Test func theSoftLimitIsRaised() throws {
        let (run, _) = try Self.run(soft: 128, hard: 1024, "--no-verdict")
        #expect(run.status == 0, "\(run.errors)")
        #expect(run.output.contains("300x16"), "\(run.output)")
    }

    @Test func whatDoesNotFitTheHardOneIsRefusedBeforeAnythingStarts() throws {
        let (run, folder) = try Self.run(soft: 128, hard: 256)
        #expect(run.status == 64)
        #expect(run.errors.split(separator: "\n").count == 1, "\(run.errors)")
        #expect(run.errors.contains("load.clients=300") && run.errors.contains("hard limit is 256"), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.path(of: "results")))
        #expect(!FileManager.default.fileExists(atPath: folder.path(of: "data")))
    }
}
