import Foundation
import Histogram
import Measure
import Report
import Results
import TestSupport

@testable import Comparisons

/// The results folder of one of several generators, written by code.
struct GeneratorFolder: Sendable {
    /// Of the folder that it lies in, and of its run ids.
    var name = "20261121T120000Z-quick"
    /// One run each: milliseconds after the moment, and its samples in nanoseconds.
    var starts: [Int64] = [0]
    var samples: [UInt64] = Array(repeating: 500_000, count: 2000)
    var seconds = 10.0
    var workloadText = "name: quick\nload:\n  clients: 8\n"
    var overrides: [String] = []
    var keySpace: String? = "/zabbench-20261121T120000Z-1"
    var isSynced: Bool?
    var failed: [FailedRun] = []
    var hasLatencies = true
    /// What a test makes of a row.
    var change: @Sendable (inout SummaryRow) -> Void = { _ in }
    var changeManifest: @Sendable (inout Manifest) -> Void = { _ in }

    static let moment: Int64 = 1_795_262_400_000_000_000

    private var environment: Environment {
        Environment(
            cpuModel: "A processor",
            cores: 2,
            memoryBytes: 1 << 34,
            operatingSystem: "An OS",
            kernel: "6.1.0",
            architecture: "x86_64",
            swiftCompiler: "6.3",
            buildConfiguration: "release",
            allocator: "jemalloc",
            storage: nil
        )
    }

    private var histogram: Histogram<UInt64> {
        var histogram = Histogram<UInt64>(
            highestTrackableValue: 3_600_000_000_000,
            numberOfSignificantValueDigits: .three
        )
        for sample in samples { histogram.record(sample) }
        return histogram
    }

    private func row(_ number: Int) -> SummaryRow {
        let tag = RunTag(
            runID: "\(name)-\(number)",
            repeatNumber: number,
            system: "zookeeper",
            ensembleSize: 3,
            fsyncStrategy: nil
        )
        let start = Timestamp(unixNanoseconds: Self.moment + starts[number - 1] * 1_000_000)
        var row = SummaryRow(tag: tag, startedAt: start, workload: "quick", placement: "external")
        row.systemVersion = "3.8.0"
        row.durationSeconds = seconds
        (row.load.point, row.load.mode, row.load.mix) = ("steady", "closed", "set:100")
        (row.load.clients, row.load.outstanding, row.load.payloadBytes, row.load.keys) = (8, 1, 128, 800)
        row.achievedPerSecond = Double(samples.count) / seconds
        row.offeredPerSecond = row.achievedPerSecond
        row.response = LatencyFigures(nanoseconds: histogram)
        row.service = LatencyFigures(nanoseconds: histogram)
        (row.proof.writesAcknowledged, row.proof.acknowledgedVerified) = (samples.count, samples.count)
        row.proof.digestsAgree = true
        row.cost.cpuMicrosecondsPerWrite = 20
        (row.context.operationsCompleted, row.context.writesMeasured) = (samples.count, samples.count)
        (row.context.cores, row.context.seed, row.context.outages) = (2, 1, 0)
        row.context.environmentDigest = environment.digest
        row.context.commit = "aaaa"
        change(&row)
        return row
    }

    private func manifest() throws -> String {
        var manifest = Manifest(
            workload: "quick",
            startedAt: Timestamp(unixNanoseconds: Self.moment - 2_000_000_000),
            zabbenchVersion: "0.1.0",
            commit: "aaaa",
            commandLine: ["zabbench"],
            seed: 1,
            environment: environment,
            workloadText: workloadText,
            overrides: overrides,
            runs: []
        )
        manifest.keySpace = keySpace
        manifest.failedRuns = failed
        manifest.warnings = ["a warning"]
        let settings = SystemSettings(
            durability: "forceSync",
            isSynced: isSynced,
            heapMax: "",
            snapshots: "",
            outstandingLimit: "",
            dataFolder: "",
            fileSystem: "",
            clients: "",
            changes: []
        )
        manifest.systems = [Manifest.System(system: "zookeeper", version: "3.8.0", settings: settings)]
        changeManifest(&manifest)
        return try manifest.text()
    }

    /// Writes the folder as `root/host`, and gives its path.
    @discardableResult func write(in root: TemporaryFolder, _ host: String) throws -> String {
        // Rows are appended: of one that was there before nothing may stay.
        try? FileManager.default.removeItem(atPath: root.path(of: "\(host)/\(name)"))
        let path = try root.make("\(host)/\(name)")
        let folder = try ResultsFolder(existing: path)
        try folder.replace("manifest.json", with: manifest())
        var log = LatencyLog.header(startSecondsSinceEpoch: 0, creator: "test")
        for number in starts.indices.map({ $0 + 1 }) {
            let row = row(number)
            try folder.append(row)
            for clock in [RecordedLatency.Clock.response, .service] {
                log += try LatencyLog.line(
                    for: LatencyLog.Interval(
                        tag: "\(number)_\(clock.rawValue)",
                        startSeconds: 0,
                        lengthSeconds: seconds,
                        histogram: histogram
                    )
                )
            }
            var second = SecondRow()
            second.tag = row.tag
            second.time = Timestamp(unixNanoseconds: row.startedAt.unixNanoseconds + 1_000_000_000)
            (second.elapsedSeconds, second.lengthSeconds, second.phase) = (1, 1, "measured")
            second.achievedPerSecond = row.achievedPerSecond
            try folder.append(second)
        }
        if hasLatencies { try folder.replace(RecordedLatencies.file, with: log) }
        return path
    }
}
