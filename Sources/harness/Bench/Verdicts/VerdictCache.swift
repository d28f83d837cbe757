import Foundation
import Log
import Report
import Results

/// Verdicts that this very program has given, in files of the user's cache. They depend on the program and the seeds
/// alone, so the file says which program (the identity of its file: device, inode, size and the times of its last
/// changes to the nanosecond) and which seeds; anything else in it counts as nothing. A cache that cannot be read or
/// written costs time, and nothing else.
public struct VerdictCache: Sendable {
    private struct Content: Codable {
        var program: String
        var seeds: ClosedRange<UInt64>
        /// By the candidate's label.
        var verdicts: [String: DurabilityVerdict]
    }

    private let folder: URL
    private let program: String

    /// Nil if there is no place for it, or the program's own file is not to be seen.
    public init?(
        environment: [String: String] = ProcessInfo.processInfo.environment,
        executable: String = "/proc/self/exe"
    ) {
        guard let folder = Self.folder(environment), let program = Self.identity(of: executable) else { return nil }
        self.folder = folder
        self.program = program
    }

    /// `$XDG_CACHE_HOME/zabbench`, or `~/.cache/zabbench`. A relative path there counts as none (XDG Base Directory
    /// Specification).
    private static func folder(_ environment: [String: String]) -> URL? {
        if let cache = environment["XDG_CACHE_HOME"], cache.hasPrefix("/") {
            return URL(fileURLWithPath: cache).appendingPathComponent("zabbench")
        }
        guard let home = environment["HOME"], home.hasPrefix("/") else { return nil }
        return URL(fileURLWithPath: home).appendingPathComponent(".cache/zabbench")
    }

    private static func identity(of path: String) -> String? {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return nil }
        return "\(facts.st_dev) \(facts.st_ino) \(facts.st_size) \(facts.st_mtim.tv_sec).\(facts.st_mtim.tv_nsec)"
            + " \(facts.st_ctim.tv_sec).\(facts.st_ctim.tv_nsec)"
    }

    /// By the candidate's label.
    func load(_ seeds: ClosedRange<UInt64>) -> [String: DurabilityVerdict] {
        guard let data = try? Data(contentsOf: file(seeds)),
            let content = try? JSONDecoder().decode(Content.self, from: data),
            content.program == program, content.seeds == seeds
        else { return [:] }
        return content.verdicts
    }

    /// Replaces what is there, at once.
    func store(_ verdicts: [String: DurabilityVerdict], _ seeds: ClosedRange<UInt64>) {
        let content = Content(program: program, seeds: seeds, verdicts: verdicts)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(content) else { return }
        try? FileManager.default.createDirectory(
            at: folder,
            withIntermediateDirectories: true
        )
        try? data.write(to: file(seeds), options: .atomic)
    }

    /// Of its own, so that a look at other seeds displaces nothing.
    private func file(_ seeds: ClosedRange<UInt64>) -> URL {
        folder.appendingPathComponent("verdicts-\(seeds.lowerBound)..\(seeds.upperBound).json")
    }
}
