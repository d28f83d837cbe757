import Foundation
import TestSupport
import Testing

@testable import Bench

@Suite struct BuildUnderTestTests {
    let root = TemporaryFolder()

    /// A repository with one commit.
    ///
    /// - Returns: the commit.
    func repository() throws -> String {
        var output = ""
        for arguments in [
            ["init", "--quiet", "--initial-branch", "main"],
            [
                "-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false", "commit", "--quiet",
                "--allow-empty", "--message", "one",
            ],
            ["rev-parse", "HEAD"],
        ] {
            let run = try ProgramRun("/usr/bin/env", ["git", "-C", root.path] + arguments)
            try #require(run.status == 0, "\(run.errors)")
            output = run.output
        }
        return output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    func program(_ path: String, mode: Int = 0o755) throws {
        try FileManager.default.createDirectory(
            atPath: (path as NSString).deletingLastPathComponent,
            withIntermediateDirectories: true
        )
        try Data().write(to: URL(fileURLWithPath: path))
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: path)
    }

    func find(_ name: String) throws -> BuildUnderTest {
        try BuildUnderTest(
            name,
            repository: root.path,
            cache: URL(filePath: root.path(of: "cache")),
            say: { Issue.record("\($0): nothing is built here") }
        )
    }

    @Test func aProgramIsTakenAsItIs() throws {
        try program(root.path(of: "zabbench"))
        let build = try find(root.path(of: "./zabbench"))
        #expect(build.program == root.path(of: "zabbench"))
        #expect(build.name.hasSuffix("./zabbench"))
    }

    @Test func aFileThatIsNoProgramIsRefused() throws {
        try program(root.path(of: "zabbench"), mode: 0o644)
        let failure = try #require(throws: BuildUnderTest.Failure.self) { try find(root.path(of: "zabbench")) }
        #expect(failure.isUsage)
        #expect(failure.description == "\(root.path(of: "zabbench")): it cannot be executed; name a zabbench program")
    }

    @Test func aCommitThatWasBuiltIsNotBuiltAgain() throws {
        let commit = try repository()
        let built = root.path(of: "cache/\(commit)/.build/release/zabbench")
        try program(built)
        for name in ["main", "HEAD", String(commit.prefix(10))] { #expect(try find(name).program == built) }
    }

    @Test(arguments: ["nowhere", "--all", "-h", ""])
    func whatIsNeitherIsRefused(name: String) throws {
        _ = try repository()
        let failure = try #require(throws: BuildUnderTest.Failure.self) { try find(name) }
        #expect(failure.isUsage)
        #expect(failure.description.hasSuffix("neither a program nor a commit of the repository here"))
    }
}
