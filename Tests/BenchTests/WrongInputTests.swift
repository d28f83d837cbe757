import Foundation
import Glibc
import Targets
import TestSupport
import Testing

/// What people type wrong, and what they are told: one line with a way out, the right exit code, and nothing lost.
@Suite struct WrongInputTests {
    private let folder = TemporaryFolder()

    private func run(_ arguments: [String], sink: String? = nil) throws -> ProgramRun {
        try ProgramRun(ZabbenchProgram.path(), arguments, in: folder.path, sink: sink)
    }

    @Test(arguments: [
        (["rnu"], "Did you mean 'zabbench run'?"), (["help", "rnu"], "Did you mean 'zabbench run'?"),
        (["run", "--duration", "5", "w.yaml"], "--set duration_s=5"),
        (["run", "absent.yaml"], "zabbench: absent.yaml: no such file; the workloads that come with zabbench are in "),
        (["run", "."], "zabbench: .: a folder; name a workload file in it"),
        (["init"], "zabbench: init: name a question: latency, fsync, election, compare"),
        (["init", "latncy"], "did you mean latency?"), (["init", "latency", ""], "the file's name is empty"),
        (["doctor", "--data", ""], "--data is empty; name a folder"),
        (
            ["calibrate", "--from", "absent.json"],
            "no such file; make it with zabbench calibrate --json --out absent.json"
        ),
        (["show", "absent"], "absent: no such folder or file; name a results folder"),
        (["explain", "/dev/null"], "/dev/null: not a folder; name a results folder"),
        (["report", "."], ".: an empty folder; name a results folder"),
        (["report", ".", "absent"], ".: there is no summary.csv"),
        (["merge"], "Missing expected argument '<folder> ...'"),
        (["merge", "a"], "a alone: name the folders of two generators at least"),
        (["merge", "absent", "a"], "absent: no such folder or file; name a results folder"),
        (["merge", ".", "."], ".: an empty folder; name a results folder"),
        (["history", "absent"], "absent: No such file or directory; name a file"),
        (["history", "."], ".: a folder; name a file"), (["serve", "."], ".: a folder; give the path of a zoo.cfg"),
        (["calibrate", "--from", "."], ".: a folder; name a file that --json wrote"),
        (["calibrate", "--from", "/dev/null"], "/dev/null: not a file; name one that --json wrote"),
        (["verdict", "--from", "/proc/self/status"], "not verdicts; name a file that zabbench verdict --json wrote"),
    ])
    func aMistakeIsOneLineAndStatus64(arguments: [String], words: String) throws {
        let result = try run(arguments)
        #expect(result.status == 64 && result.output == "")
        #expect(result.errors.contains(words), "\(result.errors)")
        if result.errors.hasPrefix("zabbench: ") { #expect(result.errors.split(separator: "\n").count == 1) }
        #expect(folder.names == [])
    }

    @Test(arguments: [
        (["init", "latency", "absent/w.yaml"], "absent/w.yaml: cannot be written: No such file or directory"),
        (["init", "latency", "."], ".: cannot be written: Is a directory"),
        (["doctor", "--out", "absent/d.json"], "absent/d.json: cannot be written: No such file or directory"),
    ])
    func whatTheMachineRefusesIsStatus1(arguments: [String], words: String) throws {
        let result = try run(arguments)
        #expect(result.status == 1 && result.output == "")
        #expect(result.errors.contains(words), "\(result.errors)")
        #expect(result.errors.split(separator: "\n").count == 1)
        #expect(folder.names == [])
    }

    @Test func initWritesAndPrintsTheSame() throws {
        let written = try run(["init", "fsync"])
        #expect(written.status == 0 && written.output.hasSuffix("then:\n  zabbench run fsync.yaml\n"))
        let printed = try run(["init", "fsync", "-"])
        #expect(Array(printed.output.utf8) == (try folder.read("fsync.yaml")))
        let again = try run(["init", "fsync"])
        #expect(again.status == 64 && again.errors.contains("--force"))
        #expect(try run(["init", "fsync", "--force"]).status == 0)
        #expect(folder.names == ["fsync.yaml"])
    }

    @Test func aFullDiskIsNoSuccess() throws {
        for arguments in [["init", "latency", "-"], ["doctor"], ["doctor", "--json"]] {
            let result = try run(arguments, sink: "/dev/full")
            #expect(result.status == 1)
            #expect(result.errors.contains("standard output: No space left on device: the output is incomplete"))
        }
    }

    /// A reader that has seen enough is not an error, and nobody dies of SIGPIPE.
    @Test func aClosedPipeIsTheReadersChoice() throws {
        let script = "'\(try ZabbenchProgram.path())' init latency - | head -c 1; echo \"${PIPESTATUS[0]}\""
        let result = try ProgramRun("/usr/bin/env", ["bash", "-c", script], in: folder.path)
        #expect(result.output == "#0\n" && result.errors == "", "\(result.output)\(result.errors)")
    }

    @Test func doctorLeavesNothingBehindAndAnswersFirst() throws {
        let result = try run(["doctor", "--json"])
        let object = try #require(
            try JSONSerialization.jsonObject(with: Data(result.output.utf8)) as? [String: Any]
        )
        let worthless = try #require(object["worthless"] as? [String])
        #expect(result.status == (worthless.isEmpty ? 0 : 1))
        #expect((object["checks"] as? [[String: String]])?.count == 30)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
    }
}
