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
    public var hardware: String { "\(environment.cpuModel), \(environment.cores) cores" }

    /// One line about the machine.
    public var machine: String {
        let storage = environment.storage.map { ", \($0.fileSystem) on \($0.source)" } ?? ""
        return "\(hardware), kernel \(environment.kernel)\(storage); "
            + "zabbench \(zabbenchVersion) at \(commit), environment \(environmentDigest)"
    }
}

public struct ManifestError: Error, CustomStringConvertible {
    public let description: String
}
