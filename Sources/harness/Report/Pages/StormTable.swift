import Results
import Statistics

/// The storms of a session on a terminal: how long the crowd took to come back, and what the readers had meanwhile. Medians
/// over the repeats.
public enum StormTable {
    /// Empty where there was no storm.
    public static func text(_ rows: [StormRow], on display: Display = .document) -> String {
        guard !rows.isEmpty else { return "" }
        let groups = StormGroup.all(of: rows)
        let columns = columns(groups)
        var table = ConsoleTable(columns: columns.map(\.column))
        table.cells = groups.map { group in columns.map { ConsoleTable.Cell($0.cell(group)) } }
        return display.wrapped("Storms: sessions that lose their servers and come back") + "\n"
            + table.text(on: display) + display.paragraphs([legend(groups)])
    }

    struct Entry {
        let column: ConsoleTable.Column
        let cell: (StormGroup) -> String
    }

    static func columns(_ groups: [StormGroup]) -> [Entry] {
        func varies<Value: Hashable>(_ value: (StormGroup) -> Value) -> Bool { Set(groups.map(value)).count > 1 }
        func words(_ title: String, rank: Int = 0, _ cell: @escaping (StormGroup) -> String) -> Entry {
            Entry(column: ConsoleTable.Column(title, .left, rank: rank), cell: cell)
        }
        func figure(_ title: String, rank: Int = 0, _ cell: @escaping (StormGroup) -> String) -> Entry {
            Entry(column: ConsoleTable.Column(title, .right, rank: rank), cell: cell)
        }
        var columns: [Entry] = varies(\.key.system) ? [words("system", \.key.system)] : []
        if varies(\.key.servers) { columns.append(figure("servers") { "\($0.key.servers)" }) }
        if varies(\.key.strategy) { columns.append(words("strategy", \.key.strategy)) }
        columns.append(words("storm") { $0.key.fault.replacing("_", with: " ") })
        columns.append(figure("sessions") { ConsoleTable.grouped(Double($0.key.sessions)) })
        if varies(\.key.watches) { columns.append(figure("watches each") { "\($0.key.watches)" }) }
        columns += [
            figure("first back", rank: 5) { $0.milliseconds(\.firstMilliseconds) },
            figure("median", rank: 4) { $0.milliseconds(\.medianMilliseconds) },
            figure("p99", rank: 3) { $0.milliseconds(\.p99Milliseconds) },
            figure("last back") { $0.milliseconds(\.lastMilliseconds) },
        ]
        if groups.contains(where: { $0.median(\.boundMilliseconds) != nil }) {
            columns.append(figure("generator's own", rank: 6) { $0.milliseconds(\.boundMilliseconds) })
        }
        columns += [
            figure("reads/s before", rank: 7) { $0.rate(\.readsPerSecondBefore) },
            figure("reads/s meanwhile") { $0.rate(\.readsPerSecond) },
            figure("read p99", rank: 2) { $0.milliseconds(\.readP99Milliseconds) },
            figure("silence", rank: 1) { $0.milliseconds(\.longestSilenceMilliseconds) },
        ]
        // What is as it should be is a sentence.
        if groups.contains(where: { $0.sum(\.back) != $0.sum(\.lost) }) {
            columns.append(figure("back") { $0.share(\.back, of: \.lost) })
            columns.append(figure("expired") { ConsoleTable.grouped(Double($0.sum(\.expired))) })
        }
        if groups.contains(where: { $0.sum(\.watchesFired) != $0.sum(\.watchesDue) }) {
            columns.append(figure("watches told") { $0.share(\.watchesFired, of: \.watchesDue) })
        }
        return columns
    }

    static func legend(_ groups: [StormGroup]) -> String {
        var lines = ["Times from the fault until sessions had their old id and their watches again, at any server."]
        if groups.contains(where: { $0.rows.count > 1 }) { lines.append("Medians of the repeats.") }
        if groups.contains(where: { $0.median(\.boundMilliseconds) != nil }) {
            lines.append("Generator's own: the last back at a target that answers at once.")
        }
        if groups.allSatisfy({ $0.sum(\.back) == $0.sum(\.lost) }) {
            let back = groups.reduce(0) { $0 + $1.sum(\.back) }
            lines.append("All \(Count(back, "session")) came back with the same id, and none expired.")
        }
        let due = groups.reduce(0) { $0 + $1.sum(\.watchesDue) }
        if due > 0, groups.allSatisfy({ $0.sum(\.watchesFired) == $0.sum(\.watchesDue) }) {
            lines.append("All \(Count(due, "watch", "watches")) told of the change that came afterwards.")
        }
        return lines.joined(separator: " ")
    }
}

/// The repeats of one storm.
struct StormGroup {
    struct Key: Hashable {
        var system: String
        var servers: Int
        var strategy: String
        var point: String
        var fault: String
        var sessions: Int
        var watches: Int

        init(_ row: StormRow) {
            system = row.tag.system
            servers = row.tag.ensembleSize
            strategy = row.tag.fsyncStrategy ?? ""
            (point, fault, sessions, watches) = (row.point, row.fault, row.sessions, row.watches)
        }

        /// By which they are sorted: names, then sizes.
        var names: [String] { [system, fault, point, strategy] }
        var sizes: [Int] { [servers, sessions, watches] }
    }

    let key: Key
    let rows: [StormRow]

    static func all(of rows: [StormRow]) -> [StormGroup] {
        Dictionary(grouping: rows, by: Key.init).map { StormGroup(key: $0, rows: $1) }
            .sorted { one, other in
                one.key.names == other.key.names
                    ? one.key.sizes.lexicographicallyPrecedes(other.key.sizes)
                    : one.key.names.lexicographicallyPrecedes(other.key.names)
            }
    }

    func median(_ figure: (StormRow) -> Double?) -> Double? { Distribution(rows.compactMap(figure))?.median }
    func sum(_ count: (StormRow) -> Int) -> Int { rows.reduce(0) { $0 + count($1) } }

    func milliseconds(_ figure: (StormRow) -> Double?) -> String {
        ConsoleTable.latency(microseconds: median(figure).map { $0 * 1000 })
    }

    func rate(_ figure: (StormRow) -> Double?) -> String { median(figure).map(ConsoleTable.grouped) ?? "-" }

    func share(_ part: (StormRow) -> Int, of whole: (StormRow) -> Int) -> String {
        "\(ConsoleTable.grouped(Double(sum(part)))) of \(ConsoleTable.grouped(Double(sum(whole))))"
    }
}
