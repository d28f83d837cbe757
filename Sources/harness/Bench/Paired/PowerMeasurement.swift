import CPlatform
import Comparisons
import Foundation
import Randomness
import Report
import Results
import Statistics
import Targets
import Workload

/// Comparisons of this build with itself, one side slowed down by known shares: what `zabbench power` judges.
public final class PowerMeasurement {
    /// What a user asks for.
    public struct Request {
        /// The path of the workload file.
        public var workload: String
        /// Slowdowns; 0 is the build against itself.
        public var percents: [Double]
        /// Of each slowdown.
        public var comparisons = 5
        /// Of each slowdown in all, those counted that are there already; nil for `comparisons` more.
        public var until: Int?
        /// Whether the pairs are kept (`PowerStore`) and the runs are not.
        public var isLean = false
        /// Of each comparison.
        public var pairs = 12
        /// Of a turn; 0 makes whole runs, nil leaves it to the workload.
        public var turnMilliseconds: Int?
        /// Of the order of the comparisons, and within the pairs.
        public var seed: UInt64 = 1
        public var overrides: [String] = []
        /// Names of loads, strategies and batchings whose runs alone are made; empty for all.
        public var only: [String] = []
        /// The folder that the comparisons go to.
        public var results = "results/power"
        /// Where the servers' data lie while they run.
        public var data = DataFolder.defaultRoot

        public init(workload: String, percents: [Double]) {
            self.workload = workload
            self.percents = percents
        }
    }

    private let request: Request
    /// As it is without a slowdown.
    private let file: WorkloadFile
    private let overrides: [String]
    private let program: String
    private let servers: Int
    /// What lies in the study's folder already.
    private let existing: PowerSamples
    /// Of a lean study.
    private var store: PowerStore?
    private let text: String
    private let turns: Int?
    /// Made with the first pair.
    private lazy var session = PairedSession(
        text: text,
        data: request.data,
        turnMilliseconds: turns,
        seed: request.seed
    )
    /// Of all pairs.
    public let plan: RunPlan

    /// Reads and checks everything; starts nothing.
    ///
    /// - Throws: `UsageError`, `WorkloadError`, `PowerError`.
    public init(_ request: Request) throws {
        self.request = request
        overrides = request.overrides + ["repeats=1"]
        let file = try WorkloadFile(path: request.workload, overrides: overrides, only: request.only)
        self.file = file
        text = try String(contentsOfFile: request.workload, encoding: .utf8)
        let planned = file.plannedRuns()
        guard planned.count == 1, planned[0].ensemble.placement == .processes, planned[0].ensemble.hasPlannedLog else {
            throw UsageError(
                "\(request.workload): power needs one load on one size of ensemble, systems: zabbench, placement: processes; "
                    + "--only picks one of several"
            )
        }
        guard planned[0].ensemble.injection.words.isEmpty else {
            throw UsageError("\(request.workload): remove the inject section; power slows down one side by itself")
        }
        servers = planned[0].ensemble.serverCount
        program = try ZabbenchProgram.path()
        turns = try PairedSession.turnMilliseconds(request.turnMilliseconds, file)
        store = request.isLean ? try PowerStore(folder: request.results) : nil
        let existing = try store?.samples ?? PowerSamples(folder: request.results)
        self.existing = existing
        if !request.isLean, existing.comparisons.isEmpty,
            FileManager.default.fileExists(atPath: request.results + "/sample")
        {
            throw PowerError(
                "\(request.results): it holds the pairs of a study without its runs; say --lean, or name another folder"
            )
        }
        let options = PairedSession.options(
            results: request.results,
            data: request.data,
            overrides: overrides,
            program: ""
        )
        let missing = request.percents.map { Self.missing($0, of: request, existing: existing) }
        let slowed = zip(request.percents, missing).contains { $0 > 0 && $1 > 0 }
        plan = RunPlan(planned, file: file, options: options)
            .paired(missing.reduce(0, +) * request.pairs + (slowed ? Self.costPairs : 0), isInTurns: turns != nil)
    }

    /// Pairs that say what a write costs, before anything is slowed down.
    private static let costPairs = 3

    /// How many comparisons are to be made of one slowdown.
    private static func missing(_ percent: Double, of request: Request, existing: PowerSamples) -> Int {
        request.until.map { max(0, $0 - (existing.comparisons[percent]?.count ?? 0)) } ?? request.comparisons
    }

    /// Makes the comparisons, in a random order.
    ///
    /// - Throws: `ExplainedEnd`, and what keeps a session from starting.
    public func run() async throws {
        do {
            Diagnostics.note(plan.summary)
            try plan.check()
            var order = SplitMix64(seed: request.seed, stream: 1)
            var wanted = request.percents.flatMap {
                Array(repeating: $0, count: Self.missing($0, of: request, existing: existing))
            }
            order.shuffle(&wanted)
            let cost = try await wanted.contains(where: { $0 > 0 }) ? measureCost() : nil
            var failures = 0
            for (index, percent) in wanted.enumerated() {
                do {
                    try await compare(percent, cost: cost, place: "\(index + 1) of \(wanted.count)")
                    failures = 0
                } catch let end as ExplainedEnd {
                    // Of hundreds of comparisons one may fail without the others being lost.
                    failures += 1
                    guard request.isLean, end.status == .failed, failures < 3 else { throw end }
                    Diagnostics.line("zabbench: this comparison is left out")
                }
            }
        } catch {
            await session.end()
            throw error
        }
        await session.end()
    }

    /// Microseconds of all servers together for a write.
    private func measureCost() async throws -> Double {
        let root = try folder("cost")
        let sides = [try side("a", root), try side("b", root)]
        for _ in 0..<Self.costPairs {
            if try await session.makePair(sides) != .whole { throw ExplainedEnd(.lostWrite) }
            // What cannot be added to is better known before an hour of measuring.
            try existing.check(StoredRuns(path: sides[0].folder))
        }
        let cost = try Self.cost(sides)
        Diagnostics.note(String(format: "A write costs all servers together %.2f us.", cost))
        return cost
    }

    /// Makes one comparison, of this build with itself slowed down.
    ///
    /// - Parameters:
    ///   - cost: of a write, as `measureCost` has it; nil if nothing is slowed down.
    ///   - place: which of the comparisons it is.
    private func compare(_ percent: Double, cost: Double?, place: String) async throws {
        // Each server burns its part.
        let burnt = percent / 100 * (cost ?? 0) * 1000 / Double(servers)
        let nanoseconds = Int(burnt.rounded())
        let words = "\(PowerSamples.plain(percent)) % slower" + (percent > 0 ? ", \(nanoseconds) ns a write" : "")
        guard percent == 0 || nanoseconds > 0 else {
            throw UsageError("\(words): less than a nanosecond cannot be burnt; leave it out")
        }
        store?.clear()
        let root = try folder(store == nil ? PowerSamples.plain(percent) : "running")
        let sides = [try side("a", root), try side("b", root, writeNanoseconds: nanoseconds)]
        for pair in 1...request.pairs {
            Diagnostics.note("Comparison \(place) (\(words)), pair \(pair) of \(request.pairs)")
            if try await session.makePair(sides) != .whole { throw ExplainedEnd(.lostWrite) }
            if pair == 1 { try existing.check(StoredRuns(path: sides[0].folder)) }
        }
        try store?.take(sides.map(\.folder), slowdown: percent)
    }

    private func side(_ name: String, _ root: ResultsFolder, writeNanoseconds: Int = 0) throws -> PairedSession.Side {
        let slowed = writeNanoseconds > 0 ? overrides + ["inject.write_ns=\(writeNanoseconds)"] : overrides
        return PairedSession.Side(
            name: name,
            program: program,
            file: try WorkloadFile(path: request.workload, overrides: slowed, only: request.only),
            overrides: slowed,
            folder: root.url.appendingPathComponent(name).path
        )
    }

    private func folder(_ name: String) throws -> ResultsFolder {
        try ResultsFolder(
            root: URL(fileURLWithPath: request.results).appendingPathComponent(name),
            workload: "ab-\(file.name)",
            startedAt: Timestamp(unixNanoseconds: zb_unix_nanoseconds())
        )
    }

    /// Microseconds of all servers together for a write, the median of all runs.
    private static func cost(_ sides: [PairedSession.Side]) throws -> Double {
        var values: [Double] = []
        for side in sides {
            for run in try StoredRuns(path: side.folder).runs where run.isValid {
                if let value = run.values["cpu_us_per_write"] { values.append(value) }
            }
        }
        guard let distribution = Distribution(values), distribution.median > 0 else {
            Diagnostics.line("zabbench: no run could be measured; see the messages above")
            throw ExplainedEnd(.failed)
        }
        return distribution.median
    }
}
