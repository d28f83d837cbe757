import Foundation

/// A real git repository in a folder, and what is done with it.
public struct GitDesk {
    /// Git refused; its words.
    public struct Refusal: Error, CustomStringConvertible {
        public let description: String
    }

    public let path: String

    /// Makes an empty one, on the branch main.
    public init(_ path: String) throws {
        self.path = path
        try run(["init", "--quiet", "--initial-branch", "main"])
    }

    /// A clone of another one.
    public init(cloning source: GitDesk, to path: String, _ options: [String] = []) throws {
        self.path = path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try run(["clone", "--quiet"] + options + ["file://" + source.path, "."])
    }

    /// - Returns: what git prints.
    @discardableResult public func run(_ arguments: [String]) throws -> String {
        let identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        let run = try ProgramRun("/usr/bin/env", ["git", "-C", path] + identity + arguments)
        guard run.status == 0 else {
            throw Refusal(description: "git \(arguments.joined(separator: " ")): \(run.errors)")
        }
        return run.output.trimmingCharacters(in: .whitespacesAndNewlines)
    }

    /// Commits all that is in the tree, with these files in it, by path.
    ///
    /// - Returns: the commit.
    @discardableResult public func commit(_ message: String, _ files: [String: String] = [:]) throws -> String {
        for (name, text) in files { try write(text, name) }
        try run(["add", "--all"])
        try run(["commit", "--quiet", "--allow-empty", "--message", message])
        return try run(["rev-parse", "HEAD"])
    }

    public func write(_ text: String, _ name: String) throws {
        let url = URL(filePath: path + "/" + name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        try text.write(to: url, atomically: true, encoding: .utf8)
    }
}
