import Foundation
import Glibc

/// A zabbench program that servers are started from: a binary as the user named it, or one built from a git reference.
public struct BuildUnderTest {
    public struct Failure: Error, CustomStringConvertible {
        public let description: String
        /// Whether the user can set it right on the command line.
        public var isUsage = false
    }

    /// As the user named it.
    public let name: String
    /// Absolute.
    public let program: String

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
    ///   - name: an executable file, or else a reference of the git repository that `repository` is in.
    ///   - say: told before something long begins.
    /// - Throws: `Failure`.
    public init(
        _ name: String,
        repository: String = ".",
        cache: URL = BuildUnderTest.cache,
        say: (String) -> Void
    ) throws(Failure) {
        self.name = name
        var information = stat()
        if stat(name, &information) == 0, information.st_mode & S_IFMT == S_IFREG {
            guard access(name, X_OK) == 0 else {
                throw Failure(description: "\(name): it cannot be executed; name a zabbench program", isUsage: true)
            }
            program = URL(fileURLWithPath: name).standardizedFileURL.path
            return
        }
        let find = Self.run(["git", "-C", repository, "rev-parse", "--verify", "--quiet", "\(name)^{commit}"])
        // A name that begins with a dash would be an option of git's.
        guard !name.hasPrefix("-"), find.status == 0, !find.output.isEmpty else {
            throw Failure(description: "\(name): neither a program nor a commit of the repository here", isUsage: true)
        }
        let commit = find.output
        let tree = cache.appendingPathComponent(commit)
        program = tree.appendingPathComponent(".build/release/zabbench").path
        if access(program, X_OK) == 0 { return }
        say("\(name): building \(commit.prefix(12)) in \(tree.path)")
        try Self.build(commit, in: tree, repository: repository)
        guard access(program, X_OK) == 0 else {
            throw Failure(description: "\(name): the build made no \(program); is it a commit of zabbench?")
        }
    }

    private static func build(_ commit: String, in tree: URL, repository: String) throws(Failure) {
        if access(tree.path + "/Package.swift", F_OK) != 0 {
            do {
                try FileManager.default.createDirectory(
                    at: tree.deletingLastPathComponent(),
                    withIntermediateDirectories: true
                )
            } catch {
                throw Failure(description: "\(tree.path): cannot be made; set XDG_CACHE_HOME to a folder of yours")
            }
            // Worktrees that somebody removed by hand still stand in git's list.
            _ = run(["git", "-C", repository, "worktree", "prune"])
            let add = run(["git", "-C", repository, "worktree", "add", "--detach", tree.path, commit], isShown: true)
            guard add.status == 0 else {
                throw Failure(
                    description: "\(tree.path): git could not check out \(commit) there; see its message above"
                )
            }
        }
        let build = run(
            ["swift", "build", "-c", "release", "--product", "zabbench", "--package-path", tree.path],
            isShown: true
        )
        guard build.status == 0 else {
            throw Failure(description: "\(commit): swift build failed in \(tree.path); see its message above")
        }
    }

    /// - Parameter isShown: its output goes to standard error instead of into the result.
    private static func run(_ command: [String], isShown: Bool = false) -> (status: Int32, output: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = command
        process.standardInput = FileHandle.nullDevice
        let pipe = Pipe()
        process.standardOutput = isShown ? FileHandle.standardError : pipe
        process.standardError = isShown ? FileHandle.standardError : FileHandle.nullDevice
        do { try process.run() } catch { return (127, "") }
        let data = isShown ? Data() : pipe.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        let text = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
        return (process.terminationStatus, text)
    }
}
