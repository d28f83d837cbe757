import Foundation
import Targets
import TestSupport
import Testing

/// Where `zabbench run` writes to, with a real server, short.
@Suite(.serialized, .timeLimit(.minutes(5))) struct RunOutputTests {
    /// The operations in flight alone are as many as a valid run needs, however slow the machine is.
    private static let workload = """
        name: tiny
        ensemble: {sizes: 1}
        warmup_s: 0
        duration_s: 1
        load: {clients: 8, outstanding: 256, keys: 80}
        """

    private let folder = TemporaryFolder()

    private func run(_ arguments: [String], sink: String? = nil) throws -> ProgramRun {
        try folder.write(Self.workload.utf8, "w.yaml")
        let common = ["run", "w.yaml", "--no-verdict", "--data", "data", "--results", "r"]
        return try ProgramRun(ZabbenchProgram.path(), common + arguments, in: folder.path, sink: sink)
    }

    @Test func aFullDiskIsNoPass() throws {
        let result = try run(["--json"], sink: "/dev/full")
        #expect(result.status == 1)
        let said = result.errors.components(separatedBy: "zabbench: standard output: No space left on device: ")
        #expect(said.count == 2, "\(result.errors)")
        // What was measured is there all the same.
        #expect(folder.names(in: "r").contains("latest"))
    }

    @Test func theDocumentGoesToAFile() throws {
        let result = try run(["--json", "--out", "run.json"])
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("Results: r/"))
        let document = try JSONSerialization.jsonObject(with: Data(folder.read("run.json"))) as? [String: Any]
        #expect(document?["exit_code"] as? Int == 0)
        #expect((document?["runs"] as? [Any])?.count == 1)
    }

    /// Whoever reads `latest` wants the newest results, not the newest attempt.
    @Test func latestHasACompletedRun() throws {
        let first = try run(["--server", "/bin/false"])
        #expect(first.status == 1)
        #expect(folder.names(in: "r").count == 1 && !folder.names(in: "r").contains("latest"))
        #expect(try run([]).status == 0)
        let link = folder.path(of: "r/latest")
        let good = try FileManager.default.destinationOfSymbolicLink(atPath: link)
        #expect(try run(["--server", "/bin/false"]).status == 1)
        #expect(folder.names(in: "r").count == 4)
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link) == good)
        // The glob that the documents give finds each run once: a folder's name begins with the year.
        let glob = try ProgramRun("/bin/sh", ["-c", "cat r/2*/summary.csv | grep -c '^[0-9]'"], in: folder.path)
        #expect(glob.output == "1\n")
    }

    @Test(arguments: ["", "# nothing\n", "---\n", "{}\n"])
    func anEmptyWorkloadIsRefused(text: String) throws {
        try folder.write(text.utf8, "empty.yaml")
        let result = try ProgramRun(
            ZabbenchProgram.path(),
            ["run", "empty.yaml", "--set", "repeats=2"],
            in: folder.path
        )
        #expect(result.status == 64)
        #expect(result.errors.hasPrefix("zabbench: empty.yaml: the file has no settings;"), "\(result.errors)")
        #expect(result.errors.filter { $0 == "\n" }.count == 1)
        #expect(folder.names == ["empty.yaml"])
    }

    /// Before the workload is even looked for.
    @Test func aFolderIsRefused() throws {
        let result = try run(["--out", "."])
        #expect(result.status == 64)
        #expect(result.errors.contains("--out .: that is a folder") && result.errors.contains("--results"))
        #expect(folder.names == ["w.yaml"])
    }
}
