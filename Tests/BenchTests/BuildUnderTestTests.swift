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
        let desk = try GitDesk(root.make("repository"))
        return try desk.commit("one")
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
            repository: GitRepository(folder: root.path(of: "repository")),
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
        #expect(
            failure.description
                == "\(root.path(of: "zabbench")): it cannot be executed; name a zabbench program, or chmod +x it if "
                + "it is one"
        )
    }

    @Test func aCommitThatWasBuiltIsNotBuiltAgain() throws {
        let commit = try repository()
        let built = root.path(of: "cache/\(commit)/.build/release/zabbench")
        try program(built)
        for name in ["main", "HEAD", String(commit.prefix(10))] { #expect(try find(name).program == built) }
    }
}
