import Foundation
import Log
import Report
import Results
import Words
import Workload

/// What a session is about to do: its runs in order, how long they take, and the room they need on the disks. Both are
/// estimates; see `RunTimes` and `DiskNeed`.
public struct RunPlan: Sendable, Encodable {
    /// One run, in the order in which they are made.
    public struct Run: Sendable, Encodable {
        public var number: Int
        public var `repeat`: Int
        /// Nil with servers that run already.
        public var system: String?
        public var servers: Int
        /// Beyond them, without a vote; nil where there are none.
        public var observers: Int?
        /// Ensembles of so many servers that share the keys; nil for one.
        public var shards: Int?
        /// `fdatasync_recycled, natural`; nil with servers that have logs of their own.
        public var log: String?
        public var load: String
        /// Of the whole run: start, warm-up, measured part, reading back, stop.
        public var seconds: Double
    }

    /// Runs that are planned and would not be made.
    public struct Skipped: Sendable, Encodable, Equatable {
        public var system: String
        public var runs: Int
        public var reason: String
    }

    /// One file system, and what the runs need on it.
    public struct Place: Sendable, Encodable, Equatable {
        /// The first of the folders on it.
        public var path: String
        /// At most, as far as it is known; bytes like the others.
        public var needed: Int
        /// In any case.
        public var least: Int
        /// Nil where the kernel does not tell.
        public var free: Int?
    }

    public var workload: String
    /// How often all runs are made with both builds; nil where they are made once, with one.
    public var pairs: Int?
    public var runs: [Run]
    /// What this machine or this build lacks, and so is not among `runs`.
    public var skipped: [Skipped] = []
    /// Before the first run: what the simulator and the null target take.
    public var preparationSeconds: Double
    public var seconds: Double
    /// Empty with servers that run already.
    public var places: [Place]
    /// What the figures rest on, a sentence each.
    public var notes: [String]
    /// What may go wrong, a line each.
    public var warnings: [String] = []

    /// - Parameters:
    ///   - all: the runs in their order.
    ///   - options: of the session that would make them.
    ///   - offer: which of their systems there are; nil where somebody has seen to that.
    init(_ all: [PlannedRun], file: WorkloadFile, options: BenchSession.Options, offer: SystemOffer? = nil) {
        workload = file.name
        let made = all.enumerated().filter { offer?.reason(for: $0.element) == nil }
        let planned = made.map(\.element)
        let times = planned.map(RunTimes.seconds)
        runs = zip(made, times).map { entry, seconds in
            let (index, run) = entry
            return Run(
                number: index + 1,
                repeat: run.repeatNumber,
                system: run.ensemble.placement == .external ? nil : run.ensemble.system.rawValue,
                servers: run.ensemble.size,
                observers: run.ensemble.observers > 0 ? run.ensemble.observers : nil,
                shards: run.ensemble.shards > 1 ? run.ensemble.shards : nil,
                log: run.ensemble.hasPlannedLog ? String(run.ensemble.log.words.dropFirst(2)) : nil,
                load: Self.load(run),
                seconds: seconds
            )
        }
        preparationSeconds = RunTimes.preparation(planned, file: file, options: options)
        seconds = preparationSeconds + times.reduce(0, +)
        places = DiskNeed.places(planned, options: options)
        notes = Self.notes(planned)
        warnings = (file.loadsLeftOut.map { [$0] } ?? []) + places.compactMap(\.warning)
        skipped = (offer?.skipped ?? []).compactMap { skip in
            guard let system = skip.system else { return nil }
            let count = all.count { $0.ensemble.system.rawValue == system }
            return Skipped(system: system, runs: count, reason: skip.reason)
        }
    }

    /// The same for pairs of two builds' runs.
    ///
    /// - Parameter isInTurns: whether both builds' servers run at once, and the loads share their time.
    func paired(_ pairs: Int, isInTurns: Bool) -> RunPlan {
        var plan = self
        plan.pairs = pairs
        for index in runs.indices {
            let run = runs[index]
            let servers = (run.servers + (run.observers ?? 0)) * (run.shards ?? 1)
            plan.runs[index].seconds += isInTurns ? RunTimes.startSeconds(servers: servers) : run.seconds
        }
        // Each side of each pair is a session of its own, with its null target.
        let preparation = 2 * preparationSeconds
        plan.preparationSeconds = 0
        plan.seconds = Double(pairs) * plan.runs.reduce(preparation) { $0 + $1.seconds }
        guard isInTurns else { return plan }
        let others = plan.warnings.filter { !plan.places.compactMap(\.warning).contains($0) }
        for index in plan.places.indices {
            plan.places[index].needed *= 2
            plan.places[index].least *= 2
        }
        plan.notes.removeAll()
        plan.notes.append("In turns a load has half of its seconds, and keeps them however little it has done.")
        plan.warnings = others + plan.places.compactMap(\.warning)
        return plan
    }

    private static func load(_ run: PlannedRun) -> String {
        var row = SummaryRow()
        row.load = SummaryRow.Load(run)
        var words = LoadKey(row).loadName
        if let share = run.rateShare, run.curvePoints == 0 {
            words += ", at \(ConsoleTable.threeDigits(share)) of a closed loop's rate"
        }
        if let faults = run.faults { words += ", \(Count(faults.order(seed: run.load.seed).count, "fault"))" }
        return words
    }

    private static func notes(_ planned: [PlannedRun]) -> [String] {
        var notes = evenSizes(planned).map { [$0] } ?? []
        if planned.contains(where: { $0.ensemble.placement != .external && !DiskNeed.isRateKnown($0) }) {
            notes.append(
                "How much a closed loop writes is not known in advance: the estimate assumes at most "
                    + "\(ConsoleTable.grouped(DiskNeed.rateMax)) writes/s, and counts the logs that the servers keep."
            )
        }
        notes += recordings(planned)
        if let curve = planned.first(where: { $0.curvePoints > 0 })?.load, let precision = curve.precision {
            notes.append(
                "A point of the curve ends when its response p99 is known to ±\(Self.percent(precision)), after "
                    + "\(CSVValue.number(curve.longestSeconds ?? curve.durationSeconds).plain) s at most, which are counted here."
            )
        }
        if let run = planned.first(where: { run in
            run.faults == nil && run.load.storm == nil && run.load.replay == nil && run.curvePoints == 0
        }) {
            let longest = LoadExtension.longestSeconds(planned: run.load.durationSeconds)
            notes.append(
                "A load with fewer than \(ConsoleTable.grouped(Double(RunValidity.fewestOperations))) operations at its "
                    + "end is extended until it has them, to \(CSVValue.number(longest).plain) s at most."
            )
        }
        return notes
    }

    /// What is played of each recording.
    static func recordings(_ planned: [PlannedRun]) -> [String] {
        var notes: [String] = []
        for load in planned.map(\.load) {
            guard let replay = load.replay else { continue }
            func text(_ seconds: Double) -> String { CSVValue.number((seconds * 100).rounded() / 100).plain }
            let end = load.warmUpSeconds + load.durationSeconds
            let note =
                replay.seconds - end > 0.001
                ? "\(replay.source) is \(text(replay.seconds)) s long, and is cut after \(text(end)) s (warmup_s and duration_s)."
                : "A load ends with its recording \(replay.source), after \(text(replay.seconds)) s."
            if !notes.contains(note) { notes.append(note) }
        }
        return notes
    }

    private static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    /// That an even number of servers tolerates no more than the odd one below it; nil where all sizes are odd, or the
    /// servers are not ours to choose.
    static func evenSizes(_ planned: [PlannedRun]) -> String? {
        let own = planned.filter { $0.ensemble.placement != .external }
        let even = Set(own.map(\.ensemble.size)).filter { $0.isMultiple(of: 2) }.sorted()
        guard !even.isEmpty else { return nil }
        let words = even.map { size in
            let failures = size - 1 == 1 ? "no failure" : CountedNoun.text((size - 1) / 2, "failure")
            return "\(size) servers tolerate \(failures), as \(size - 1) \(size == 2 ? "does" : "do")"
        }
        return "Hint: \(words.joined(separator: "; ")); an even number only adds a server to wait for."
    }

    /// - Throws: `NoRoom` if a disk has less room than the runs need in any case.
    public func check() throws {
        for place in places { if let free = place.free, free < place.least { throw NoRoom(place: place) } }
    }

    // MARK: Words

    /// `60 runs, about 9 minutes, needs up to 1.2 GB on /path (85 GB free)`; `20 of 60 runs, ...` where some are skipped.
    public var summary: String {
        let left = skipped.reduce(0) { $0 + $1.runs }
        let each =
            left == 0
            ? CountedNoun.text(runs.count, "run")
            : "\(runs.count) of \(CountedNoun.text(runs.count + left, "run"))"
        let count = pairs.map { "\(CountedNoun.text($0, "pair")) of \(each)" } ?? each
        return
            ([count, RunSchedule.about(seconds: seconds)]
            + places.map { place in
                "needs up to \(Self.size(place.needed)) on \(place.path) "
                    + "(\(place.free.map { "\(Self.size($0)) free" } ?? "free space unknown"))"
            }).joined(separator: ", ")
    }

    /// For people: each run, and what they add up to.
    public func table(on display: Display = .document) -> String {
        let hasLogs = runs.contains { $0.log != nil }
        let hasSystems = Set(runs.map(\.system)).count > 1
        var columns: [ConsoleTable.Column] = [.init("run", .right), .init("repeat", .right)]
        if hasSystems { columns.append(.init("system", .left)) }
        columns.append(.init("servers", .right))
        let hasObservers = runs.contains { $0.observers != nil }
        if hasObservers { columns.append(.init("observers", .right)) }
        let hasShards = runs.contains { $0.shards != nil }
        if hasShards { columns.append(.init("shards", .right)) }
        if hasLogs { columns.append(.init("log", .left, isProse: true)) }
        columns += [.init("load", .left, isProse: true), .init("seconds", .right)]
        var table = ConsoleTable(columns: columns)
        for run in runs {
            var row = ["\(run.number)", "\(run.repeat)"]
            if hasSystems { row.append(run.system ?? "") }
            row.append("\(run.servers)")
            if hasObservers { row.append("\(run.observers ?? 0)") }
            if hasShards { row.append("\(run.shards ?? 1)") }
            if hasLogs { row.append(run.log ?? "") }
            table.rows.append(row + [run.load, ConsoleTable.threeDigits(run.seconds)])
        }
        var text = table.text(on: display)
        if preparationSeconds > 0 {
            let about = RunSchedule.about(seconds: preparationSeconds)
            text += "Before the first run: \(about) for the simulator's verdicts on the logs, and the null target.\n"
        }
        let skips = skipped.map { "\(CountedNoun.text($0.runs, "run")) of \($0.system)" }
        let skip = skips.isEmpty ? [] : ["Would be skipped: \(skips.joined(separator: ", "))."]
        return text + display.paragraphs(notes + skip + [summary])
    }

    public func json() throws -> String {
        String(decoding: try JSONEncoder.zabbench.encode(self), as: UTF8.self) + "\n"
    }

    private enum CodingKeys: String, CodingKey {
        case workload, pairs, runs, skipped, preparationSeconds = "preparation_s", seconds = "about_s", places, notes,
            warnings
    }

    /// `85 GB`, `1.2 GB`, `403 MB`: powers of a thousand, as disks are sold.
    static func size(_ bytes: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var (value, unit) = (Double(bytes), 0)
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1000, unit + 1) }
        let digits = value < 9.95 && unit > 0 ? 1 : 0
        return String(format: "%.\(digits)f ", value) + units[unit]
    }
}

extension RunPlan.Run {
    private enum CodingKeys: String, CodingKey {
        case number, `repeat`, system, servers, observers, shards, log, load, seconds = "about_s"
    }
}

extension RunPlan.Place {
    /// Of a disk that may turn out to be too small, and may not; nil for others.
    var warning: String? {
        guard let free, free < needed, free >= least else { return nil }
        return
            "\(path): the runs may need up to \(RunPlan.size(needed)), and \(RunPlan.size(free)) are free; make room, or "
            + "choose another disk with --data or --log-data"
    }

    private enum CodingKeys: String, CodingKey {
        case path, needed = "needed_bytes", least = "needed_at_least_bytes", free = "free_bytes"
    }
}

/// A disk on which the runs do not fit, whatever they turn out to write.
struct NoRoom: Error, CustomStringConvertible {
    let place: RunPlan.Place

    var description: String {
        "\(place.path): the servers need at least \(RunPlan.size(place.least)) and \(RunPlan.size(place.free ?? 0)) are free; "
            + "make room, or choose another disk with --data or --log-data"
    }
}
