import Foundation
import Glibc

/// A folder that was taken for one of runs: what it holds instead, in one line with a way out.
public enum RunlessFolder {
    /// - Parameter path: as the user named it.
    public static func words(_ path: String) -> String {
        let names = ((try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []).sorted()
        let other = "name a results folder, results/latest for instance"
        if names.contains("summary.csv") { return "\(path): its summary.csv has no runs; \(other)" }
        let folders = names.filter { access("\(path)/\($0)/summary.csv", F_OK) == 0 }
        if !folders.isEmpty { return "\(path): it holds results folders; name one of them: \(list(folders))" }
        if names.contains("pairs.csv") {
            return "\(path): it holds pairs of zabbench power (pairs.csv), not runs; \(other)"
        }
        guard !names.isEmpty else { return "\(path): an empty folder; \(other)" }
        return "\(path): it has no summary.csv, so no runs (it holds \(list(names))); \(other)"
    }

    private static func list(_ names: [String]) -> String {
        names.prefix(5).joined(separator: ", ") + (names.count > 5 ? ", ..." : "")
    }
}
