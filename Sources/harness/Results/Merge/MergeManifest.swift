import Foundation
import Measure

/// What is needed of the manifest.json of a folder that is merged.
public struct MergeManifest: Decodable, Sendable {
    public var workload: String
    public var startedAt: String
    public var zabbenchVersion: String
    public var commit: String
    public var commandLine: [String]
    public var seed: UInt64
    public var environment: Environment
    public var environmentDigest: String
    public var workloadText: String
    public var overrides: [String]
    /// Nil in manifests of older versions, like those below.
    public var systems: [Manifest.System]?
    public var skipped: [SkippedRuns]?
    public var failedRuns: [FailedRun]?
    public var warnings: [String]?
    public var keySpace: String?
    private var mergedFrom: [Anything]?

    /// Whether the folder was merged itself.
    public var isMerged: Bool { mergedFrom != nil }

    /// Whatever it is, it is there.
    private struct Anything: Decodable, Sendable {
        init(from _: any Decoder) {}
    }

    private struct Version: Decodable {
        var schemaVersion: Int
    }

    private static var decoder: JSONDecoder {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return decoder
    }

    /// Nil of a text that is no manifest.
    public static func schemaVersion(of text: String) -> Int? {
        (try? decoder.decode(Version.self, from: Data(text.utf8)))?.schemaVersion
    }

    /// - Returns: nil if the text is no manifest, or lacks what is needed.
    public init?(reading text: String) {
        guard let read = try? Self.decoder.decode(MergeManifest.self, from: Data(text.utf8)) else { return nil }
        self = read
    }

    /// As the merged folder's manifest has it.
    ///
    /// - Parameters:
    ///   - folder: as the user named it.
    ///   - skewSeconds: of each merged run, how long after the first generator this one began.
    public func part(folder: String, skewSeconds: [Double]) -> Manifest.Part {
        Manifest.Part(
            folder: folder,
            startedAt: startedAt,
            zabbenchVersion: zabbenchVersion,
            commit: commit,
            commandLine: commandLine,
            seed: seed,
            environment: environment,
            environmentDigest: environmentDigest,
            startSkewSeconds: skewSeconds
        )
    }
}
