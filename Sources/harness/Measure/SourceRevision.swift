import CRevision
import Foundation

/// The commit that a zabbench program was built from.
public struct SourceRevision: Sendable, Hashable {
    /// The variable by which a build is told: `make` sets it, and `swift build` alone leaves it unset.
    public static let variable = "ZABBENCH_COMMIT"

    /// The hash, with `-dirty` where the source had changes; `unknown` where the build was not told.
    public var commit: String
    /// Of the commit, `2026-11-30`; nil where nobody said.
    public var date: String?

    /// - Parameter text: a commit, and after a space its date if it has one.
    public init(_ text: String) {
        let parts = text.split(separator: " ", maxSplits: 1).map(String.init)
        commit = parts.first ?? "unknown"
        date = parts.count > 1 ? parts[1] : nil
    }

    /// Of the program that runs. It is part of the program: neither the environment nor a repository can change it.
    public static let own = SourceRevision(String(cString: zb_revision()))

    /// As `--version` has it: `0ce5660abcde, 2026-11-30`, or `commit unknown`.
    public var words: String {
        commit == "unknown" ? "commit unknown" : commit + (date.map { ", " + $0 } ?? "")
    }

    /// Of another program, read in its file: nobody knows what it would do if it were run. Nil where the file has none,
    /// as programs from before and scripts, or it was not told either.
    ///
    /// - Parameter program: the path of its file.
    public init?(program: String) {
        guard let data = try? Data(contentsOf: URL(fileURLWithPath: program), options: .alwaysMapped) else {
            return nil
        }
        let text = data.withUnsafeBytes { bytes in
            bytes.baseAddress.flatMap { zb_find_revision($0, bytes.count) }.map { String(cString: $0) }
        }
        guard let text, !text.isEmpty else { return nil }
        self.init(text)
    }

    /// What git says of a folder's commit; for a program that was built there and does not know. Nil where git knows
    /// none.
    public init?(repository folder: String) {
        guard let commit = Self.git(["rev-parse", "--short=12", "HEAD"], folder: folder), !commit.isEmpty else {
            return nil
        }
        let changes = Self.git(["status", "--porcelain", "--untracked-files=no"], folder: folder) ?? ""
        self.init(changes.isEmpty ? commit : commit + "-dirty")
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
