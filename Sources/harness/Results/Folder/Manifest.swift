import Foundation
import Measure

/// manifest.json: all that is needed to make the same run again, or to refuse a comparison with an unlike one.
public struct Manifest: Codable, Sendable {
    public var schemaVersion = RunTag.schemaVersion
    public var workload: String
    public var startedAt: String
    public var finishedAt: String?
    public var zabbenchVersion: String
    public var commit: String
    public var commandLine: [String]
    public var seed: UInt64
    public var environment: Environment
    public var environmentDigest: String
    /// The workload file as it was read, and the overrides of `--set`.
    public var workloadText: String
    public var overrides: [String]
    /// The runs in the order in which they were made.
    public var runs: [Run]
    public var systems: [System] = []
    public var warnings: [String] = []
    /// What others had of the processors just before the first run, from 0 to 1 of all of them; nil where the kernel
    /// does not tell, and for older versions.
    public var foreignShareAtStart: Double?
    public var stealShareAtStart: Double?
    /// What of `runs` was not made, since this machine does not offer it.
    public var skipped: [SkippedRuns] = []
    /// What of `runs` failed with its servers, while the other systems' went on.
    public var failedRuns: [FailedRun] = []
    /// What the simulator proved about each strategy that was run.
    public var verdicts: [DurabilityVerdict] = []
    /// Whether Ctrl-C ended it: then some of the runs are missing in the files.
    public var interrupted = false
    /// What ended it early, if something did.
    public var failure: String?
    /// What the paths of its znodes begin with, on servers that ran already; nil elsewhere, and for older versions. Two loads
    /// of one name would have written to the same znodes.
    public var keySpace: String?
    /// The folders that it was merged from, in the order of the command; nil for what was run.
    public var mergedFrom: [Part]?

    /// A folder that was merged into this one.
    public struct Part: Codable, Sendable {
        /// As the user named it.
        public var folder: String
        public var startedAt: String
        public var zabbenchVersion: String
        public var commit: String
        public var commandLine: [String]
        public var seed: UInt64
        public var environment: Environment
        public var environmentDigest: String
        /// Of each run of the merged folder, how long after the first generator this one began, by their own clocks.
        public var startSkewSeconds: [Double]

        public init(
            folder: String,
            startedAt: String,
            zabbenchVersion: String,
            commit: String,
            commandLine: [String],
            seed: UInt64,
            environment: Environment,
            environmentDigest: String,
            startSkewSeconds: [Double]
        ) {
            self.folder = folder
            self.startedAt = startedAt
            self.zabbenchVersion = zabbenchVersion
            self.commit = commit
            self.commandLine = commandLine
            self.seed = seed
            self.environment = environment
            self.environmentDigest = environmentDigest
            self.startSkewSeconds = startSkewSeconds
        }
    }

    public struct Run: Codable, Sendable {
        public var runID: String
        public var `repeat`: Int
        /// Nil with somebody else's servers, and for older versions.
        public var system: String?
        public var ensembleSize: Int
        public var placement: String
        /// Nil with servers that have logs of their own.
        public var fsyncStrategy: String?
        public var batchPolicy: String?
        public var inFlight: Int?
        public var logDirectories: String?
        /// Nil where the servers talk directly.
        public var links: String?
        /// Nil where nothing is injected.
        public var injected: String?
        public var point: String
        /// The load as it was understood, every default written out.
        public var load: [String: String]

        public init(
            runID: String,
            repeatNumber: Int,
            system: String?,
            ensembleSize: Int,
            placement: String,
            fsyncStrategy: String?,
            batchPolicy: String?,
            inFlight: Int?,
            logDirectories: String?,
            links: String? = nil,
            injected: String? = nil,
            point: String,
            load: [String: String]
        ) {
            self.runID = runID
            self.repeat = repeatNumber
            self.system = system
            self.ensembleSize = ensembleSize
            self.placement = placement
            self.fsyncStrategy = fsyncStrategy
            self.batchPolicy = batchPolicy
            self.inFlight = inFlight
            self.logDirectories = logDirectories
            self.links = links
            self.injected = injected
            self.point = point
            self.load = load
        }
    }

    public struct System: Codable, Sendable, Hashable {
        public var system: String
        public var version: String
        /// Nil where the servers were not started as processes of their own, and for older versions.
        public var settings: SystemSettings?

        public init(system: String, version: String, settings: SystemSettings? = nil) {
            self.system = system
            self.version = version
            self.settings = settings
        }
    }

    public init(
        workload: String,
        startedAt: Timestamp,
        zabbenchVersion: String,
        commit: String,
        commandLine: [String],
        seed: UInt64,
        environment: Environment,
        workloadText: String,
        overrides: [String],
        runs: [Run]
    ) {
        self.workload = workload
        self.startedAt = startedAt.iso8601
        self.zabbenchVersion = zabbenchVersion
        self.commit = commit
        self.commandLine = commandLine
        self.seed = seed
        self.environment = environment
        environmentDigest = environment.digest
        self.workloadText = workloadText
        self.overrides = overrides
        self.runs = runs
    }

    /// The file's text: sorted keys, one per line.
    public func text() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self) + "\n"
    }
}
