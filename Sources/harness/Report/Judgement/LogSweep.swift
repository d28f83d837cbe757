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

    private func labels(of group: LoadPointSummary) -> [String] {
        (hasStrategies ? [group.key.fsyncStrategy] : []) + (hasPolicies ? [group.key.batchPolicy] : [])
            + (hasInFlight ? [group.key.inFlight.map(String.init) ?? "-"] : [])
            + (hasDirectories ? [group.key.logDirectories] : [])
    }

    private var columns: [(title: String, alignment: ConsoleTable.Alignment)] {
        (hasStrategies ? [("strategy", .left)] : []) + (hasPolicies ? [("batching", .left)] : [])
            + (hasInFlight ? [("in flight", .right)] : []) + (hasDirectories ? [("directories", .left)] : [])
    }

    /// - Parameter groups: sorted, so that those of one load follow each other.
    func text(_ groups: [LoadPointSummary], isColoured: Bool) -> String {
        let hasLimits = groups.contains(where: \.hasRatios)
        let hasMarks = groups.contains { !$0.disturbed.isEmpty }
        let hasFlushes = groups.contains { $0.distribution(\.device.flushesPerSecond) != nil }
        let hasVerdicts = groups.contains(where: \.durability.isKnown)
        var text = ""
        var rest = groups[...]
        while let first = rest.first {
            let title = Self.title(first)
            let same = rest.prefix { Self.title($0) == title }
            rest = rest.dropFirst(same.count)
            var table = ConsoleTable(columns: columns)
            table.columns += [
                ("offered/s", .right), ("achieved/s", .right), ("spread", .right), ("response p50", .right),
                ("p99", .right), ("p99.9", .right), ("service p99", .right), ("syncs/s", .right), ("batch", .right),
            ]
            if hasFlushes { table.columns.append(("flushes/s", .right)) }
            if hasLimits { table.columns += [("x floor", .right), ("% of limit", .right), ("limit", .left)] }
            table.columns += [("runs", .right), ("read back", .left)]
            // Last: the longest of its texts would push the figures apart.
            if hasVerdicts { table.columns.append(("durable", .left)) }
            for (index, group) in same.enumerated() {
                let cells = SummaryTable.Cells(group)
                var row =
                    labels(of: group) + [
                        cells.offered,
                        ForeignMark.cell(cells.achieved, isMarked: !group.disturbed.isEmpty, isWanted: hasMarks),
                        cells.spread, cells.latency(\.response.p50Microseconds),
                        cells.latency(\.response.p99Microseconds), cells.latency(\.response.p999Microseconds),
                        cells.latency(\.service.p99Microseconds), cells.count(\.log.syncsPerSecond),
                        cells.figure(\.log.batchMean),
                    ]
                if hasFlushes { row.append(cells.count(\.device.flushesPerSecond)) }
                if hasLimits {
                    let names = Set(group.valid.compactMap(\.limits.name)).sorted()
                    row += [
                        cells.ratio(\.limits.timesFloor), cells.ratio(\.limits.percent),
                        names.isEmpty ? "-" : names.joined(separator: ", "),
                    ]
                }
                row += [cells.runs, cells.proof]
                if hasVerdicts { row.append(group.durability.words) }
                if group.durability.isLossy { table.red[index] = [0, row.count - 1] }
                table.rows.append(row)
            }
            text += "\n\(title)\n" + table.text(isColoured: isColoured)
        }
        text += "\nSyncs/s of all servers together, batch in records per group commit at the leader.\n"
        if hasFlushes { text += "Flushes are of the whole device, whoever asked for them.\n" }
        if hasVerdicts {
            text += "Durable: as the simulator proved it for the strategy, on a disk that keeps its word.\n"
        }
        return text
    }

    private static func title(_ group: LoadPointSummary) -> String {
        "\(group.key.ensembleSize) servers, \(group.loadName)"
    }
}
