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

    private var labelColumns: [LoadTable.Column] {
        (hasStrategies ? [.words("strategy", .left, \.key.fsyncStrategy)] : [])
            + (hasPolicies ? [.words("batching", .left, \.key.batchPolicy)] : [])
            + (hasInFlight ? [.words("in flight", .right) { $0.key.inFlight.map(String.init) ?? "-" }] : [])
            + (hasDirectories ? [.words("directories", .left, \.key.logDirectories)] : [])
    }

    /// Of each load's table: the same in all of them.
    func columns(of groups: [LoadPointSummary]) -> [LoadTable.Column] {
        var columns = labelColumns
        columns += [
            .figure("offered/s", .offered), .figure("achieved/s", .achieved), .figure("response p50", .responseP50),
            .figure("p99", .responseP99), .figure("p99.9", .responseP999), .figure("service p99", .serviceP99),
            .figure("syncs/s", .syncsPerSecond), .figure("batch", .batchMean),
        ]
        if Self.hasFlushes(groups) { columns.append(.figure("flushes/s", .flushesPerSecond)) }
        if groups.contains(where: \.hasRatios) {
            columns += [
                .figure("x floor", .timesFloor), .figure("% of limit", .percentOfLimit),
                .words("limit", .left) { group in
                    let names = Set(group.valid.compactMap(\.limits.name)).sorted()
                    return names.isEmpty ? "-" : names.joined(separator: ", ")
                },
            ]
        }
        columns += [.words("runs", .right, \.runsInWords), .words("read back", .left, \.proofInWords)]
        // Last: the longest of its texts would push the figures apart.
        if groups.contains(where: \.durability.isKnown) {
            columns.append(.words("durable", .left, \.durability.words))
        }
        return columns
    }

    private static func hasFlushes(_ groups: [LoadPointSummary]) -> Bool {
        groups.contains { $0.distribution(\.device.flushesPerSecond) != nil }
    }

    /// - Parameter groups: sorted, so that those of one load follow each other.
    func text(_ groups: [LoadPointSummary], isColoured: Bool) -> String {
        let table = LoadTable(columns: columns(of: groups))
        let lossy: Set = [0, table.columns.count - 1]
        var text = ""
        var rest = groups[...]
        while let first = rest.first {
            let title = Self.title(first)
            let same = Array(rest.prefix { Self.title($0) == title })
            rest = rest.dropFirst(same.count)
            let rows = table.text(
                same,
                of: groups,
                red: { $0.durability.isLossy ? lossy : [] },
                isColoured: isColoured
            )
            text += "\n\(title)\n" + rows
        }
        text += "\nSyncs/s of all servers together, batch in records per group commit at the leader.\n"
        if Self.hasFlushes(groups) { text += "Flushes are of the whole device, whoever asked for them.\n" }
        if groups.contains(where: \.durability.isKnown) {
            text +=
                "Durable: as the simulator proved it for the strategy, on a disk that keeps its word; losses are counts of its\n"
            text += "power cuts, and exact.\n"
        }
        return text
    }

    private static func title(_ group: LoadPointSummary) -> String {
        "\(group.key.ensembleSize) servers, \(group.loadName)"
    }
}
