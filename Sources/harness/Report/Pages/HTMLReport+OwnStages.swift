import Results
import Statistics

/// Where a write's time goes by another system's own account.
extension HTMLReport {
    /// A table for each setting, the leader's averages beside those of the other servers; empty where no server said any.
    static func ownStages(_ context: ReportContext) -> String {
        let stages = context.results.stages.filter { $0.kind == .server }
        guard !stages.isEmpty else { return "" }
        var html = ""
        for group in context.groups {
            let table = ownTable(group, stages)
            guard !table.isEmpty else { continue }
            html += HTMLPage.folded("By \(group.point.key.system)'s own averages: \(group.setting)", table)
        }
        guard !html.isEmpty else { return "" }
        return html
            + "<p class=\"note\">What these servers report of themselves (<code>mntr</code>), under their own names: means over "
            + "the measured part. They overlap, count whole milliseconds, and do not add up to the latency.</p>\n"
    }

    private static func ownTable(_ group: Group, _ stages: [StageRow]) -> String {
        var table = HTMLTable([.init("Stage"), .init("Leader"), .init("Other servers")])
        let leaders = Dictionary(group.point.valid.map { ($0.tag.runID, $0.context.leaderID) }) { one, _ in one }
        let own = stages.filter { leaders.keys.contains($0.tag.runID) }
        var names: [String] = []
        for row in own where !names.contains(row.stage) { names.append(row.stage) }
        func cell(_ name: String, isLeader: Bool) -> String {
            let rows = own.filter { row in
                row.stage == name && (leaders[row.tag.runID].flatMap { $0 } == row.serverID) == isLeader
            }
            let known = Distribution(rows.compactMap(\.meanMicroseconds))
            return known.map { ConsoleTable.latency(microseconds: $0.median) } ?? "-"
        }
        for name in names {
            table.add([HTMLText.escaped(name), cell(name, isLeader: true), cell(name, isLeader: false)])
        }
        return table.html
    }
}
