import Foundation
import Measure

/// Of every zabbench program of this source.
public enum ProgramVersion {
    public static let text = "0.1.0"

    /// `zabbench 0.1.0 (0ce5660abcde, 2026-11-30)`: what `--version` prints.
    public static var line: String { "zabbench \(text) (\(SourceRevision.own.words))" }

    /// The commit of a zabbench program: what its file says; of a program too old to say, what git says of its folder.
    ///
    /// - Parameters:
    ///   - program: its absolute path, links resolved.
    ///   - own: the path of the program that runs.
    static func commit(of program: String, own: String?) -> String {
        if program == own { return SourceRevision.own.commit }
        if let built = SourceRevision(program: program) { return built.commit }
        let folder = (program as NSString).deletingLastPathComponent
        return SourceRevision(repository: folder)?.commit ?? "unknown"
    }
}
