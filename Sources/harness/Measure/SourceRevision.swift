import Foundation

/// The commit that this binary was built from, as far as it can be known.
public enum SourceRevision {
    /// The variable by which the Makefile passes the commit, so that an installed binary needs no repository.
    public static let variable = "ZABBENCH_COMMIT"

    /// The commit's hash, with `-dirty` where the tree has changes; `unknown` where neither `ZABBENCH_COMMIT` nor git
    /// tells.
    ///
    /// - Parameters:
    ///   - folder: a folder in the repository, the executable's as a rule.
    ///   - isOwn: whether the program asked for is the one that runs; the variable says nothing of others.
    public static func current(folder: String, isOwn: Bool = true) -> String {
        if isOwn, let baked = ProcessInfo.processInfo.environment[variable], !baked.isEmpty { return baked }
        guard let commit = git(["rev-parse", "--short=12", "HEAD"], folder: folder), !commit.isEmpty else {
            return "unknown"
        }
        let changes = git(["status", "--porcelain", "--untracked-files=no"], folder: folder) ?? ""
        return changes.isEmpty ? commit : commit + "-dirty"
    }

    private static func git(_ arguments: [String], folder: String) -> String? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["git", "-C", folder] + arguments
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        do { try process.run() } catch { return nil }
        let data = output.fileHandleForReading.readDataToEndOfFile()
        process.waitUntilExit()
        guard process.terminationStatus == 0 else { return nil }
        return String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}
