import Foundation
import TestSupport
import Testing

@testable import Bench

/// What a name of a build that cannot be had is answered: each cause by its own line, with git's own words.
@Suite struct BuildNameTests {
    let root = TemporaryFolder()

    func refusal(_ name: String, in repository: GitRepository) throws -> String {
        let failure = try #require(throws: BuildUnderTest.Failure.self) {
            _ = try BuildUnderTest(
                name,
                repository: repository,
                cache: URL(filePath: root.path(of: "cache")),
                say: { Issue.record("\($0): nothing is built here") }
            )
        }
        #expect(failure.isUsage)
        return failure.description
    }

    @Test func noRepositoryIsSaid() throws {
        let text = try refusal("main", in: GitRepository(folder: root.path))
        #expect(
            text
                == "main: no program of that name, and no commit, since there is no repository here (git: fatal: not a "
                + "git repository (or any of the parent directories): .git); start zabbench ab in zabbench's repository, "
                + "or name a zabbench program"
        )
    }

    @Test func noGitIsSaid() throws {
        let text = try refusal("main", in: GitRepository(folder: root.path, environment: ["PATH": root.path]))
        #expect(text.hasPrefix("main: no program of that name, and git, which would know a commit, is not installed ("))
        #expect(text.hasSuffix("; install it, or name a zabbench program"))
    }

    @Test func anUnknownNameIsSaidWithoutARemote() throws {
        let desk = try GitDesk(root.make("one"))
        #expect(try refusal("v1", in: desk.repository).hasSuffix("; the repository has no commits yet"))
        try desk.commit("one")
        #expect(
            try refusal("v1", in: desk.repository)
                == "v1: neither a program nor a commit of the repository here (git: fatal: Needed a single revision); "
                + "git branch --all and git tag list what there is"
        )
    }

    @Test func aBranchOfTheRemoteIsNamed() throws {
        let source = try GitDesk(root.make("source"))
        try source.commit("one")
        try source.run(["branch", "other"])
        let clone = try GitDesk(cloning: source, to: root.path(of: "clone"))
        #expect(try refusal("other", in: clone.repository).hasSuffix("; there is origin/other: say that"))
        #expect(
            try refusal("new", in: clone.repository)
                .hasSuffix("; if origin has it: git fetch origin new, and then say FETCH_HEAD")
        )
        // The way out is one.
        try source.run(["branch", "new"])
        try clone.run(["fetch", "--quiet", "origin", "new"])
        #expect(try clone.repository.commit("FETCH_HEAD").get() == source.run(["rev-parse", "new"]))
    }

    @Test func aShallowCloneIsSaid() throws {
        let source = try GitDesk(root.make("source"))
        try source.commit("one")
        try source.run(["tag", "v1"])
        try source.commit("two")
        let clone = try GitDesk(cloning: source, to: root.path(of: "clone"), ["--depth", "1"])
        for name in ["HEAD~1", "v1"] {
            let text = try refusal(name, in: clone.repository)
            #expect(text.hasPrefix("\(name): neither a program nor a commit of the repository here (git: fatal: "))
            #expect(text.contains("; this is a shallow clone with 1 commits: git fetch --unshallow gets all of them"))
            #expect(text.contains("git fetch --depth 1 origin \(name) one branch or tag"))
        }
        try clone.run(["fetch", "--quiet", "--unshallow"])
        #expect(try clone.repository.commit("HEAD~1").get() == source.run(["rev-parse", "HEAD~1"]))
    }

    /// Only root can give a repository away.
    @Test(.enabled(if: getuid() == 0)) func anotherUsersRepositoryIsSaid() throws {
        let desk = try GitDesk(root.make("one"))
        try desk.commit("one")
        #expect(chown(desk.path, 1234, 1234) == 0)
        let environment = ["HOME": root.path, "XDG_CONFIG_HOME": root.path, "GIT_CONFIG_NOSYSTEM": "1"]
        let text = try refusal("HEAD", in: GitRepository(folder: desk.path, environment: environment))
        #expect(
            text
                == "HEAD: git does not open the repository, since it belongs to another user; if you trust it: git "
                + "config --global --add safe.directory \(desk.path) (git: fatal: detected dubious ownership in repository at "
                + "'\(desk.path)')"
        )
    }

    @Test(arguments: ["--all", "-h", ""]) func whatIsNoNameIsSaid(name: String) throws {
        let desk = try GitDesk(root.make("one"))
        try desk.commit("one")
        #expect(
            try refusal(name, in: desk.repository).hasPrefix("\"\(name)\" is the name of no build; say a zabbench ")
        )
    }

    @Test func aFolderIsSaid() throws {
        let desk = try GitDesk(root.make("one"))
        try desk.commit("one")
        let folder = try root.make("old")
        #expect(
            try refusal(folder, in: desk.repository)
                == "\(folder): it is a folder without a Package.swift, and no commit either; name the zabbench program in "
                + "it, or . for the working tree that you are in"
        )
        #expect(
            try refusal("/dev/null", in: desk.repository).hasPrefix("/dev/null: it is no file of a program, and no ")
        )
    }

    // MARK: The working tree

    /// Builds by a command that writes what the checkout holds.
    func build(_ name: String, in desk: GitDesk, say: (String) -> Void = { _ in }) throws -> (BuildUnderTest, String) {
        let build = try BuildUnderTest(
            name,
            repository: desk.repository,
            cache: URL(filePath: root.path(of: "cache")),
            builder: .command(
                "mkdir -p .build/release && cp program .build/release/zabbench && chmod +x .build/release/*"
            ),
            say: say
        )
        return (build, try String(contentsOfFile: build.program, encoding: .utf8))
    }

    @Test func whatIsNotCommittedIsNamed() throws {
        let desk = try GitDesk(root.make("one"))
        let commit = try desk.commit("one", ["program": "old", ".gitignore": ".build\n"])
        var said: [String] = []
        #expect(try build("HEAD", in: desk) { said.append($0) }.1 == "old")
        #expect(!said.contains { $0.hasPrefix("warning") })
        try desk.write("new", "program")
        try desk.write("", "more")
        for name in ["HEAD", "main", commit] {
            said = []
            #expect(try build(name, in: desk) { said.append($0) }.1 == "old")
            #expect(
                said == [
                    "warning: \(name) is the commit \(commit.prefix(12)), which leaves out 2 changed or new files of "
                        + "the working tree (program, more); say . to build the tree as it is"
                ]
            )
        }
        // Another commit is not what is before the user's eyes.
        try desk.commit("two")
        try desk.write("newer", "program")
        said = []
        _ = try build(commit, in: desk) { said.append($0) }
        #expect(said.isEmpty)
    }

    @Test(arguments: [".", "worktree"]) func theWorkingTreeIsBuiltAsItIs(name: String) throws {
        let desk = try GitDesk(root.make("one"))
        let commit = try desk.commit("one", ["program": "old", ".gitignore": ".build\n"])
        try desk.write("new", "program")
        let (first, content) = try build(name, in: desk)
        #expect(content == "new")
        #expect(first.name == "\(name), \(commit.prefix(12)) with 1 changed file")
        #expect(first.revision == "\(commit.prefix(12))-dirty")
        #expect(first.commit == nil)
        #expect(first.program.hasPrefix(root.path(of: "cache/tree-")))
        // A comparison that runs keeps its program when the tree is built again.
        try desk.write("newer", "program")
        let (second, newer) = try build(name, in: desk)
        #expect(newer == "newer")
        #expect(second.program != first.program)
        #expect(try String(contentsOfFile: first.program, encoding: .utf8) == "new")
    }

    @Test func aBuildThatFailsIsSaid() throws {
        let desk = try GitDesk(root.make("one"))
        let commit = try desk.commit("one")
        let failure = try #require(throws: BuildUnderTest.Failure.self) { _ = try build("HEAD", in: desk) }
        #expect(!failure.isUsage)
        #expect(failure.description.hasPrefix("\(commit): the command of --build failed in "))
    }

    // MARK: Ranges

    @Test func aRangeFollowsFirstParents() throws {
        let desk = try GitDesk(root.make("one"))
        let good = try desk.commit("good")
        try desk.run(["checkout", "--quiet", "-b", "side"])
        try desk.commit("a side's first")
        try desk.commit("a side's second")
        try desk.run(["checkout", "--quiet", "main"])
        let two = try desk.commit("two")
        try desk.run(["merge", "--quiet", "--no-ff", "--message", "the merge", "side"])
        let merge = try desk.run(["rev-parse", "HEAD"])
        let bad = try desk.commit("bad: with words")
        let range = try CommitRange(good: "main~3", bad: "main", in: desk.repository)
        #expect(range.good == good)
        #expect(range.commits.map(\.hash) == [two, merge, bad])
        #expect(range.commits.map(\.subject) == ["two", "the merge", "bad: with words"])
    }

    @Test func aRangeThatIsNoneIsRefused() throws {
        let desk = try GitDesk(root.make("one"))
        try desk.commit("one")
        try desk.commit("two")
        func refusal(_ good: String, _ bad: String) throws -> String {
            let failure = try #require(throws: BuildUnderTest.Failure.self) {
                _ = try CommitRange(good: good, bad: bad, in: desk.repository)
            }
            #expect(failure.isUsage)
            return failure.description
        }
        #expect(try refusal("main", "HEAD").contains("main..HEAD: both are the commit "))
        #expect(try refusal("main", "main~1").hasPrefix("main..main~1: main is no ancestor of main~1; name the older"))
        #expect(try refusal("main~9", "main").hasPrefix("main~9: neither a program nor a commit"))
    }
}

extension GitDesk {
    fileprivate var repository: GitRepository { GitRepository(folder: path) }
}
