import Results
import Statistics

/// All faults of one kind in one setting: a row of elections-summary.csv and of the table on the terminal.
public struct ElectionSummary: Sendable {
    /// What makes two faults repeats of each other.
    public struct Key: Hashable, Sendable {
        public var system: String
        public var ensembleSize: Int
        public var observers: Int
        public var fsyncStrategy: String
        public var kind: String
        public var point: String
        public var znodes: Int
        public var dataBytes: Int
        public var isProxied: Bool

        init(_ row: ElectionRow) {
            system = row.tag.system
            ensembleSize = row.tag.ensembleSize
            observers = row.fault.observers ?? 0
            fsyncStrategy = row.tag.fsyncStrategy ?? ""
            kind = row.fault.kind
            point = row.fault.point
            znodes = row.fault.znodes
            dataBytes = row.fault.dataBytes
            isProxied = row.fault.isProxied
        }
    }

    /// The phases as columns and charts name them.
    static let phases: [(name: String, value: @Sendable (ElectionRow.Phases) -> Double)] = [
        ("lead", { $0.lead }), ("detection", { $0.detection }), ("failed_rounds", { $0.failedRounds }),
        ("vote", { $0.vote }), ("synchronization", { $0.synchronization }), ("first_commit", { $0.firstCommit }),
    ]

    public let key: Key
    public let rows: [ElectionRow]

    public var complete: Int { rows.count(where: \.isComplete) }

    /// Over the faults whose outage is known.
    public let outage: SampleSummary?

    init(key: Key, rows: [ElectionRow]) {
        self.key = key
        self.rows = rows
        outage = SampleSummary(rows.compactMap(\.clients.outage))
    }

    /// Over the complete rows.
    func phase(_ value: (ElectionRow.Phases) -> Double) -> Distribution? {
        Distribution(rows.filter(\.isComplete).compactMap { $0.phases.map(value) })
    }

    var writesOwed: Distribution? { Distribution(rows.compactMap(\.clients.writesOwed)) }
    var oldLeaderBack: Distribution? { Distribution(rows.compactMap(\.reign.oldLeaderBack)) }
    var sessionsMoved: Int { rows.reduce(0) { $0 + $1.clients.sessionsMoved } }
    var sessionsExpired: Int { rows.reduce(0) { $0 + $1.clients.sessionsExpired } }
    /// Nil where no row says it: the servers have no watches.
    var watchesPlaced: Int? { Self.sum(rows.compactMap(\.clients.watchesPlaced)) }
    var watchesKept: Int? { Self.sum(rows.compactMap(\.clients.watchesKept)) }

    private static func sum(_ counts: [Int]) -> Int? { counts.isEmpty ? nil : counts.reduce(0, +) }

    /// Whether servers of this system have said what an outage was made of. Where an election took place and no row has a
    /// phase, they keep no journal of them; of a run that lost an acknowledged write no row has any.
    var reportsPhases: Bool {
        key.kind == "followers_lost" || rows.allSatisfy { $0.why == RunValidity.violation }
            || rows.contains { $0.phases != nil || $0.reign.rounds != nil }
    }

    /// Ordered by system, fault, load, state and size, so that sizes stand one below the other.
    public static func grouped(_ rows: [ElectionRow]) -> [ElectionSummary] {
        var groups: [Key: [ElectionRow]] = [:]
        for row in rows { groups[Key(row), default: []].append(row) }
        return groups.keys.sorted { left, right in
            let first = (left.system, left.kind, left.point, left.znodes, left.ensembleSize, left.fsyncStrategy)
            let second = (right.system, right.kind, right.point, right.znodes, right.ensembleSize, right.fsyncStrategy)
            if first != second { return first < second }
            return (left.observers, left.dataBytes, left.isProxied ? 1 : 0)
                < (right.observers, right.dataBytes, right.isProxied ? 1 : 0)
        }
        .map { ElectionSummary(key: $0, rows: groups[$0, default: []]) }
    }

    /// Those of the table and of report.html's.
    static let tablePhases: [(title: String, value: @Sendable (ElectionRow.Phases) -> Double)] = [
        ("detection", \.detection), ("vote", \.vote), ("sync", \.synchronization), ("first commit", \.firstCommit),
    ]

    static let legend = """
        Outage: the longest time without an acknowledged write, over all sessions. Phases: medians over complete rows.
        ±, 95 %: the interval of a median over the faults (docs/reference/errors.md), ±? for one fault. p90 and max describe these
        faults and bound nothing: it takes 29 faults to bound a p90 from above.
        """

    /// A sentence about systems that do not say what their outages are made of; nil where all do.
    static func silentSystems(_ summaries: [ElectionSummary]) -> String? {
        let silent = Set(summaries.filter { !$0.reportsPhases }.map(\.key.system)).sorted()
        guard !silent.isEmpty else { return nil }
        let (whose, outage) = silent.count == 1 ? ("its", "its outage is") : ("their", "their outages are")
        return "Phases of \(silent.joined(separator: " and ")) are not reported by \(whose) servers; "
            + "\(outage) measured like all."
    }

    /// A median of faults, with its error.
    static func cell(_ found: Distribution?, _ unit: (Double) -> String) -> LoadTable.Cell {
        LoadTable.Cell(text: found.map { unit($0.median) } ?? "-", error: found?.error.words(unit) ?? "")
    }

    /// The interval of the outage's median, or why there is none that says anything.
    func intervalInWords(_ unit: (Double) -> String) -> String {
        guard let outage else { return "-" }
        guard let limits = outage.medianInterval else { return "one fault" }
        // Two or three that differ much: Student's t then reaches from microseconds to days.
        guard limits.high <= limits.low * 1000 else { return "too few faults" }
        return "\(unit(limits.low)) to \(unit(limits.high))"
    }

    static func milliseconds(_ value: Double) -> String {
        // A latency is never negative; what stands before the fault can be.
        value < 0
            ? "-" + ConsoleTable.latency(microseconds: -value * 1000) : ConsoleTable.latency(microseconds: value * 1000)
    }
}
