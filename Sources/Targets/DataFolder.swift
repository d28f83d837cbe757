import Foundation
import Glibc

/// The temporary data of one invocation: `<root>/<UTC>-<workload>-<pid>/`, where each ensemble has a folder.
///
/// The root is on the disk that is to be measured: `.zabbench-data` in the current folder unless `--data` says another.
/// Never a memory file system by chance, as /tmp may be.
public final class DataFolder: Sendable {
    public static let defaultRoot = ".zabbench-data"

    /// Absolute.
    public let path: String
    public let isKept: Bool
    public let janitor: JanitorLink

    /// Makes the folder, after the janitor knows of it.
    ///
    /// - Throws: `TargetError` if the folder cannot be made.
    public init(root: String, name: String, keep: Bool, janitor: JanitorLink) throws(TargetError) {
        let absolute = URL(fileURLWithPath: root).standardizedFileURL.path
        do {
            try FileManager.default.createDirectory(atPath: absolute, withIntermediateDirectories: true)
        } catch {
            throw TargetError("\(absolute) cannot be made: \(error.localizedDescription); choose another with --data")
        }
        path = "\(absolute)/\(name)-\(getpid())"
        isKept = keep
        self.janitor = janitor
        try janitor.send(keep ? .keepFolders : .remove(folder: path))
        guard mkdir(path, 0o755) == 0 else {
            throw TargetError("\(path) cannot be made: \(String(cString: strerror(errno))); choose another with --data")
        }
    }

    /// A new folder for one ensemble.
    public func makeFolder(named name: String) throws(TargetError) -> String {
        let folder = path + "/" + name
        guard mkdir(folder, 0o755) == 0 else {
            throw TargetError("\(folder) cannot be made: \(String(cString: strerror(errno)))")
        }
        return folder
    }

    /// Removes an ensemble's folder, so that a long sweep needs room for one ensemble only. What fails here the janitor
    /// does at the end.
    public func removeFolder(_ folder: String) {
        guard !isKept, folder.hasPrefix(path + "/") else { return }
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Lets the janitor remove everything, and waits until it has.
    public func finish() async { await janitor.finish() }
}
