import Foundation
import Glibc
import Measure

/// The temporary data of one invocation: `<root>/<UTC>-<workload>-<pid>/`, where each ensemble has a folder.
///
/// The root is on the disk that is to be measured: `.zabbench-data` in the current folder unless `--data` says another.
/// Never a memory file system by chance, as /tmp may be. Where the logs get disks of their own (`--log-data`), each of
/// those has such a folder too, `<log root>/<UTC>-<workload>-<pid>-log/`.
public final class DataFolder: Sendable {
    public static let defaultRoot = ".zabbench-data"

    /// Absolute.
    public let path: String
    /// One for each log root, absolute.
    public let logPaths: [String]
    public let isKept: Bool
    public let janitor: JanitorLink

    /// Makes the folders, after the janitor knows of them.
    ///
    /// - Throws: `TargetError` if one cannot be made.
    public init(root: String, logRoots: [String] = [], name: String, keep: Bool, janitor: JanitorLink)
        throws(TargetError)
    {
        isKept = keep
        self.janitor = janitor
        if keep { try janitor.send(.keepFolders) }
        path = try Self.make(root: root, name: "\(name)-\(getpid())", option: "--data", janitor: keep ? nil : janitor)
        var logPaths: [String] = []
        for root in logRoots {
            logPaths.append(
                try Self.make(
                    root: root,
                    name: "\(name)-\(getpid())-log",
                    option: "--log-data",
                    janitor: keep ? nil : janitor
                )
            )
        }
        self.logPaths = logPaths
    }

    /// - Parameter janitor: who removes the folder at the end.
    private static func make(root: String, name: String, option: String, janitor: JanitorLink?) throws(TargetError)
        -> String
    {
        let absolute = URL(fileURLWithPath: root).standardizedFileURL.path
        // The janitor's orders are lines.
        guard !absolute.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
            throw TargetError("\(option): the path contains a control character; choose another")
        }
        let isMissing = access(absolute, F_OK) != 0
        do {
            try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true)
        } catch {
            throw TargetError(
                "\(absolute): cannot be created: \(SystemReason.words(of: error, or: "choose another with \(option)"))"
            )
        }
        // A root that was there is somebody's, be it empty. The usual one is ours also when a run before left it.
        if isMissing || root == defaultRoot { try janitor?.send(.removeIfEmpty(folder: absolute)) }
        let path = "\(absolute)/\(name)"
        guard access(path, F_OK) != 0 else {
            throw TargetError("\(path) already exists; remove it, or choose another folder with \(option)")
        }
        try janitor?.send(.remove(folder: path))
        try make(path, advice: "choose another with \(option)")
        return path
    }

    private static func make(_ folder: String, advice: String = "choose another folder with --data") throws(TargetError)
    {
        guard mkdir(folder, 0o755) == 0 else {
            throw TargetError("\(folder): cannot be created: \(SystemReason(code: errno).words(or: advice))")
        }
    }

    /// A new folder for one ensemble.
    public func makeFolder(named name: String) throws(TargetError) -> String {
        try Self.make(path + "/" + name)
        return path + "/" + name
    }

    /// New folders for one ensemble's logs, one below each log root.
    public func makeLogFolders(named name: String) throws(TargetError) -> [String] {
        var folders: [String] = []
        for path in logPaths {
            try Self.make(path + "/" + name)
            folders.append(path + "/" + name)
        }
        return folders
    }

    /// Removes an ensemble's folder, so that a long sweep needs room for one ensemble only. What fails here the janitor
    /// does at the end.
    public func removeFolder(_ folder: String) {
        guard !isKept, ([path] + logPaths).contains(where: { folder.hasPrefix($0 + "/") }) else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Lets the janitor remove everything, and waits until it has.
    public func finish() async { await janitor.finish() }
}
