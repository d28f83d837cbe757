import Foundation

/// What a report says of the machine and the program, as any version's manifest.json has it.
public struct ManifestHead: Decodable, Sendable {
    struct Machine: Decodable, Sendable {
        struct Storage: Decodable, Sendable {
            var fileSystem: String
            var source: String
        }

        var cpuModel: String
        var cores: Int
        var kernel: String
        var storage: Storage?

        var hardware: String { "\(cpuModel), \(cores) cores" }

        func words(version: String, commit: String, digest: String) -> String {
            let storage = storage.map { ", \($0.fileSystem) on \($0.source)" } ?? ""
            return "\(hardware), kernel \(kernel)\(storage); zabbench \(version) at \(commit), environment \(digest)"
        }
    }

    public var zabbenchVersion: String
    var commit: String
    var environment: Machine
    var environmentDigest: String
    /// Nil in manifests of older versions.
    public var skipped: [SkippedRuns]?
    /// The same.
    public var failedRuns: [FailedRun]?
    /// The same.
    public var systems: [Manifest.System]?
    /// Of a folder that was merged.
    var mergedFrom: [Part]?

    /// A folder that was merged.
    struct Part: Decodable, Sendable {
        var zabbenchVersion: String
        var commit: String
        var environment: Machine
        var environmentDigest: String
    }

    /// - Parameter name: what errors call the text.
    /// - Throws: `ManifestError` if the text is none.
    public init(reading text: String, name: String) throws {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        do {
            self = try decoder.decode(ManifestHead.self, from: Data(text.utf8))
        } catch {
            throw ManifestError(
                description: text.isEmpty
                    ? "\(name): missing or empty; the report takes the machine from it"
                    : "\(name): not a manifest of zabbench; name a results folder, results/latest for instance"
            )
        }
    }

    /// `AMD EPYC, 2 cores`.
    public var hardware: String { environment.hardware }

    /// One line about the machine, or about each of the generators' machines.
    public var machine: String {
        let own = environment.words(version: zabbenchVersion, commit: commit, digest: environmentDigest)
        guard let mergedFrom else { return own }
        var lines: [String] = []
        for part in mergedFrom {
            let line = part.environment.words(
                version: part.zabbenchVersion,
                commit: part.commit,
                digest: part.environmentDigest
            )
            if !lines.contains(line) { lines.append(line) }
        }
        return "the machines of \(mergedFrom.count) generators: " + lines.joined(separator: "; and ")
    }
}

public struct ManifestError: Error, CustomStringConvertible {
    public let description: String
}
