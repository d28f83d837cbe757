import Results
import Statistics

/// Ours beside each other system of a folder, and shards beside one ensemble: ratios with their intervals, a row for each
/// load.
public enum RatioTable {
    /// Empty where there is nothing to compare.
    ///
    /// - Parameter systems: what they ran with, as the manifest has it; empty where nobody knows.
    public static func text(_ rows: [SummaryRow], systems: [Manifest.System] = [], on display: Display = .document)
        -> String
    {
        [ofSystems(rows, systems: systems, on: display), ShardTable.text(rows, on: display)]
            .filter { !$0.isEmpty }.joined(separator: "\n")
    }

    private static func ofSystems(_ rows: [SummaryRow], systems: [Manifest.System], on display: Display) -> String {
        let ratios = ordered(SystemRatio.all(rows))
        guard let base = ratios.first?.base else { return "" }
        var table = ConsoleTable(
            columns: [.init("servers", .right), .init("\(base) by", .left)] + figures.map { .init($0.title, .right) }
        )
        var last = ""
        for ratio in ratios {
            let load = load(ratio.key, among: ratios)
            if load != last { table.headings[table.rows.count] = load }
            last = load
            table.rows.append(["\(ratio.key.ensembleSize)", ratio.key.system] + figures.map { cell($0.ratio(ratio)) })
        }
        let count = Set(rows.map(\.tag.repeatNumber)).count
        let rounds =
            count > 1 ? "medians of the ratios within each of \(count) rounds, and their 95 % intervals" : "one round"
        let notes = [
            "\(base)'s figure divided by the other system's: \(rounds). Above 1, \(base) does more operations a second, or takes "
                + "longer for one.",
            inWords(systems),
        ]
        return table.text(on: display) + display.paragraphs(notes.filter { !$0.isEmpty })
    }

    /// The same for a page; empty where there is nothing to compare.
    static func html(_ rows: [SummaryRow]) -> String {
        let ratios = ordered(SystemRatio.all(rows))
        guard let base = ratios.first?.base else { return "" }
        var table = HTMLTable(
            [.init("Load", isWords: true), .init("Servers"), .init("\(base) by", isWords: true)]
                + figures.map { .init($0.title.prefix(1).uppercased() + $0.title.dropFirst()) }
        )
        for ratio in ratios {
            let words = [load(ratio.key, among: ratios), "\(ratio.key.ensembleSize)", ratio.key.system]
            table.add((words + figures.map { cell($0.ratio(ratio)) }).map(HTMLText.escaped))
        }
        return table.html
            + "<p class=\"note\">\(HTMLText.escaped(base))'s figure divided by the other system's: the median of the ratios within "
            + "each round, and its 95&#160;% interval.</p>\n"
    }

    private static let figures = SystemRatio.figures

    /// `10.8 (9.93 to 11.6)`.
    static func cell(_ ratio: RunRatio?) -> String {
        guard let ratio else { return "-" }
        let interval = ratio.interval.map { AnswerWords.interval($0, ConsoleTable.ratio) } ?? ""
        return ConsoleTable.ratio(ratio.ratio) + interval
    }

    /// By load, and within it by size: what belongs together.
    private static func ordered(_ ratios: [SystemRatio]) -> [SystemRatio] {
        let loads = ratios.map { load($0.key, among: ratios) }
        var order: [String] = []
        for load in loads where !order.contains(load) { order.append(load) }
        return order.flatMap { load in
            zip(loads, ratios).filter { $0.0 == load }.map(\.1).sorted { one, other in
                (one.key.ensembleSize, one.key.system) < (other.key.ensembleSize, other.key.system)
            }
        }
    }

    private static func load(_ key: LoadKey, among ratios: [SystemRatio]) -> String {
        let same = ratios.filter { $0.key.loadName == key.loadName }
        var parts = [key.loadName]
        if Set(same.map(\.key.mix)).count > 1 { parts.append(key.mix) }
        if Set(same.map(\.key.keys)).count > 1 { parts.append("\(Count(key.keys, "key"))") }
        if Set(same.map(\.key.logDirectories)).count > 1 {
            parts.append(key.logDirectories == "separate" ? "separate directories" : "one directory")
        }
        if Set(same.map(\.key.links)).count > 1 { parts.append(key.links.isEmpty ? "direct links" : key.links) }
        if Set(same.map(\.key.observers)).count > 1 { parts.append("\(Count(key.observers ?? 0, "observer"))") }
        if Set(same.map(\.key.shards)).count > 1 { parts.append("\(Count(key.shards ?? 1, "shard"))") }
        return parts.joined(separator: ", ")
    }

    /// `zookeeper 3.8.0: forceSync=yes; ...`: each system once for each way in which it was run.
    private static func inWords(_ systems: [Manifest.System]) -> String {
        var lines: [String] = []
        for system in systems {
            // What a server of ours says there is whose protocol it speaks.
            let version = system.version.hasSuffix("-" + system.system) ? "" : " " + system.version
            let line = system.system + version + (system.settings.map { ": " + $0.durability } ?? "")
            if !lines.contains(line) { lines.append(line) }
        }
        return lines.isEmpty
            ? "" : "Systems, and how a quorum syncs a write: \(lines.sorted().joined(separator: "; "))."
    }
}
