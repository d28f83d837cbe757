import Results

/// The tables of a sweep over logs: one for each load, in which the logs stand below each other.
struct LogSweep {
    private let hasStrategies: Bool
    private let hasPolicies: Bool
    private let hasInFlight: Bool
    private let hasDirectories: Bool

    init(_ groups: [LoadPointSummary]) {
        func varies<Value: Hashable>(_ value: (LoadKey) -> Value) -> Bool {
            Set(groups.map { value($0.key) }).count > 1
        }
        // Systems that do not say how they sync differ from ours in more than that.
        let isOneSystem = !varies(\.system)
        hasStrategies = isOneSystem && varies(\.fsyncStrategy)
        hasPolicies = isOneSystem && varies(\.batchPolicy)
        hasInFlight = isOneSystem && varies(\.inFlight)
        hasDirectories = isOneSystem && varies(\.logDirectories)
    }

    /// Whether anything about the logs was varied.
    var isSweep: Bool { hasStrategies || hasPolicies || hasInFlight || hasDirectories }

    /// What was varied, of one group: `fdatasync_recycled, natural, 1 in flight, separate directories`.
    func name(of group: LoadPointSummary) -> String {
        let parts =
            (hasStrategies ? [group.key.fsyncStrategy] : []) + (hasPolicies ? [group.key.batchPolicy] : [])
            + (hasInFlight ? group.key.inFlight.map { ["\($0) in flight"] } ?? [] : [])
            + (hasDirectories ? [group.key.logDirectories == "one" ? "one directory" : "separate directories"] : [])
        return parts.joined(separator: ", ")
    }

    /// What was varied, in one cell: the method, and what is not as usual about its groups and folders.
    private func label(_ point: LoadPointSummary) -> ConsoleTable.Cell {
        var parts = hasStrategies ? [point.key.fsyncStrategy] : []
        var short = parts
        func add(_ text: String, short brief: String, isUsual: Bool) {
            guard !isUsual || parts.isEmpty else { return }
            parts.append(text)
            short.append(brief)
        }
        let (policy, inFlight) = (point.key.batchPolicy, point.key.inFlight)
        if hasPolicies { add(policy, short: policy, isUsual: policy == "natural" || policy.isEmpty) }
        if hasInFlight, let inFlight {
            let isUsual = inFlight == (policy == "overlapped" ? 2 : 1)
            add("\(inFlight) in flight", short: "x\(inFlight)", isUsual: isUsual)
        }
        if hasDirectories {
            let isUsual = point.key.logDirectories != "separate"
            add(isUsual ? "one directory" : "separate directories", short: point.key.logDirectories, isUsual: isUsual)
        }
        return ConsoleTable.Cell(parts.joined(separator: ", "), short: short.joined(separator: " "))
    }

    private var labelTitle: String {
        switch (hasStrategies, hasPolicies, hasInFlight, hasDirectories) {
        case (true, false, false, false): "strategy"
        case (false, true, false, false): "batching"
        case (false, false, true, false): "in flight"
        case (false, false, false, true): "directories"
        default: "log"
        }
    }

    var labelColumn: LoadTable.Column { .words(labelTitle, .left, label) }

    /// Of each load's table: the same in all of them. What is proven of a log comes right behind its name and is never left
    /// out.
    func columns(of groups: [LoadPointSummary]) -> [LoadTable.Column] {
        var columns = [labelColumn]
        if groups.contains(where: \.durability.isKnown) { columns.append(SummaryTable.durability) }
        if groups.contains(where: { !$0.isSame(.offered, .achieved) }) {
            columns.append(.figure("offered/s", .offered, unless: .achieved, rank: 6))
        }
        columns += [
            .figure("achieved/s", .achieved), .figure("p50", .responseP50, rank: 1), .figure("p99", .responseP99),
            .figure("p99.9", .responseP999, rank: 2),
        ]
        if SummaryTable.hasService(groups) {
            columns.append(.figure("service p99", .serviceP99, unless: .responseP99, rank: 8))
        }
        columns += [.figure("syncs/s", .syncsPerSecond, rank: 3), .figure("batch", .batchMean, rank: 4)]
        if Self.hasFlushes(groups) { columns.append(.figure("flushes/s", .flushesPerSecond, rank: 8)) }
        if groups.contains(where: \.hasRatios) {
            columns += [
                .figure("x floor", .timesFloor, rank: 7), .figure("% of limit", .percentOfLimit, rank: 5),
                .words("limit", .left, rank: 6) { group in
                    let names = Set(group.valid.compactMap(\.limits.name)).sorted()
                    return ConsoleTable.Cell(names.isEmpty ? "-" : names.joined(separator: ", "))
                },
            ]
        }
        return columns + SummaryTable.evidence(groups)
    }

    private static func hasFlushes(_ groups: [LoadPointSummary]) -> Bool {
        groups.contains { $0.distribution(\.device.flushesPerSecond) != nil }
    }

    /// - Parameter groups: sorted, so that those of one load follow each other.
    func text(_ groups: [LoadPointSummary], on display: Display) -> String {
        let columns = columns(of: groups)
        let lossy = Set([0] + (columns.firstIndex { $0.title == SummaryTable.durability.title }.map { [$0] } ?? []))
        let table = LoadTable(columns: columns, heading: Self.title, repeatsTitles: true)
        return "\n" + table.text(groups, red: { $0.durability.isLossy ? lossy : [] }, on: display)
    }

    /// What is said of the figures that only these tables have.
    func notes(on groups: [LoadPointSummary]) -> [String] {
        var notes: [String] = []
        if labelTitle == "log" {
            var usual: [String] = hasPolicies ? ["natural batching"] : []
            if hasInFlight { usual.append("one group commit in flight (x2: two)") }
            if hasDirectories { usual.append("log and data in one directory") }
            if hasStrategies, !usual.isEmpty {
                notes.append("Where a row does not say otherwise: \(usual.joined(separator: ", ")).")
            }
        }
        notes.append("syncs/s: of all servers together; batch: records per group commit at the leader.")
        if Self.hasFlushes(groups) { notes.append("flushes/s: of the whole device, whichever program caused them.") }
        if groups.contains(where: \.durability.isKnown) {
            notes.append(
                "durable: what the simulator proved of the strategy, on a disk that keeps its promises; losses are counts "
                    + "over its power cuts, and exact."
            )
        }
        return [notes.joined(separator: " ")]
    }

    static func title(_ group: LoadPointSummary) -> String {
        "\(Count(group.key.ensembleSize, "server")), \(group.loadName)"
    }
}
