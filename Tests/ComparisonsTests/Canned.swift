import Measure
import Report
import Results
import TestSupport

/// Results folders written by code.
struct Canned {
    var name = "20261121T120000Z-quick"
    var commit = "aaaa"
    var kernel = "6.1.0"
    var startedAt = 1_795_262_400
    var workloadText = "# a comment\nname: quick\nload:\n  clients: 8\n"
    var overrides: [String] = []
    var hasManifest = true
    var rows: [SummaryRow] = []

    var environment: Environment {
        Environment(
            cpuModel: "A processor",
            cores: 2,
            memoryBytes: 1 << 34,
            operatingSystem: "An OS",
            kernel: kernel,
            architecture: "x86_64",
            swiftCompiler: "6.3",
            buildConfiguration: "release",
            allocator: "jemalloc",
            storage: StorageFacts(fileSystem: "ext4", mountOptions: ["rw"], source: "/dev/vda")
        )
    }

    /// A folder with so many runs of one load, a little apart.
    ///
    /// - Parameter factor: by how much the processor time of a write differs from 10 µs.
    static func runs(_ count: Int = 8, factor: Double = 1, commit: String = "aaaa", point: String = "saturation")
        -> Canned
    {
        var canned = Canned(name: "20261121T120000Z-\(commit)", commit: commit)
        canned.add(count, factor: factor, point: point)
        return canned
    }

    mutating func add(_ count: Int, factor: Double = 1, point: String = "saturation") {
        for index in 0..<count {
            // Alike on both sides, but for ties: a multiple of the commit's first byte that no margin sees.
            let wiggle = 1 + 0.001 * Double(index) + 1e-6 * Double(commit.utf8.first ?? 0)
            let number = rows.count + 1
            let tag = RunTag(
                runID: "\(name)-\(number)",
                repeatNumber: index + 1,
                system: "zabbench",
                ensembleSize: 3,
                fsyncStrategy: "fdatasync_recycled"
            )
            let start = Timestamp(unixNanoseconds: Int64(startedAt + number) * 1_000_000_000)
            var row = SummaryRow(tag: tag, startedAt: start, workload: "quick", placement: "processes")
            row.batchPolicy = "natural"
            row.load.point = point
            row.load.mode = "closed"
            row.load.clients = 16
            row.load.outstanding = 64
            row.load.payloadBytes = 128
            row.load.mix = "set:100"
            row.achievedPerSecond = 50_000 * wiggle
            row.response = LatencyFigures()
            row.response.p50Microseconds = 800 * wiggle
            row.response.p99Microseconds = 2000 * wiggle
            row.cost.cpuMicrosecondsPerWrite = 10 * factor * wiggle
            row.cost.syncsPerWrite = 0.05 * wiggle
            row.cost.allocationsPerWrite = 0
            row.cost.logBytesPerWrite = 700
            row.context.environmentDigest = environment.digest
            row.context.commit = commit
            rows.append(row)
        }
    }

    var summary: String { SummaryRow.header + rows.map(\.line).joined() }

    func manifest() throws -> String {
        try Manifest(
            workload: "quick",
            startedAt: Timestamp(unixNanoseconds: Int64(startedAt) * 1_000_000_000),
            zabbenchVersion: "0.1.0",
            commit: commit,
            commandLine: ["zabbench"],
            seed: 1,
            environment: environment,
            workloadText: workloadText,
            overrides: overrides,
            runs: []
        ).text()
    }

    /// Writes the folder below `root`, or a folder in it, and gives its path.
    func write(in root: TemporaryFolder, _ parent: String? = nil) throws -> String {
        let folder = parent.map { "\($0)/\(name)" } ?? name
        try root.make(folder)
        try root.write(summary.utf8, folder + "/summary.csv")
        if hasManifest { try root.write(manifest().utf8, folder + "/manifest.json") }
        return root.path(of: folder)
    }
}
