import Foundation
import Glibc
import Measure
import Words

/// A zabbench program that servers are started from: a binary as the user named it, or one built from a git reference
/// or from a working tree.
public struct BuildUnderTest {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        /// Whether the user can set it right on the command line.
        public var isUsage = false
    }

    /// How a checkout becomes a program.
    public enum Builder: Equatable, Sendable {
        /// `swift build -c release --product zabbench`.
        case swift
        /// A shell's command, run in the checkout, that leaves the program in .build/release/zabbench.
        case command(String)
    }

    /// As the user named it; of a working tree also its commit and how much has changed since.
    public let name: String
    /// Absolute.
    public let program: String
    /// Forty digits, where it was built from a commit.
    public private(set) var commit: String?
    /// As rows name it: the commit, with `-dirty` for a tree with changes; nil for a program, which nobody here knows.
    private(set) var revision: String?

    /// What stands for the working tree that the user is in.
    static let workingTreeNames = [".", "worktree"]

    /// Where references are built: a worktree for each commit, kept for the next comparison.
    public static var cache: URL {
        let environment = ProcessInfo.processInfo.environment
        if let folder = environment["XDG_CACHE_HOME"], folder.hasPrefix("/") {
            return URL(fileURLWithPath: folder).appendingPathComponent("zabbench/builds")
        }
        return FileManager.default.homeDirectoryForCurrentUser.appendingPathComponent(".cache/zabbench/builds")
    }

    /// Finds the program, or builds it.
    ///
    /// - Parameters:
    ///   - name: an executable file; `.` or another folder with a Package.swift for a working tree as it is; else a
    ///     reference of the git repository.
    ///   - repository: a folder in the repository, or what asks it.
    ///   - mentionsChanges: whether to say what the commit that is checked out leaves out of the working tree.
    ///   - say: told before something long begins, and of what is left out.
    /// - Throws: `Failure`.
    public init(
        _ name: String,
        repository: GitRepository = GitRepository(folder: "."),
        cache: URL = BuildUnderTest.cache,
        builder: Builder = .swift,
        mentionsChanges: Bool = true,
        say: (String) -> Void
    ) throws(Failure) {
        let kind = try Self.kind(of: name, in: repository)
        switch kind {
        case .program(let path):
            self.name = name
            program = path
        case .workingTree(let root):
            let tree = WorkingTree(
                root: root,
                repository: GitRepository(folder: root, environment: repository.environment)
            )
            self.name = "\(name), \(tree.words)"
            revision = tree.revision
            program = try tree.build(cache: cache, builder: builder, say: say)
        case .commit(let hash):
            self.name = name
            commit = hash
            revision = String(hash.prefix(12))
            if mentionsChanges { Self.warn(name, hash, repository, say) }
            program = try Self.build(hash, name: name, repository: repository, cache: cache, builder: builder, say: say)
        }
    }

    // MARK: What a name stands for

    private enum Kind {
        case program(String)
        case workingTree(String)
        case commit(String)
    }

    private static func kind(of name: String, in repository: GitRepository) throws(Failure) -> Kind {
        var information = stat()
        let exists = stat(name, &information) == 0
        let type = information.st_mode & S_IFMT
        if exists, type == S_IFREG {
            guard access(name, X_OK) == 0 else {
                throw Failure(
                    description: "\(name): it cannot be executed; name a zabbench program, or chmod +x it if it is one",
                    isUsage: true
                )
            }
            return .program(URL(fileURLWithPath: name).standardizedFileURL.path)
        }
        if workingTreeNames.contains(name) {
            let root = repository.run(["rev-parse", "--show-toplevel"])
            guard root.status == 0 else {
                throw Failure(description: GitObjection(name, root, in: repository).description, isUsage: true)
            }
            return .workingTree(root.output)
        }
        if exists, type == S_IFDIR, access(name + "/Package.swift", F_OK) == 0 {
            return .workingTree(URL(fileURLWithPath: name).standardizedFileURL.path)
        }
        if name.isEmpty || name.hasPrefix("-") {
            throw Failure(
                description:
                    "\"\(name)\" is the name of no build; say a zabbench program, a git reference, or . for the "
                    + "working tree",
                isUsage: true
            )
        }
        switch repository.commit(name) {
        case .success(let commit): return .commit(commit)
        case .failure(let objection):
            guard exists else { throw Failure(description: objection.description, isUsage: true) }
            let what = type == S_IFDIR ? "a folder without a Package.swift" : "no file of a program"
            throw Failure(
                description:
                    "\(name): it is \(what), and no commit either; name the zabbench program in it, or . for the "
                    + "working tree that you are in",
                isUsage: true
            )
        }
    }

    /// Says what a commit leaves out of the working tree that it is checked out in: whoever names HEAD may mean what is
    /// before their eyes.
    private static func warn(_ name: String, _ commit: String, _ repository: GitRepository, _ say: (String) -> Void) {
        guard repository.run(["rev-parse", "--verify", "HEAD"]).output == commit else { return }
        let changes = repository.changes
        guard !changes.isEmpty else { return }
        let shown = changes.prefix(3).joined(separator: ", ") + (changes.count > 3 ? " and others" : "")
        let files = CountedNoun.text(changes.count, "changed or new file")
        say(
            "warning: \(name) is the commit \(commit.prefix(12)), which leaves out \(files) of the working tree "
                + "(\(shown)); say . to build the tree as it is"
        )
    }

    // MARK: Building a commit

    private static func build(
        _ commit: String,
        name: String,
        repository: GitRepository,
        cache: URL,
        builder: Builder,
        say: (String) -> Void
    ) throws(Failure) -> String {
        let tree = cache.appendingPathComponent(commit + builder.suffix)
        let program = tree.appendingPathComponent(".build/release/zabbench").path
        if access(program, X_OK) == 0 { return program }
        say("\(name): building \(commit.prefix(12)) in \(tree.path)")
        try checkOut(commit, in: tree, repository: repository)
        guard builder.run(in: tree.path, scratch: nil, revision: String(commit.prefix(12))) == 0 else {
            throw Failure(description: "\(commit): \(builder.words) failed in \(tree.path); see its message above")
        }
        guard access(program, X_OK) == 0 else {
            throw Failure(description: "\(name): the build made no \(program); is it a commit of zabbench?")
        }
        return program
    }

    private static func checkOut(_ commit: String, in tree: URL, repository: GitRepository) throws(Failure) {
        guard access(tree.path + "/.git", F_OK) != 0 else { return }
        do {
            try FileManager.default.createDirectory(
                at: tree.deletingLastPathComponent(),
                withIntermediateDirectories: true
            )
        } catch {
            throw Failure(description: "\(tree.path): cannot be made; set XDG_CACHE_HOME to a folder of yours")
        }
        // Worktrees that somebody removed by hand still stand in git's list.
        _ = repository.run(["worktree", "prune"])
        let add = repository.run(["worktree", "add", "--detach", tree.path, commit])
        guard add.status == 0 else {
            throw Failure(description: "\(tree.path): git could not check out \(commit) there (git: \(add.words))")
        }
    }
}

extension BuildUnderTest.Builder {
    /// Builds in a folder; what it prints goes to standard error.
    ///
    /// - Parameters:
    ///   - scratch: of swift build; nil for .build in the folder.
    ///   - revision: what the program is to know itself by.
    /// - Returns: its exit code.
    func run(in folder: String, scratch: String?, revision: String?) -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        switch self {
        case .swift:
            process.arguments =
                ["swift", "build", "-c", "release", "--product", "zabbench", "--package-path", folder]
                + (scratch.map { ["--scratch-path", $0] } ?? [])
        case .command(let command): process.arguments = ["sh", "-c", command]
        }
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        // Whoever started us may have been told of another commit.
        process.environment = ProcessInfo.processInfo.environment.merging(
            [SourceRevision.variable: revision ?? ""]
        ) { $1 }
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = FileHandle.standardError
        process.standardError = FileHandle.standardError
        do { try process.run() } catch { return 127 }
        process.waitUntilExit()
        return process.terminationStatus
    }

    var words: String {
        switch self {
        case .swift: "swift build"
        case .command: "the command of --build"
        }
    }

    /// Programs that were built in another way are others.
    var suffix: String {
        switch self {
        case .swift: ""
        case .command(let command): "-" + String(Self.hash(command), radix: 16)
        }
    }

    /// FNV-1a: the same in every process, as Hasher is not.
    static func hash(_ text: String) -> UInt64 {
        text.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
